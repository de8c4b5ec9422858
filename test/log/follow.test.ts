import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ChronError } from "../../src/base/errors.ts";
import { systemFiles } from "../../src/base/files.ts";
import { checkLog } from "../../src/log/check.ts";
import { LogFollower } from "../../src/log/follow.ts";
import { openLog, type SegmentedLog } from "../../src/log/writer.ts";
import { FaultyFiles } from "../support/faulty-files.ts";
import { appendSamples, range, sampleEntry } from "./sample.ts";

const SEGMENT_BYTES = 16 * 1024;
let directory = "";
let log: SegmentedLog;

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "chrondb-log-"));
  log = openLog({ directory, files: systemFiles, limits: { logSegmentBytes: SEGMENT_BYTES } });
});

afterEach(async () => {
  log.close();
  await log.settled();
  rmSync(directory, { recursive: true, force: true });
});

function follow(after: number): LogFollower {
  return new LogFollower({ directory, files: systemFiles, after });
}

function read(follower: LogFollower, durable: number): number[] {
  return [...follower.read(durable)].map((entry) => entry.head.sequence);
}

describe("following", () => {
  test("keeps up with a writer across segments, on a real file system", async () => {
    const follower = follow(0);
    for (let last = 0; last < 400; last += 20) {
      appendSamples(log, last + 1, last + 20, 200 + last);
      await log.sync();
      expect([...follower.read(log.durable.sequence)]).toEqual(
        range(last + 1, last + 20).map((sequence) => sampleEntry(sequence, 200 + last)),
      );
    }
    expect(log.durable.segment).toBeGreaterThan(8);
    expect(follower.after).toBe(400);
    follower.close();
  });

  test("never goes beyond what it was told is durable", () => {
    appendSamples(log, 1, 10);
    const follower = follow(0);
    expect(read(follower, 4)).toEqual([1, 2, 3, 4]);
    expect(read(follower, 4)).toEqual([]);
    expect(read(follower, 7)).toEqual([5, 6, 7]);
    follower.close();
  });

  test("a window read before the writer wrote is read again", () => {
    appendSamples(log, 1, 2);
    const follower = follow(0);
    expect(read(follower, 2)).toEqual([1, 2]);
    appendSamples(log, 3, 4);
    expect(read(follower, 4)).toEqual([3, 4]);
    follower.close();
  });

  test("begins anywhere, stops early and goes on", () => {
    appendSamples(log, 1, 150, 400);
    const follower = follow(77);
    for (const entry of follower.read(150)) if (entry.head.sequence === 80) break;
    expect(follower.take(150, 3).map((entry) => entry.head.sequence)).toEqual([81, 82, 83]);
    expect(read(follower, 150)).toEqual(range(84, 150));
    follower.close();
  });

  test("an empty log, and one that is read from its end", () => {
    expect(read(follow(0), 0)).toEqual([]);
    appendSamples(log, 1, 60, 400);
    const follower = follow(60);
    expect(read(follower, 60)).toEqual([]);
    appendSamples(log, 61, 61);
    expect(read(follower, 61)).toEqual([61]);
    follower.close();
  });

  test("being told of entries that are not there is an error with the place", () => {
    appendSamples(log, 1, 3);
    expect(() => read(follow(0), 5)).toThrow(/segment-0000000001 at byte \d+: the record of entry 4 is not there/);
  });

  test("a segment recycled under a reader that held no slot is not read as if nothing had happened", () => {
    appendSamples(log, 1, 30, 400);
    const follower = follow(0);
    follower.take(5, 5);
    // Far more than the follower's window has in it.
    for (let last = 30; last < 3_000; last += 30) {
      appendSamples(log, last + 1, last + 30, 400);
      log.syncNow();
      log.release("state", last);
      log.release("archive", last);
    }
    expect(() => read(follower, 3_000)).toThrow(ChronError);
    follower.close();
  });
});

test("the records of a segment are read with a few large reads", () => {
  const files = new FaultyFiles();
  const faulty = openLog({ directory: "/log", files });
  appendSamples(faulty, 1, 10_000);
  faulty.syncNow();
  let reads = 0;
  files.fault = (operation) => {
    if (operation === "read") reads++;
    return undefined;
  };
  const follower = new LogFollower({ directory: "/log", files, after: 0 });
  expect([...follower.read(10_000)]).toHaveLength(10_000);
  expect(reads).toBeLessThan(10);
  follower.close();
  faulty.close();
});

describe("checking a whole log", () => {
  function check(durable: number): unknown {
    const steps = checkLog(directory, systemFiles, durable);
    for (;;) {
      const step = steps.next();
      if (step.done) return step.value;
    }
  }

  test("says what it read, or the first damage", () => {
    expect(check(0)).toEqual({ ok: true, message: "The log holds no entries, each with its checksum.", entries: 0 });
    appendSamples(log, 1, 600, 100);
    log.syncNow();
    expect(check(600)).toEqual({ ok: true, message: "The log holds entries 1 to 600, each with its checksum.", entries: 600 });
    const segment = systemFiles.open(path.join(directory, "segment-0000000002"), "write");
    segment.write(Buffer.from([0xff]), 9_000);
    segment.close();
    expect(check(600)).toMatchObject({
      ok: false,
      message: expect.stringMatching(/segment-0000000002 at byte \d+: the record of entry/),
    });
  });
});
