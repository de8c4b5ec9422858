import { describe, expect, test } from "vitest";
import { AssertionFailure } from "../../src/base/assert.ts";
import { ChronError } from "../../src/base/errors.ts";
import { encodeEntry } from "../../src/log/codec.ts";
import { openLog, type SegmentedLog } from "../../src/log/writer.ts";
import { FaultyFiles, systemError } from "../support/faulty-files.ts";
import { appendSamples, BASE_TIME, range, sampleEntry, sequences } from "./sample.ts";

const DIRECTORY = "/log";
const SEGMENT_BYTES = 16 * 1024;

function open(files: FaultyFiles): SegmentedLog {
  return openLog({ directory: DIRECTORY, files, limits: { logSegmentBytes: SEGMENT_BYTES } });
}

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (thrown) {
    if (thrown instanceof ChronError) return thrown.code;
    throw thrown;
  }
  return "nothing thrown";
}

describe("appending", () => {
  test("an empty log has nothing; entries are read once they are durable, and after reopening", async () => {
    const files = new FaultyFiles();
    const log = open(files);
    expect(log.last).toEqual({ sequence: 0, time: 0 });
    expect(log.durable).toEqual({ sequence: 0, segment: 1, offset: 4096 });
    appendSamples(log, 1, 3);
    expect(log.last).toEqual({ sequence: 3, time: BASE_TIME + 3 });
    expect(sequences(log)).toEqual([]);
    await log.sync();
    expect([...log.read(0)]).toEqual([sampleEntry(1), sampleEntry(2), sampleEntry(3)]);
    appendSamples(log, 4, 4);
    log.syncNow();
    expect(sequences(log, 2)).toEqual([3, 4]);
    log.close();
    const again = open(files);
    expect(again.last).toEqual({ sequence: 4, time: BASE_TIME + 4 });
    expect(again.durable.sequence).toBe(4);
    expect(sequences(again)).toEqual([1, 2, 3, 4]);
    again.close();
  });

  test("a write costs one write and one sync, and the sync comes after the write", () => {
    const files = new FaultyFiles();
    const log = open(files);
    files.trace.length = 0;
    appendSamples(log, 1, 20);
    log.syncNow();
    expect(files.trace).toEqual(["write segment-0000000001", "sync segment-0000000001"]);
    log.close();
  });

  test("what is appended while a sync runs is not durable with it", async () => {
    const files = new FaultyFiles();
    const log = open(files);
    appendSamples(log, 1, 1);
    const syncing = log.sync();
    appendSamples(log, 2, 2);
    await syncing;
    expect(log.durable.sequence).toBe(1);
    await log.sync();
    expect(log.durable.sequence).toBe(2);
    log.close();
  });

  test("closing or rolling while a sync runs leaves it its file", async () => {
    const files = new FaultyFiles();
    const log = open(files);
    appendSamples(log, 1, 1);
    const rolled = log.sync();
    appendSamples(log, 2, 60, 600);
    await rolled;
    expect(log.durable.sequence).toBeGreaterThan(1);
    const closed = log.sync();
    log.close();
    await closed;
    const again = open(files);
    expect(sequences(again)).toEqual(range(1, 60));
    again.close();
  });

  test("a gap, a wrong end and a time that stands still are bugs of the caller", () => {
    const log = open(new FaultyFiles());
    const record = (): Buffer => encodeEntry(sampleEntry(2));
    expect(() => log.append([record()], { sequence: 2, time: BASE_TIME })).toThrow(AssertionFailure);
    appendSamples(log, 1, 1);
    expect(() => log.append([record()], { sequence: 3, time: BASE_TIME + 3 })).toThrow(AssertionFailure);
    expect(() => log.append([record()], { sequence: 2, time: BASE_TIME + 1 })).toThrow(AssertionFailure);
    log.close();
  });

  test("onSync hears how long each sync took", async () => {
    const heard: number[] = [];
    let now = 0;
    const clock = { micros: () => 0, elapsed: () => (now += 5) };
    const log = openLog({ directory: DIRECTORY, files: new FaultyFiles(), onSync: (ms) => heard.push(ms), clock });
    appendSamples(log, 1, 1);
    log.syncNow();
    appendSamples(log, 2, 2);
    await log.sync();
    expect(heard).toEqual([5, 5]);
    log.close();
  });
});

