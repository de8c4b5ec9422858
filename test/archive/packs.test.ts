// Packs: what we write git must read, and what is merged, evicted or deduplicated must stay the same.
import { execFileSync } from "node:child_process";
import crypto from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import zlib from "node:zlib";
import fc from "fast-check";
import git from "isomorphic-git";
import { afterAll, expect, test } from "vitest";
import { deflater, deflaterWorks, plainDeflater, storeInto } from "../../src/archive/deflate.ts";
import { addEdit, applyDelta, deltaBound, deltaInto, type Edits } from "../../src/archive/delta.ts";
import { HEAD_ROOM, hashContent, hashObject, PACK_TYPE } from "../../src/archive/objects.ts";
import { crcOf, distanceInto, entryHeaderInto, PackBody } from "../../src/archive/pack-body.ts";
import { mergePacks, packsToMerge } from "../../src/archive/pack-merge.ts";
import { type Pack, PackReader, parseEntryHeader } from "../../src/archive/pack-reader.ts";
import { PackWriter } from "../../src/archive/pack-writer.ts";
import { archivePaths } from "../../src/archive/paths.ts";
import { writePack } from "../../src/archive/publication.ts";
import { RETIRED_MICROS, RetiredPacks } from "../../src/archive/retired.ts";
import { systemFiles } from "../../src/base/files.ts";
import { DEFAULT_LIMITS } from "../../src/base/limits.ts";
import type { Entry } from "../../src/log/entry.ts";
import { archive, entry, follower, fsck, initial, put, refs, remove, git as stockGit, temporary } from "./support.ts";

const directories: string[] = [];
afterAll(() => {
  for (const directory of directories) fs.rmSync(directory, { recursive: true, force: true });
});

function fresh(name: string): string {
  const directory = temporary(name);
  directories.push(directory);
  return directory;
}

test("the reused deflate handle works here, and a deflater that does not is noticed", () => {
  expect(deflater().method).toBe("handle");
  expect(deflaterWorks(plainDeflater)).toBe(true);
  expect(deflaterWorks({ method: "handle", into: (_s, _a, _l, _t, at) => at })).toBe(false);
  const wrong = {
    method: "handle" as const,
    into: (source: Buffer, start: number, length: number, target: Buffer, at: number) =>
      plainDeflater.into(source, start, length >> 1, target, at),
  };
  expect(deflaterWorks(wrong)).toBe(false);
  const throwing = {
    method: "handle" as const,
    into: () => {
      throw new TypeError("not a function");
    },
  };
  expect(deflaterWorks(throwing)).toBe(false);
});

test.each([0, 1, 89, 3799, 3801, 65535, 65536, 200_000])("stored zlib streams of %i bytes inflate", (length) => {
  const source = Buffer.alloc(length + 3, 255);
  const target = Buffer.alloc(length + 200);
  const end = storeInto(source, 3, length, target, 5);
  expect(zlib.inflateSync(target.subarray(5, end)).equals(source.subarray(3))).toBe(true);
});

test("entry headers, distances and checksums are git's", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0x7fffffff }), fc.integer({ min: 1, max: 0x7fffffff }), (size, distance) => {
      const bytes = Buffer.alloc(64);
      const end = distanceInto(bytes, entryHeaderInto(bytes, 3, PACK_TYPE.offsetDelta, size), distance);
      expect(parseEntryHeader(bytes, 3)).toEqual({ type: 6, size, distance, reference: null, end });
    }),
  );
  for (const length of [0, 1, 149, 150, 5000]) {
    const bytes = Buffer.from("crc".repeat(length));
    expect(crcOf(bytes, 0, length)).toBe(zlib.crc32(bytes.subarray(0, length)));
  }
});

test("any series of edits makes a delta that gives the text again", () => {
  const edit = fc.record({ at: fc.nat(), removed: fc.nat(9), text: fc.uint8Array({ maxLength: 200 }) });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70_000 }), fc.array(edit, { maxLength: 40 }), (start, changes) => {
      const base = Buffer.from(start);
      let now = base;
      const edits: Edits = [];
      for (const change of changes) {
        const at = change.at % (now.length + 1);
        const removed = Math.min(change.removed, now.length - at);
        now = Buffer.concat([now.subarray(0, at), change.text, now.subarray(at + removed)]);
        addEdit(edits, at, removed, change.text.length);
      }
      const out = Buffer.alloc(deltaBound(edits, now.length));
      const end = deltaInto(out, 0, edits, now, 0, now.length, base.length);
      expect(applyDelta(base, out.subarray(0, end))?.equals(now)).toBe(true);
    }),
  );
});

