// Opening a log after anything: finds the end of what is there, cuts a torn tail, refuses damage.
//
// Only the last segment is walked: a segment is synced whole before the next one is made, so what is wrong in an earlier one is
// damage, and reading it says so. In the last one, the first record that does not check ends the log, and it is
// - a torn tail, when nothing shows that it ever was on disk: it is cut, with whatever came after it (a power cut may write later
//   pages and not earlier ones);
// - damage, when a later record was written after it was synced (record.ts `unsynced`), or when state or archive hold it already.
// What was not proven synced is written once more before the fsync that declares it durable: after a failed fsync the page
// cache may hold pages that are marked clean and are on no disk.
import { assert } from "../base/assert.ts";
import { ChronError } from "../base/errors.ts";
import type { Files, OpenFile } from "../base/files.ts";
import { decodeRecordHead } from "./codec.ts";
import { RecordCursor } from "./reader.ts";
import { RECORD_HEADER_BYTES, recordProves, unreadable } from "./record.ts";
import { laterRecords } from "./scan.ts";
import { corrupt, listSegments, type Segment } from "./segment.ts";

const REWRITE_BYTES = 4 * 1024 * 1024;

export interface Recovered {
  readonly segments: readonly Segment[];
  /** The last segment, open for writing, synced. */
  readonly file: OpenFile;
  /** Where the next record goes. */
  readonly offset: number;
  readonly last: { readonly sequence: number; readonly time: number };
  /** Records cut from the tail that were whole but followed a torn one; their clients never had an answer. */
  readonly cut: number;
}

/** undefined when the directory holds no log. `known`: the last sequence that state or archive are known to hold. */
export function recover(files: Files, directory: string, known: number): Recovered | undefined {
  const segments = listSegments(files, directory);
  const segment = segments.at(-1);
  if (segment === undefined) return undefined;
  const file = files.open(segment.file, "write");
  try {
    const end = walk(file, segment);
    const later = laterRecords(file, segment, end);
    const proof = later.find((record) => record.proves > end.sequence);
    if (proof !== undefined) {
      const what = `the record of entry ${end.sequence + 1} does not match its checksum, although entry ${proof.sequence} at byte ${proof.offset} was written after it was on disk`;
      throw corrupt(segment.file, end.offset, what);
    }
    if (known > end.sequence) {
      throw corrupt(
        segment.file,
        end.offset,
        `the log ends with entry ${end.sequence}, although entry ${known} was applied or archived already`,
      );
    }
    for (const record of later) erase(file, record.offset);
    rewrite(file, end.provenOffset, end.offset);
    file.sync();
    files.syncDirectory(directory);
    return { segments, file, offset: end.offset, last: { sequence: end.sequence, time: end.time }, cut: later.length };
  } catch (thrown) {
    file.close();
    throw thrown;
  }
}

interface End {
  readonly offset: number;
  readonly sequence: number;
  readonly time: number;
  /** Up to here the records' own words prove that they are on disk. */
  readonly provenOffset: number;
}

function walk(file: OpenFile, segment: Segment): End {
  const cursor = new RecordCursor(file, segment.salt);
  const start = cursor.offset;
  let sequence = segment.firstSequence - 1;
  let proven = sequence;
  let lastOffset = start;
  const ends: number[] = [];
  while (cursor.find(sequence + 1)) {
    const reason = unreadable(cursor.buffer, cursor.at);
    if (reason !== null) throw corrupt(segment.file, cursor.offset, `the record ${reason}`);
    proven = Math.max(proven, recordProves(cursor.buffer, cursor.at));
    sequence++;
    lastOffset = cursor.offset;
    cursor.advance();
    ends.push(cursor.offset);
  }
  const time = cursor.offset === start ? segment.previousTime : timeAt(file, lastOffset, cursor.offset - lastOffset);
  return { offset: cursor.offset, sequence, time, provenOffset: ends[proven - segment.firstSequence] ?? start };
}

function timeAt(file: OpenFile, offset: number, length: number): number {
  const record = Buffer.alloc(length);
  file.read(record, offset);
  return decodeRecordHead(record, 0).time;
}

/** Makes sure that no record begins at `offset`. */
function erase(file: OpenFile, offset: number): void {
  file.write(Buffer.alloc(RECORD_HEADER_BYTES), offset);
}

function rewrite(file: OpenFile, from: number, to: number): void {
  const window = Buffer.alloc(Math.min(REWRITE_BYTES, to - from));
  for (let at = from; at < to; at += window.length) {
    const part = window.subarray(0, Math.min(window.length, to - at));
    const got = file.read(part, at);
    assert(got === part.length, "what was just walked can be read again");
    file.write(part, at);
  }
}

/** Why there is no log at all although others hold entries of one. */
export function lostLog(directory: string, known: number): ChronError {
  return new ChronError(
    "CORRUPT",
    `There is no log in ${directory}, although entry ${known} was applied or archived already. Restore the directory, or rebuild ` +
      'from a clone with "chrondb rebuild".',
    { directory, known },
  );
}
