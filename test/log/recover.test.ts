import { describe, expect, test } from "vitest";
import { ChronError } from "../../src/base/errors.ts";
import * as codec from "../../src/log/codec.ts";
import { openLog, type SegmentedLog } from "../../src/log/writer.ts";
import { FaultyFiles } from "../support/faulty-files.ts";
import { appendSamples, BASE_TIME, range, sampleEntry, sequences } from "./sample.ts";

const DIRECTORY = "/log";
const SEGMENT = `${DIRECTORY}/segment-0000000001`;
const SEGMENT_BYTES = 16 * 1024;

function open(files: FaultyFiles, known = 0): SegmentedLog {
  return openLog({ directory: DIRECTORY, files, limits: { logSegmentBytes: SEGMENT_BYTES }, known });
}

function refusal(act: () => unknown): ChronError {
  try {
    act();
  } catch (thrown) {
    if (thrown instanceof ChronError) return thrown;
    throw thrown;
  }
  throw new Error("nothing was thrown");
}

/** A log of five entries, each synced on its own; answers where each record begins, and the end. */
function fiveEntries(files: FaultyFiles): number[] {
  const log = open(files);
  const starts: number[] = [];
  for (const sequence of range(1, 5)) {
    starts.push(log.durable.offset);
    appendSamples(log, sequence, sequence);
    log.syncNow();
  }
  starts.push(log.durable.offset);
  log.close();
  return starts;
}

describe("a torn tail", () => {
  const starts = fiveEntries(new FaultyFiles());
  const [lastStart = 0, end = 0] = starts.slice(-2);

  test.each([
    ["zeros", (bytes: Buffer, from: number) => bytes.fill(0, from, end)],
    ["the file's end", null],
    ["garbage", (bytes: Buffer, from: number) => bytes.fill(0xa5, from, end)],
  ])("torn at every byte of the last record, continued with %s: the others stay, and writing goes on", (_, tear) => {
    for (let from = lastStart; from < end; from++) {
      const files = new FaultyFiles();
      fiveEntries(files);
      if (tear !== null) files.rot(SEGMENT, (bytes) => void tear(bytes, from));
      else files.open(SEGMENT, "write").truncate(from);
      const log = open(files);
      // A record that ends in the torn bytes by chance is whole.
      expect(log.last).toEqual({ sequence: 4, time: BASE_TIME + 4 });
      appendSamples(log, 5, 6);
      log.syncNow();
      log.close();
      const again = open(files);
      expect([...again.read(0)]).toEqual(range(1, 6).map((sequence) => sampleEntry(sequence)));
      again.close();
    }
  });

  test("whole records after a torn one that was never synced go with it, and stay away", () => {
    const files = new FaultyFiles();
    const log = open(files);
    appendSamples(log, 1, 2);
    log.syncNow();
    const torn = log.durable.offset;
    appendSamples(log, 3, 6);
    log.syncNow();
    files.kill();
    // Of one group, the first page did not reach the disk and the others did.
    files.rot(SEGMENT, (bytes) => void bytes.fill(0, torn, torn + 10));
    const cut = open(files);
    expect(cut.last.sequence).toBe(2);
    expect(cut.cut).toBe(3);
    // A record of the same length in the torn one's place must not be followed by the old ones.
    appendSamples(cut, 3, 3);
    cut.syncNow();
    cut.close();
    const again = open(files);
    expect(again.cut).toBe(0);
    expect(sequences(again)).toEqual([1, 2, 3]);
    again.close();
  });
});