test.each([
  ["a wrong base", Buffer.from([3, 1, 0x91, 0, 1])],
  ["a copy past the base", Buffer.from([2, 5, 0x91, 1, 5])],
  ["an insert past the end", Buffer.from([2, 4, 4, 1])],
  ["a reserved operation", Buffer.from([2, 1, 0])],
  ["too few bytes", Buffer.from([2, 4, 1, 7])],
])("a delta with %s is refused", (_what, delta) => {
  expect(applyDelta(Buffer.from("ab"), delta)).toBeNull();
});

test("our index is the one git makes of the pack", () => {
  const body = new PackBody();
  const pack = new PackWriter(body);
  const content = Buffer.alloc(HEAD_ROOM + 100_000);
  for (let i = 0; i < 70_000; i++) {
    const length = content.write(`${i}`.repeat(1 + (i % 40)), HEAD_ROOM) + (i === 7 ? 90_000 : 0);
    const id = hashObject("blob", content, length);
    if (pack.find(id) < 0) pack.add(PACK_TYPE.blob, content, HEAD_ROOM, length, id);
    expect(pack.find(id)).toBeGreaterThanOrEqual(0);
  }
  const directory = fresh("index");
  const finished = pack.cut((names) => body.finish(names));
  writePack(systemFiles, directory, finished);
  const file = path.join(directory, `${finished.name}.pack`);
  const made = path.join(directory, "git.idx");
  execFileSync("git", ["index-pack", "--strict", "-o", made, file], { stdio: ["ignore", "pipe", "pipe"] });
  expect(fs.readFileSync(made).equals(fs.readFileSync(file.replace(".pack", ".idx")))).toBe(true);
  const content2 = Buffer.from("0");
  expect(hashContent("blob", content2)).toBe("c227083464fb9af8955c90d2924774ee50abb547");
});

/** A history in which the same trees and bodies come back again and again. */
function recurring(count: number): Entry[] {
  const entries = [initial()];
  for (let i = 2; i <= count; i++) {
    const effects = i % 3 === 0 ? [remove("user", String(i % 8))] : [put("user", String(i % 8), `{"n":${i % 4}}`)];
    entries.push(entry(i, effects, { time: 1_700_000_000_000_000 + i * 150_000 }));
  }
  return entries;
}

function objectsOf(repository: string): string {
  return stockGit(repository, "cat-file", "--batch-all-objects", "--batch-check");
}

test("merging keeps every object, once, and stays readable for git and for us", async () => {
  const repository = fresh("merge");
  const entries = recurring(240);
  for (let until = 10; until <= entries.length; until += 10) await archive(repository, entries.slice(0, until));
  const reader = new PackReader(systemFiles, repository);
  const before = objectsOf(repository);
  expect(reader.packs).toHaveLength(24);
  const chosen = packsToMerge(reader.packs, DEFAULT_LIMITS.archiveMergedPackBytes) ?? [];
  expect(chosen.length).toBeGreaterThanOrEqual(8);
  const duplicates = chosen.reduce((sum, pack) => sum + pack.index.count, 0);
  expect(await mergePacks(systemFiles, repository, chosen, () => true)).toBeNull();
  const merged = await mergePacks(systemFiles, repository, chosen, () => false);
  for (const pack of chosen) for (const extension of ["idx", "pack"]) fs.rmSync(pack.path.replace(/pack$/, extension));
  reader.refresh();
  const made = reader.packs.find((pack) => pack.name === merged) as Pack;
  // The recurring ones were kept once, or this test shows nothing.
  expect(made.index.count).toBeLessThan(duplicates);
  expect(objectsOf(repository)).toBe(before);
  expect(fsck(repository)).toBe("");
  execFileSync("git", ["index-pack", "--strict", "-o", path.join(repository, "again.idx"), made.path], { stdio: "pipe" });
  expect(fs.readFileSync(path.join(repository, "again.idx")).equals(fs.readFileSync(made.index.path))).toBe(true);
  for (const line of before.trim().split("\n")) {
    const [id = "", type, size] = line.split(" ");
    const object = reader.read(id);
    expect([object.type, object.content.length, hashContent(object.type, object.content)]).toEqual([type, Number(size), id]);
  }
  reader.close();
  const more = [...entries, entry(241, [put("user", "1", "{}")], { time: 1_800_000_000_000_000 })];
  await archive(repository, more);
  expect(fsck(repository)).toBe("");
});

test("a damaged pack is not merged but named", async () => {
  const repository = fresh("merge-damaged");
  for (const until of [10, 20, 30]) await archive(repository, recurring(30).slice(0, until));
  const reader = new PackReader(systemFiles, repository);
  const victim = reader.packs[1] as Pack;
  flip(victim.path, 40);
  await expect(mergePacks(systemFiles, repository, reader.packs, () => false)).rejects.toMatchObject({
    code: "CORRUPT",
    message: new RegExp(victim.name),
  });
  reader.close();
});

