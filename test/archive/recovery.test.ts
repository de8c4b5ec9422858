// A publication cut after every one of its steps, again and again: what a restart makes of it must be what an uninterrupted
// run makes, hash for hash, and git must be content with every state on the way.
import fs from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { CommitMap } from "../../src/archive/commit-map.ts";
import { archivePaths } from "../../src/archive/paths.ts";
import { PUBLICATION_STEPS, type PublicationStep } from "../../src/archive/publication.ts";
import { systemFiles } from "../../src/base/files.ts";
import type { Entry } from "../../src/log/entry.ts";
import { archive, definitionOf, entry, follower, fsck, git, initial, put, refs, remove, temporary } from "./support.ts";

const directories: string[] = [];
afterAll(() => {
  for (const directory of directories) fs.rmSync(directory, { recursive: true, force: true });
});

function fresh(name: string): string {
  const directory = temporary(name);
  directories.push(directory);
  return directory;
}

/** Entries two milliseconds apart, some of which make no commit. */
function history(count: number): Entry[] {
  const entries = [
    initial(),
    entry(2, [{ op: "define", table: "cache", definition: definitionOf("cache", { unversioned: true }) }]),
  ];
  for (let i = 3; i <= count; i++) {
    const time = { time: 1_700_000_000_000_000 + i * 2000 };
    if (i % 11 === 0) entries.push(entry(i, [put("cache", String(i), "x")], time));
    else if (i % 7 === 0) entries.push(entry(i, [remove("user", String((i * 3) % 20)), put("user", "same", "{}")], time));
    else entries.push(entry(i, [put("user", String((i * 3) % 20), `{"n":${i}}`)], time));
  }
  return entries;
}

class Cut extends Error {}

/** Follows a part of the log until it is cut at the step, with a batch open: nothing says that the log ends there. */
async function cutAt(repository: string, entries: readonly Entry[], step: PublicationStep): Promise<void> {
  const follows = follower(repository, entries, {
    reached: (reached) => {
      if (reached === step) throw new Cut();
    },
  });
  follows.durable(entries.length);
  await expect(follows.run()).rejects.toBeInstanceOf(Cut);
  await follows.release();
}

const all = history(400);
const undisturbed = fresh("whole");

describe("a cut publication", () => {
  test.each(PUBLICATION_STEPS)("after step %s", async (step) => {
    if (!fs.existsSync(path.join(undisturbed, "HEAD"))) await archive(undisturbed, all);
    const repository = fresh(step);
    // Cut in the very first one and in later ones.
    for (const until of [120, 260, 380]) {
      await cutAt(repository, all.slice(0, until), step);
      // Objects that nothing refers to yet are no fault.
      expect(fsck(repository).replace(/^(?:dangling|unreachable) .*\n|notice: .*\n/gm, "")).toBe("");
      for (const commit of commitsOf(repository)) expect(git(repository, "notes", "--ref=chrondb", "list", commit)).not.toBe("");
    }
    await archive(repository, all);
    expect(refs(repository)).toEqual(refs(undisturbed));
    expect(fsck(repository)).toBe("");
    expect(fs.readFileSync(archivePaths(repository).commitMap)).toEqual(fs.readFileSync(archivePaths(undisturbed).commitMap));
    expect(systemFiles.list(archivePaths(repository).temporary)).toEqual([]);
    expect(packedTwice(repository)).toEqual([]);
  });
});

function commitsOf(repository: string): string[] {
  if (refs(repository)["refs/heads/main"] === undefined) return [];
  return git(repository, "rev-list", "main").trim().split("\n").slice(0, 5);
}

/** Objects that lie in more than one pack although nothing was merged: what a crash left behind. */
function packedTwice(repository: string): string[] {
  const packs = systemFiles.list(archivePaths(repository).packs).filter((name) => name.endsWith(".idx"));
  const seen = new Set<string>();
  const twice: string[] = [];
  for (const name of packs) {
    const lines =
      git(repository, "verify-pack", "-v", path.join(archivePaths(repository).packs, name)).match(/^[0-9a-f]{40} commit/gm) ?? [];
    for (const line of lines) seen.has(line) ? twice.push(line) : seen.add(line);
  }
  return twice;
}

test("stopping and starting at any entry gives the same hashes as never stopping", async () => {
  const entries = [...history(60)].map((each) => ({
    ...each,
    head: { ...each.head, time: each.head.time + each.head.sequence * 300_000 },
  }));
  const whole = fresh("whole-slow");
  await archive(whole, entries);
  const pieces = fresh("pieces");
  for (const until of [1, 2, 3, 10, 11, 12, 21, 22, 40, 60]) await archive(pieces, entries.slice(0, until));
  expect(refs(pieces)).toEqual(refs(whole));
  expect(fsck(pieces)).toBe("");
});

test("a lost or wrong commit map is made anew from the commits", async () => {
  const repository = fresh("map");
  const entries = history(50);
  await archive(repository, entries);
  const file = archivePaths(repository).commitMap;
  const before = fs.readFileSync(file);
  for (const damage of [
    () => fs.rmSync(file),
    () => fs.truncateSync(file, 333),
    () => fs.writeFileSync(file, Buffer.alloc(before.length, 7)),
  ]) {
    damage();
    await follower(repository, entries).release();
    expect(fs.readFileSync(file)).toEqual(before);
  }
});

test("trailing entries without commits are not asked of the log again", async () => {
  const repository = fresh("cursor");
  const entries = history(55);
  await archive(repository, entries);
  expect(entries[54]?.effects[0]).toMatchObject({ table: "cache" });
  const again = follower(repository, entries, {
    source: (after) => {
      expect(after).toBe(55);
      return { read: () => [] };
    },
  });
  expect(again.published).toBe(55);
  await again.release();
  const map = new CommitMap(systemFiles, archivePaths(repository).commitMap, "read");
  expect([map.get(55), map.get(54) === undefined, map.length]).toEqual([undefined, false, 55]);
  map.close();
});

test("refs moved by others are refused with their names", async () => {
  const repository = fresh("foreign");
  await archive(repository, history(20));
  git(repository, "-c", "user.name=x", "-c", "user.email=x@x", "notes", "--ref=chrondb", "add", "-f", "-m", "mine", "main");
  expect(() => follower(repository, history(20))).toThrow(/refs\/notes\/chrondb .* was moved by somebody else/);
});
