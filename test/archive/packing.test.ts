// Packing in a thread: the same repository as without one, and a failure there is a failure here.
import fs from "node:fs";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { PackFeed } from "../../src/archive/pack-feed.ts";
import { archivePaths, NOTES_REF } from "../../src/archive/paths.ts";
import { DEFAULT_LIMITS } from "../../src/base/limits.ts";
import type { Entry } from "../../src/log/entry.ts";
import { archive, entry, follower, fsck, initial, put, refs, temporary } from "./support.ts";

const directories: string[] = [];
afterAll(() => {
  for (const directory of directories) fs.rmSync(directory, { recursive: true, force: true });
});

function fresh(name: string): string {
  const directory = temporary(name);
  directories.push(directory);
  return directory;
}

/** Documents of every size that matters to a chunk of a megabyte: many small ones, some that fill it, one that does not fit. */
function mixed(count: number): Entry[] {
  const entries = [initial()];
  for (let i = 2; i <= count; i++) {
    const filler = i % 400 === 0 ? "x".repeat(1_200_000) : i % 50 === 0 ? `${i}`.repeat(9_000) : "";
    entries.push(entry(i, [put("user", `u${i % 700}`, `{"n":${i},"filler":"${filler}"}`)]));
  }
  return entries;
}

const packsOf = (repository: string): string[] => fs.readdirSync(archivePaths(repository).packs).sort();

test("a thread makes the very packs that are made without one", async () => {
  const entries = mixed(2_500);
  const [alone, threaded] = [fresh("alone"), fresh("threaded")];
  await archive(alone, entries);
  await archive(threaded, entries, { threadFrom: 0 });
  expect(refs(threaded)).toEqual(refs(alone));
  expect(packsOf(threaded)).toEqual(packsOf(alone));
  for (const name of packsOf(alone)) {
    const bytes = (repository: string): Buffer => fs.readFileSync(path.join(archivePaths(repository).packs, name));
    expect(bytes(threaded).equals(bytes(alone))).toBe(true);
  }
  expect(fs.readFileSync(archivePaths(threaded).commitMap).equals(fs.readFileSync(archivePaths(alone).commitMap))).toBe(true);
  expect(fsck(threaded)).toBe("");
});

test("pack after pack, with trees dropped while the next pack is built, gives the same history", async () => {
  const entries = mixed(3_000);
  const [alone, threaded] = [fresh("alone"), fresh("many")];
  await archive(alone, entries);
  const limits = { ...DEFAULT_LIMITS, archiveTreeBytes: 20_000, archivePackBytes: 300_000 };
  const published: number[] = [];
  await archive(threaded, entries, { threadFrom: 0, limits, onPublished: (sequence) => published.push(sequence) });
  expect(published.length).toBeGreaterThan(2);
  expect(published).toEqual([...published].sort((a, b) => a - b));
  expect(published.at(-1)).toBe(3_000);
  expect(refs(threaded)["refs/heads/main"]).toBe(refs(alone)["refs/heads/main"]);
  expect(refs(threaded)[NOTES_REF]).toBe(refs(alone)[NOTES_REF]);
  expect(fsck(threaded)).toBe("");
});

test("what the thread cannot publish ends the follower with the reason, and a new one goes on", async () => {
  const entries = mixed(30);
  const repository = fresh("refused");
  const follows = follower(repository, entries, { threadFrom: 0 });
  fs.mkdirSync(path.join(repository, "refs", "heads"), { recursive: true });
  fs.writeFileSync(path.join(repository, "refs", "heads", "main.lock"), "");
  const running = follows.run();
  follows.durable(30);
  await expect(Promise.all([running, follows.close()])).rejects.toMatchObject({
    code: "LOCKED",
    message: /Somebody holds .*main\.lock/,
  });
  await follows.release();
  await archive(repository, entries, { threadFrom: 0 });
  const alone = fresh("alone");
  await archive(alone, entries);
  expect(refs(repository)).toEqual(refs(alone));
  expect(fsck(repository)).toBe("");
});

test("a thread is started when there is a backlog, and a pack begun without one is ended without one", async () => {
  const entries = mixed(1_200);
  const repository = fresh("later");
  const published: number[] = [];
  const follows = follower(repository, entries, { threadFrom: 500, onPublished: (sequence) => published.push(sequence) });
  const running = follows.run();
  follows.durable(100);
  follows.idle((entries[99]?.head.time ?? 0) + 200_000);
  await expect.poll(() => published.at(-1), { timeout: 20_000 }).toBe(100);
  follows.durable(1_200);
  await follows.close();
  await running;
  const alone = fresh("alone");
  await archive(alone, entries);
  expect(refs(repository)["refs/heads/main"]).toBe(refs(alone)["refs/heads/main"]);
  expect(fsck(repository)).toBe("");
});

test("whoever fills chunks faster than the thread empties them is made to wait", async () => {
  const feed = new PackFeed({ repository: fresh("crowded"), branch: "main" });
  const source = Buffer.alloc(300_000, 7);
  for (let i = 0; i < 100; i++) feed.append(3, source, 0, source.length, -1);
  expect(feed.crowded).toBe(true);
  await feed.room();
  expect(feed.crowded).toBe(false);
  await feed.close();
});
