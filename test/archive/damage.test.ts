// Damage: each kind is found and named, and where log or clone has what is missing, repaired to the very same hashes.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { checkArchive } from "../../src/archive/check.ts";
import { CommitMap } from "../../src/archive/commit-map.ts";
import { PackReader } from "../../src/archive/pack-reader.ts";
import { archivePaths } from "../../src/archive/paths.ts";
import { repairArchive } from "../../src/archive/repair.ts";
import { systemFiles } from "../../src/base/files.ts";
import { encodeEntry } from "../../src/log/codec.ts";
import type { Entry } from "../../src/log/entry.ts";
import { openLog } from "../../src/log/writer.ts";
import { archive, entry, fsck, git, initial, put, refs, temporary } from "./support.ts";

const directories: string[] = [];
afterAll(() => {
  for (const directory of directories) fs.rmSync(directory, { recursive: true, force: true });
});

const all: Entry[] = [initial()];
// With silence where the packs below end, so that a batch ends there in any run.
for (let i = 2; i <= 300; i++) {
  const time = 1_700_000_000_000_000 + i * 10_000 + Math.floor((i - 1) / 100) * 1_000_000;
  all.push(entry(i, [put("user", String(i % 60), `{"n":${i}}`)], { time }));
}

/** Three packs, the last entries in the last one. */
async function damaged(name: string): Promise<{ repository: string; packs: string[] }> {
  const repository = temporary(name);
  directories.push(repository);
  const packs: string[] = [];
  for (const until of [100, 200, 300]) {
    await archive(repository, all.slice(0, until));
    for (const file of systemFiles.list(archivePaths(repository).packs)) {
      if (file.endsWith(".pack") && !packs.includes(file)) packs.push(file);
    }
  }
  expect(packs).toHaveLength(3);
  return { repository, packs: packs.map((file) => path.join(archivePaths(repository).packs, file)) };
}

function writeLog(repository: string, from: number): void {
  const directory = path.join(archivePaths(repository).own, "log");
  fs.mkdirSync(directory, { recursive: true });
  const before = all[from - 2]?.head ?? { sequence: 0, time: 0 };
  const log = openLog({ directory, files: systemFiles, startAfter: { sequence: before.sequence, time: before.time } });
  const entries = all.slice(from - 1);
  log.append(
    entries.map((each) => encodeEntry(each)),
    entries.at(-1)?.head ?? { sequence: 0, time: 0 },
  );
  log.syncNow();
  log.close();
}

async function check(repository: string, log: readonly Entry[] | null = all): Promise<string[]> {
  const reader = new PackReader(systemFiles, repository);
  const map = new CommitMap(systemFiles, archivePaths(repository).commitMap, "read");
  try {
    const report = await checkArchive({ files: systemFiles, repository, branch: "main", log }, reader, map);
    return report.ok ? [] : report.messages;
  } finally {
    reader.close();
    map.close();
  }
}

function flip(file: string): void {
  const bytes = fs.readFileSync(file);
  const at = Math.floor(bytes.length / 2);
  bytes[at] = (bytes[at] as number) ^ 0x55;
  fs.writeFileSync(file, bytes);
}

test("a sound archive has no findings", async () => {
  const { repository } = await damaged("sound");
  expect(await check(repository)).toEqual([]);
  writeLog(repository, 250);
  expect(await repairArchive({ directory: repository, branch: "main", clone: null })).toEqual([]);
});

test("a damaged pack is named and written again from the log, with the same hashes", async () => {
  const { repository, packs } = await damaged("pack");
  const before = refs(repository);
  flip(packs[2] ?? "");
  expect((await check(repository)).join("\n")).toContain(`${packs[2]} does not match its checksum`);
  writeLog(repository, 150);
  const done = await repairArchive({ directory: repository, branch: "main", clone: null });
  expect(done.join(" ")).toMatch(/was damaged and is now in .* goes on from entry 200/);
  await archive(repository, all);
  expect(refs(repository)).toEqual(before);
  expect(fsck(repository)).toBe("");
  expect(await check(repository)).toEqual([]);
});

test("where the log does not reach back, a clone is asked for, and is enough", async () => {
  const { repository, packs } = await damaged("clone");
  const before = refs(repository);
  const clone = path.join(temporary("clone-of"), "copy.git");
  directories.push(path.dirname(clone));
  execFileSync("git", ["clone", "-q", "--mirror", `file://${repository}`, clone]);
  flip(packs[0] ?? "");
  writeLog(repository, 150);
  await expect(repairArchive({ directory: repository, branch: "main", clone: null })).rejects.toMatchObject({
    code: "CORRUPT",
    message: /complete up to entry 0 only, and the log begins with entry 150/,
  });
  await repairArchive({ directory: repository, branch: "main", clone });
  expect(refs(repository)).toEqual(before);
  expect(fsck(repository)).toBe("");
  await archive(repository, all);
  expect(refs(repository)).toEqual(before);
});

test("everything lost but a whole log: all is written again", async () => {
  const { repository, packs } = await damaged("all");
  const before = refs(repository);
  for (const pack of packs) flip(pack);
  writeLog(repository, 1);
  await repairArchive({ directory: repository, branch: "main", clone: null });
  await archive(repository, all);
  expect(refs(repository)).toEqual(before);
  expect(fsck(repository)).toBe("");
});

test("a damaged or missing index is named and made anew", async () => {
  const { repository, packs } = await damaged("index");
  const index = (packs[1] ?? "").replace(/pack$/, "idx");
  flip(index);
  expect((await check(repository)).join("\n")).toContain(`${index} does not match its own checksum`);
  fs.rmSync((packs[0] ?? "").replace(/pack$/, "idx"));
  expect(await repairArchive({ directory: repository, branch: "main", clone: null })).toHaveLength(2);
  expect(fsck(repository)).toBe("");
  expect(await check(repository)).toEqual([]);
});

test("a wrong commit map, foreign notes and a log that disagrees are each a finding", async () => {
  const { repository } = await damaged("lies");
  const map = archivePaths(repository).commitMap;
  const bytes = fs.readFileSync(map);
  fs.writeFileSync(map, Buffer.concat([bytes.subarray(0, 40), Buffer.alloc(20, 1), bytes.subarray(60)]));
  expect((await check(repository)).join("\n")).toMatch(/of entry 3 is 0101.* in the commit map/);
  fs.writeFileSync(map, bytes);
  const other = all.map((each) => (each.head.sequence === 9 ? { ...each, head: { ...each.head, time: 5 } } : each));
  expect((await check(repository, other)).join("\n")).toMatch(/of entry 9 has the time \d+, the log 5\./);
  git(repository, "-c", "user.name=x", "-c", "user.email=x@x", "notes", "--ref=chrondb", "add", "-f", "-m", "forged", "main~5");
  expect((await check(repository)).join("\n")).toMatch(/refs\/notes\/chrondb was moved by somebody else/);
});