describe("segments", () => {
  test("a group rolls over as many segments as it needs", () => {
    const files = new FaultyFiles();
    const log = open(files);
    appendSamples(log, 1, 200, 400);
    log.syncNow();
    const segments = files.list(DIRECTORY).filter((name) => name.startsWith("segment-"));
    expect(segments.length).toBeGreaterThan(6);
    expect(log.durable).toMatchObject({ sequence: 200, segment: segments.length });
    expect([...log.read(0)]).toEqual(range(1, 200).map((sequence) => sampleEntry(sequence, 400)));
    expect(sequences(log, 150)).toEqual(range(151, 200));
    log.close();
    const again = open(files);
    expect(again.last).toEqual({ sequence: 200, time: BASE_TIME + 200 });
    again.close();
  });

  test("a record larger than a segment has one of its own size", () => {
    const files = new FaultyFiles();
    const log = open(files);
    appendSamples(log, 1, 1);
    appendSamples(log, 2, 2, 5 * SEGMENT_BYTES);
    appendSamples(log, 3, 4);
    log.syncNow();
    expect(sequences(log)).toEqual([1, 2, 3, 4]);
    expect(files.stat(`${DIRECTORY}/segment-0000000002`)?.size).toBeGreaterThan(5 * SEGMENT_BYTES);
    log.close();
    const again = open(files);
    expect(sequences(again)).toEqual([1, 2, 3, 4]);
    again.close();
  });

  test("a record over the limit is refused by name, and nothing of its group is written", () => {
    const log = openLog({
      directory: DIRECTORY,
      files: new FaultyFiles(),
      limits: { logSegmentBytes: SEGMENT_BYTES, recordBytes: 1_000 },
    });
    appendSamples(log, 1, 1);
    const records = [encodeEntry(sampleEntry(2)), encodeEntry(sampleEntry(3, 2_000))];
    expect(() => log.append(records, { sequence: 3, time: BASE_TIME + 3 })).toThrow(/recordBytes is 1000/);
    appendSamples(log, 2, 2);
    log.syncNow();
    expect(sequences(log)).toEqual([1, 2]);
    log.close();
  });

  test("the first segment of a log is small, the next ones are not", () => {
    const files = new FaultyFiles();
    const log = openLog({ directory: DIRECTORY, files });
    expect(files.stat(`${DIRECTORY}/segment-0000000001`)?.size).toBe(4 * 1024 * 1024);
    expect(log.bytes).toBe(4 * 1024 * 1024);
    log.close();
  });

  test("the next segment is made ahead, in the background", async () => {
    const files = new FaultyFiles();
    const log = open(files);
    appendSamples(log, 1, 25, 300);
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(files.list(DIRECTORY)).toEqual(["segment-0000000001", "spare-1"]);
    files.trace.length = 0;
    appendSamples(log, 26, 45, 300);
    expect(files.trace).not.toContain("preallocate spare-2");
    expect(files.list(DIRECTORY)).toContain("segment-0000000002");
    log.close();
  });

  test("a failure to make one ahead is reported and costs nothing", async () => {
    const files = new FaultyFiles();
    const problems: string[] = [];
    const log = openLog({
      directory: DIRECTORY,
      files,
      limits: { logSegmentBytes: SEGMENT_BYTES },
      onProblem: (doing) => problems.push(doing),
    });
    files.fault = (operation, file) => (operation === "preallocate" ? systemError("EIO", file) : undefined);
    appendSamples(log, 1, 25, 300);
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(problems).toEqual([`Preparing the log segment ${DIRECTORY}/spare-1`]);
    files.fault = () => undefined;
    appendSamples(log, 26, 60, 300);
    log.syncNow();
    expect(sequences(log)).toEqual(range(1, 60));
    log.close();
  });

  test("a rebuilt log goes on after the entries that the clone had", () => {
    const files = new FaultyFiles();
    const log = openLog({ directory: DIRECTORY, files, startAfter: { sequence: 41, time: BASE_TIME + 41 } });
    expect(log.last).toEqual({ sequence: 41, time: BASE_TIME + 41 });
    expect(() => appendSamples(log, 1, 1)).toThrow(AssertionFailure);
    appendSamples(log, 42, 43);
    log.syncNow();
    expect(sequences(log, 41)).toEqual([42, 43]);
    expect(codeOf(() => sequences(log, 0))).toBe("NOT_FOUND");
    log.close();
  });
});

