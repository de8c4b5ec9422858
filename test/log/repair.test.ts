import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemFiles } from "../../src/base/files.ts";
import { repairLog } from "../../src/log/repair.ts";
import { openLog, type SegmentedLog } from "../../src/log/writer.ts";
import { appendSamples, BASE_TIME, range, sampleEntry, sequences } from "./sample.ts";

const limits = { logSegmentBytes: 16 * 1024 };
let parent = "";
let directory = "";

beforeEach(async () => {
  parent = mkdtempSync(path.join(tmpdir(), "chrondb-repair-"));
  directory = path.join(parent, "log");
  const log = open();
  for (const first of range(0, 9)) {
    appendSamples(log, first * 10 + 1, first * 10 + 10, 400);
    log.syncNow();
  }
  log.close();
  await log.settled();
});

afterEach(() => rmSync(parent, { recursive: true, force: true }));

function open(known = 0): SegmentedLog {
  return openLog({ directory, files: systemFiles, limits, known });
}

function segments(): string[] {
  return systemFiles.list(directory).filter((name) => name.startsWith("segment-"));
}

function damage(segment: string | undefined, byte: number): void {
  const file = systemFiles.open(path.join(directory, segment ?? ""), "write");
  file.write(Buffer.from([0xff, 0xfe, 0xfd]), byte);
  file.close();
}

function repair(sequence: number): ReturnType<typeof repairLog> {
  return repairLog({
    directory,
    files: systemFiles,
    limits,
    after: { sequence, time: sequence === 0 ? 0 : BASE_TIME + sequence },
  });
}

/** The last segment, where damage keeps the log from opening, and the sequence of its first entry. */
function lastSegment(): { name: string | undefined; first: number } {
  const name = segments().at(-1);
  const header = systemFiles.readFile(path.join(directory, name ?? ""));
  return { name, first: Number(header?.readBigUInt64BE(16) ?? 0n) };
}

test("damage in what git has costs nothing: the entries after it go on in a new log", () => {
  const { name, first } = lastSegment();
  damage(name, 4096 + 100);
  expect(() => open(100)).toThrow(/is damaged/);
  expect(repair(first)).toEqual({ last: { sequence: 100, time: BASE_TIME + 100 }, aside: `${directory}.damaged-1`, lost: null });
  const log = open();
  expect([...log.read(first)]).toEqual(range(first + 1, 100).map((sequence) => sampleEntry(sequence, 400)));
  appendSamples(log, 101, 101);
  log.syncNow();
  log.close();
  expect(systemFiles.list(`${directory}.damaged-1`)).toContain(name);
});

test("damage in what git does not have is said, with the entries that are lost", () => {
  const { name, first } = lastSegment();
  damage(name, 4096 + 100);
  expect(repair(first - 5)).toMatchObject({ last: { sequence: first - 1 }, lost: { from: first, to: 100 } });
  const log = open();
  expect(sequences(log, first - 5)).toEqual(range(first - 4, first - 1));
  log.close();
});

test("a header, a middle segment and a missing one", () => {
  damage(segments()[1], 0);
  damage(segments()[2], 9_000);
  systemFiles.unlink(path.join(directory, segments()[0] ?? ""));
  const { first } = lastSegment();
  expect(() => open(100)).toThrow(/is damaged/);
  expect(repair(first - 1)).toMatchObject({ last: { sequence: 100 }, lost: null });
  const log = open();
  expect(sequences(log, first - 1)).toEqual(range(first, 100));
  log.close();
});

test("repairing a sound log that git is behind of keeps every entry", () => {
  expect(repair(0)).toMatchObject({ last: { sequence: 100 }, lost: null });
  const log = open();
  expect(sequences(log)).toEqual(range(1, 100));
  log.close();
});

test("interrupted between its two renames, it says so on opening, and goes on when it is run again", () => {
  systemFiles.rename(directory, `${directory}.damaged-1`);
  expect(() => open(100)).toThrow(/There is no log/);
  systemFiles.makeDirectory(directory);
  expect(repair(40)).toEqual({ last: { sequence: 100, time: BASE_TIME + 100 }, aside: `${directory}.damaged-1`, lost: null });
  const log = open(100);
  expect(sequences(log, 40)).toEqual(range(41, 100));
  log.close();
  expect(() => repairLog({ directory: path.join(parent, "none"), files: systemFiles, after: { sequence: 0, time: 0 } })).toThrow(
    /there is no log to repair/,
  );
});