function flip(file: string, at: number): void {
  fs.chmodSync(file, 0o600);
  const bytes = fs.readFileSync(file);
  bytes[at] = (bytes[at] as number) ^ 1;
  fs.writeFileSync(file, bytes);
}

test("a running follower merges by itself, and old packs go after their time", async () => {
  const repository = fresh("merge-live");
  const entries = recurring(260);
  let micros = 2_000_000_000_000_000;
  const clock = { micros: () => micros, elapsed: () => performance.now() };
  for (let until = 10; until < 260; until += 10) await archive(repository, entries.slice(0, until));
  const packs = () => systemFiles.list(archivePaths(repository).packs).filter((name) => name.endsWith(".pack")).length;
  expect(packs()).toBe(25);
  const follows = follower(repository, entries, { clock });
  const running = follows.run();
  await expect.poll(() => fs.existsSync(archivePaths(repository).retired), { timeout: 5000 }).toBe(true);
  expect(packs()).toBeGreaterThan(25);
  expect(fsck(repository)).toBe("");
  micros += RETIRED_MICROS + 1;
  follows.durable(260);
  follows.idle(micros);
  await expect.poll(packs, { timeout: 5000 }).toBeLessThan(10);
  await follows.close();
  await running;
  expect(fsck(repository)).toBe("");
  expect(stockGit(repository, "rev-list", "--count", "main").trim()).toBe("260");
});

test("retired packs are remembered over restarts and forgotten when deleted, and stay while the merged one is damaged", () => {
  const repository = fresh("retired");
  const paths = archivePaths(repository);
  systemFiles.makeDirectory(paths.own);
  systemFiles.makeDirectory(paths.packs);
  const name = `pack-${"ab".repeat(20)}`;
  const merged = `pack-${"cd".repeat(20)}`;
  for (const extension of ["pack", "idx", "rev"]) fs.writeFileSync(path.join(paths.packs, `${name}.${extension}`), "");
  const body = Buffer.alloc(40, 7);
  const write = (checksum: Buffer) => fs.writeFileSync(path.join(paths.packs, `${merged}.pack`), Buffer.concat([body, checksum]));
  write(Buffer.alloc(20));
  new RetiredPacks(systemFiles, repository).add([name], merged, 5);
  const damaged = new RetiredPacks(systemFiles, repository);
  expect([damaged.has(name), damaged.sweep(RETIRED_MICROS + 6), damaged.has(name)]).toEqual([true, 0, true]);
  write(crypto.createHash("sha1").update(body).digest());
  const again = new RetiredPacks(systemFiles, repository);
  expect([again.has(name), again.sweep(6), again.sweep(RETIRED_MICROS + 6)]).toEqual([true, 0, 1]);
  expect(fs.readdirSync(paths.packs)).toEqual([`${merged}.pack`]);
  expect(new RetiredPacks(systemFiles, repository).count).toBe(0);
});

test("with next to no memory for trees the hashes are the same", async () => {
  const entries = [initial()];
  for (let i = 2; i <= 600; i++)
    entries.push(entry(i, [put(`t${i % 3}`, String((i * 37) % 200), `{"n":${i}}`)], { time: 1_700_000_000_000_000 + i * 2000 }));
  const wide = fresh("wide");
  const narrow = fresh("narrow");
  await archive(wide, entries);
  // A pack a batch, and every tree dropped after it.
  await archive(narrow, entries, { limits: { ...DEFAULT_LIMITS, archiveTreeBytes: 1, archivePackBytes: 1 } });
  expect(refs(narrow)).toEqual(refs(wide));
  expect(fsck(narrow)).toBe("");
});

test("isomorphic-git reads our packs: log, trees, documents, notes", async () => {
  const repository = fresh("second-opinion");
  const entries = recurring(120);
  await archive(repository, entries);
  const at = { fs, dir: repository, gitdir: repository };
  const log = await git.log({ ...at, ref: "main" });
  expect(log).toHaveLength(120);
  expect(log.map((commit) => /ChronDB-Sequence: (\d+)/.exec(commit.commit.message)?.[1])).toEqual(
    entries.map((each) => String(each.head.sequence)).reverse(),
  );
  const head = log[0]?.oid ?? "";
  const files = await git.listFiles({ ...at, ref: "main" });
  expect(files.join("\n")).toBe(stockGit(repository, "ls-tree", "-r", "--name-only", "main").trim());
  // Its readNote knows no fanned out notes.
  const notes = await git.resolveRef({ ...at, ref: "refs/notes/chrondb" });
  const note = await git.readBlob({ ...at, oid: notes, filepath: `${head.slice(0, 2)}/${head.slice(2, 4)}/${head.slice(4)}` });
  expect(JSON.parse(Buffer.from(note.blob).toString())).toMatchObject({ sequence: 120, operation: "save-document" });
});