describe("damage", () => {
  test("any flipped byte of a record that a later one proves synced is refused, naming file and byte, changing nothing", () => {
    const starts = fiveEntries(new FaultyFiles());
    const [, second = 0, third = 0] = starts;
    for (let at = second; at < third; at++) {
      const files = new FaultyFiles();
      fiveEntries(files);
      files.rot(SEGMENT, (bytes) => void bytes.writeUInt8((bytes[at] ?? 0) ^ 0x10, at));
      const before = files.readFile(SEGMENT);
      const error = refusal(() => open(files));
      expect(error.code).toBe("CORRUPT");
      expect(error.details).toEqual({ file: SEGMENT, byte: second });
      expect(error.message).toMatch(
        /segment-0000000001 at byte \d+: the record of entry 2 .*"chrondb verify".*"chrondb rebuild"/,
      );
      expect(files.readFile(SEGMENT)).toEqual(before);
    }
  });

  test("damage of the last record is a torn tail, unless state or archive hold it", () => {
    const files = new FaultyFiles();
    const starts = fiveEntries(files);
    files.rot(SEGMENT, (bytes) => void bytes.fill(1, starts[4], starts[5]));
    expect(refusal(() => open(files, 5)).message).toMatch(/ends with entry 4, although entry 5 was applied or archived/);
    const log = open(files, 4);
    expect(log.last.sequence).toBe(4);
    log.close();
  });

  test("a log that is gone although others hold its entries is refused; a fresh directory is not", () => {
    expect(refusal(() => open(new FaultyFiles(), 7)).message).toMatch(/There is no log in \/log, although entry 7/);
    const log = open(new FaultyFiles(), 0);
    expect(log.last.sequence).toBe(0);
    log.close();
  });

  test("damage in an earlier segment does not stop the opening, but reading it says where", () => {
    const files = new FaultyFiles();
    const log = open(files);
    appendSamples(log, 1, 100, 400);
    log.syncNow();
    log.close();
    files.rot(SEGMENT, (bytes) => void bytes.fill(0, 5_000, 5_001));
    const again = open(files);
    const error = refusal(() => sequences(again));
    expect(error.code).toBe("CORRUPT");
    expect(error.details).toMatchObject({ file: SEGMENT });
    expect(sequences(again, 60)).toEqual(range(61, 100));
    again.close();
  });

  test("a missing segment, a wrong header and a header under another's name are named", () => {
    const damaged = (damage: (files: FaultyFiles) => void): ChronError => {
      const files = new FaultyFiles();
      const log = open(files);
      appendSamples(log, 1, 100, 400);
      log.syncNow();
      log.close();
      damage(files);
      return refusal(() => open(files));
    };
    expect(damaged((files) => files.unlink(`${DIRECTORY}/segment-0000000002`)).message).toMatch(/segment-0000000002 .*missing/);
    expect(damaged((files) => files.rot(SEGMENT, (bytes) => void bytes.fill(7, 16, 17))).message).toMatch(
      /byte 0: its header does not match/,
    );
    expect(damaged((files) => files.rot(SEGMENT, (bytes) => void bytes.fill(7, 0, 1))).message).toMatch(
      /does not begin with CHRONLOG/,
    );
    const misnamed = damaged((files) => {
      files.unlink(SEGMENT);
      files.unlink(`${DIRECTORY}/segment-0000000002`);
      files.rename(`${DIRECTORY}/segment-0000000003`, `${DIRECTORY}/segment-0000000002`);
      files.rename(`${DIRECTORY}/segment-0000000004`, `${DIRECTORY}/segment-0000000003`);
    });
    expect(misnamed.message).toMatch(/says that it is segment 3/);
  });

  test("a document that holds the bytes of log records does not make a torn tail look like damage", () => {
    const files = new FaultyFiles();
    const log = open(files);
    appendSamples(log, 1, 3);
    log.syncNow();
    const planted = Buffer.from(files.readFile(SEGMENT)?.subarray(4096, log.durable.offset) ?? []);
    log.close();
    // In another log these bytes are a document, and its own numbers are lower: only the salt tells them from records.
    const other = openLog({ directory: "/other", files, limits: { logSegmentBytes: SEGMENT_BYTES } });
    const { head } = sampleEntry(1);
    const record = codec.encodeEntry({
      head,
      effects: [{ op: "put", table: "t", id: "1", kind: 1, body: planted, expiresAt: 0 }],
    });
    other.append([record], { sequence: 1, time: BASE_TIME + 1 });
    other.syncNow();
    other.close();
    files.rot("/other/segment-0000000001", (bytes) => void bytes.fill(0, 4096, 4100));
    const again = openLog({ directory: "/other", files, limits: { logSegmentBytes: SEGMENT_BYTES } });
    expect(again.last.sequence).toBe(0);
    expect(again.cut).toBe(0);
    again.close();
  });

  test("a record of a later format is refused, not cut", () => {
    const files = new FaultyFiles();
    const log = open(files);
    const record = codec.encodeEntry(sampleEntry(1));
    record.writeUInt8(2, 8);
    log.append([record], { sequence: 1, time: BASE_TIME + 1 });
    log.syncNow();
    log.close();
    expect(refusal(() => open(files)).message).toMatch(
      /byte 4096: the record is in record format 2, and this ChronDB reads format 1/,
    );
  });
});

test("left-overs of a segment that was being made are removed", () => {
  const files = new FaultyFiles();
  open(files).close();
  files.preallocate(`${DIRECTORY}/spare-7`, 100);
  files.preallocate(`${DIRECTORY}/spare-8`, SEGMENT_BYTES);
  open(files).close();
  expect(files.list(DIRECTORY)).toEqual(["segment-0000000001", "spare-8"]);
});