describe("retention", () => {
  test("a segment is recycled only when every slot is past it", () => {
    const files = new FaultyFiles();
    const log = open(files);
    appendSamples(log, 1, 100, 400);
    log.syncNow();
    const before = files.list(DIRECTORY).filter((name) => name.startsWith("segment-"));
    log.release("state", 100);
    expect(files.list(DIRECTORY).filter((name) => name.startsWith("segment-"))).toEqual(before);
    log.release("archive", 50);
    expect(sequences(log, 50)).toEqual(range(51, 100));
    expect(files.list(DIRECTORY)).not.toContain("segment-0000000001");
    log.release("archive", 100);
    const after = files.list(DIRECTORY).filter((name) => name.startsWith("segment-"));
    expect(after).toEqual(before.slice(-1));
    expect(codeOf(() => sequences(log, 0))).toBe("NOT_FOUND");
    log.close();
  });

  test("releasing what is not durable releases only what is", () => {
    const log = open(new FaultyFiles());
    appendSamples(log, 1, 10);
    log.release("state", 99);
    log.release("archive", 99);
    log.syncNow();
    expect(sequences(log)).toEqual(range(1, 10));
    log.close();
  });

  test("recycled files serve as new segments, and their old records never come back", () => {
    const files = new FaultyFiles();
    let log = open(files);
    let last = 0;
    for (let round = 0; round < 12; round++) {
      // Records of one size, so that old and new ones lie at the same bytes.
      appendSamples(log, last + 1, last + 30, 400);
      last += 30;
      log.syncNow();
      log.release("state", last);
      log.release("archive", last);
      if (round % 3 === 2) {
        log.close();
        log = open(files);
        expect(log.last.sequence).toBe(last);
        log.release("state", last);
        log.release("archive", last);
      }
    }
    expect(files.trace.some((line) => line.startsWith("rename segment-"))).toBe(true);
    const segments = files.list(DIRECTORY).filter((name) => name.startsWith("segment-"));
    expect(segments).toHaveLength(1);
    expect(files.list(DIRECTORY).length).toBeLessThanOrEqual(4);
    log.close();
  });
});

test("a power cut while a recycled file gets its new header leaves no segment with the header of another", () => {
  const files = new FaultyFiles();
  const log = open(files);
  appendSamples(log, 1, 100, 400);
  log.syncNow();
  log.release("state", 70);
  log.release("archive", 70);
  files.fault = (operation, file) => (operation === "rename" && file.includes("spare-") ? systemError("EIO", file) : undefined);
  expect(codeOf(() => appendSamples(log, 101, 130, 400))).toBe("STORAGE_FAILED");
  files.fault = () => undefined;
  files.crash(() => false);
  const again = open(files);
  expect(sequences(again, 70).slice(0, 30)).toEqual(range(71, 100));
  again.close();
});

test("a group that rolls and is lost behind the roll leaves the time of the entry before", () => {
  const files = new FaultyFiles();
  const log = open(files);
  appendSamples(log, 1, 45, 400);
  const kept = log.durable.sequence;
  expect(kept).toBeGreaterThan(10);
  files.crash(() => false);
  const again = open(files);
  expect(again.last).toEqual({ sequence: kept, time: BASE_TIME + kept });
  again.close();
});

describe("failures", () => {
  test("a failed sync is not tried again: the log takes no more, and says what to do", () => {
    const files = new FaultyFiles();
    const log = open(files);
    appendSamples(log, 1, 1);
    log.syncNow();
    appendSamples(log, 2, 2);
    files.fault = (operation, file) => (operation === "sync" ? systemError("EIO", file) : undefined);
    expect(codeOf(() => log.syncNow())).toBe("STORAGE_FAILED");
    files.fault = () => undefined;
    files.trace.length = 0;
    expect(() => log.syncNow()).toThrow(/restarted/);
    expect(codeOf(() => appendSamples(log, 3, 3))).toBe("STORAGE_FAILED");
    expect(log.durable.sequence).toBe(1);
    expect(sequences(log)).toEqual([1]);
    log.close();
    expect(files.trace.filter((line) => line.startsWith("sync") || line.startsWith("write"))).toEqual([]);
  });

  test("the same in the thread pool", async () => {
    const files = new FaultyFiles();
    const log = open(files);
    appendSamples(log, 1, 1);
    files.fault = (operation, file) => (operation === "sync" ? systemError("EIO", file) : undefined);
    await expect(log.sync()).rejects.toMatchObject({ code: "STORAGE_FAILED" });
    files.fault = () => undefined;
    await expect(log.sync()).rejects.toMatchObject({ code: "STORAGE_FAILED" });
    log.close();
  });

  test("after a failed sync the pages look clean; recovery writes them again before it calls them durable", () => {
    const files = new FaultyFiles();
    const log = open(files);
    appendSamples(log, 1, 1);
    log.syncNow();
    appendSamples(log, 2, 4);
    files.fault = (operation, file) => (operation === "sync" ? systemError("EIO", file) : undefined);
    expect(codeOf(() => log.syncNow())).toBe("STORAGE_FAILED");
    files.fault = () => undefined;
    files.kill();
    const again = open(files);
    expect(again.durable.sequence).toBe(4);
    files.crash(() => false);
    const last = open(files);
    expect(sequences(last)).toEqual([1, 2, 3, 4]);
    last.close();
  });

  test("a failed write closes the log too", () => {
    const files = new FaultyFiles();
    const log = open(files);
    files.fault = (operation, file) => (operation === "write" ? systemError("EIO", file) : undefined);
    expect(codeOf(() => appendSamples(log, 1, 1))).toBe("STORAGE_FAILED");
    files.fault = () => undefined;
    expect(codeOf(() => appendSamples(log, 1, 1))).toBe("STORAGE_FAILED");
    log.close();
  });

  test("a full disk refuses the whole group, and the log goes on once there is room", () => {
    const files = new FaultyFiles();
    const log = open(files);
    appendSamples(log, 1, 10, 400);
    log.syncNow();
    files.capacity = files.capacity === Number.POSITIVE_INFINITY ? log.bytes + SEGMENT_BYTES * 1.5 : 0;
    expect(codeOf(() => appendSamples(log, 11, 100, 400))).toBe("DISK_FULL");
    expect(log.last.sequence).toBe(10);
    // What fits still goes in.
    appendSamples(log, 11, 12, 400);
    log.syncNow();
    expect(codeOf(() => appendSamples(log, 13, 100, 400))).toBe("DISK_FULL");
    files.capacity = Number.POSITIVE_INFINITY;
    appendSamples(log, 13, 100, 400);
    log.syncNow();
    expect(sequences(log)).toEqual(range(1, 100));
    log.close();
  });

  test("a full disk when the log is first opened is DISK_FULL", () => {
    const files = new FaultyFiles();
    files.capacity = 100;
    expect(codeOf(() => open(files))).toBe("DISK_FULL");
  });
});
