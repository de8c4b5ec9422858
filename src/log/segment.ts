// A segment: a preallocated file of records. Its first block is a header; DESIGN.md has the bytes.
//
//   0  8 bytes "CHRONLOG"      8  u32  segment format     12  u32  segment number     16  u64  first sequence
//  24  u64  time of the entry before the first     32  u32  salt     36  u32  CRC-32 of bytes 0 to 36
//
// Records begin at byte 4096: a torn write of the first record must not reach the header. After the last record come zeros or
// whatever the file held in an earlier life; neither has this segment's salt and the next sequence.
import path from "node:path";
import { crc32 } from "node:zlib";
import { ChronError } from "../base/errors.ts";
import type { Files, OpenFile } from "../base/files.ts";

export const RECORDS_START = 4096;
const MAGIC = Buffer.from("CHRONLOG", "latin1");
const FORMAT = 1;
const HEADER_BYTES = 40;
const CRC_AT = 36;
const SEGMENT = /^segment-(\d{10})$/;
const SPARE = /^spare-\d+$/;

export interface SegmentHeader {
  readonly number: number;
  readonly firstSequence: number;
  /** Microseconds; entries of this segment are later. */
  readonly previousTime: number;
  readonly salt: number;
}

export interface Segment extends SegmentHeader {
  readonly file: string;
}

export function segmentFile(directory: string, number: number): string {
  return path.join(directory, `segment-${String(number).padStart(10, "0")}`);
}

/** Files ready to become segments, and left-overs of making them. */
export function listSpares(files: Files, directory: string): string[] {
  return files
    .list(directory)
    .filter((name) => SPARE.test(name))
    .map((name) => path.join(directory, name));
}

export function encodeSegmentHeader(header: SegmentHeader): Buffer {
  const block = Buffer.alloc(RECORDS_START);
  MAGIC.copy(block);
  block.writeUInt32BE(FORMAT, 8);
  block.writeUInt32BE(header.number, 12);
  block.writeBigUInt64BE(BigInt(header.firstSequence), 16);
  block.writeBigUInt64BE(BigInt(header.previousTime), 24);
  block.writeUInt32BE(header.salt, 32);
  block.writeUInt32BE(crc32(block.subarray(0, CRC_AT)), CRC_AT);
  return block;
}

/** Why the block is no header, or the header. */
function decodeSegmentHeader(block: Buffer): SegmentHeader | string {
  if (!block.subarray(0, MAGIC.length).equals(MAGIC)) return "does not begin with CHRONLOG";
  if (crc32(block.subarray(0, CRC_AT)) !== block.readUInt32BE(CRC_AT)) return "does not match its checksum";
  if (block.readUInt32BE(8) !== FORMAT) return `is of format ${block.readUInt32BE(8)}, and this ChronDB reads format ${FORMAT}`;
  return {
    number: block.readUInt32BE(12),
    firstSequence: Number(block.readBigUInt64BE(16)),
    previousTime: Number(block.readBigUInt64BE(24)),
    salt: block.readUInt32BE(32),
  };
}

/** The header of an open segment. Throws CORRUPT. */
export function readSegmentHeader(file: OpenFile): SegmentHeader {
  const block = Buffer.alloc(HEADER_BYTES);
  const header = file.read(block, 0) < HEADER_BYTES ? "is shorter than a header" : decodeSegmentHeader(block);
  if (typeof header === "string") throw corrupt(file.path, 0, `its header ${header}`);
  return header;
}

/** The segments of a log, oldest first, by their headers. Throws CORRUPT when one is unreadable, misnamed or missing. */
export function listSegments(files: Files, directory: string): Segment[] {
  const segments: Segment[] = [];
  for (const name of files.list(directory)) {
    const number = Number(SEGMENT.exec(name)?.[1] ?? Number.NaN);
    if (Number.isNaN(number)) continue;
    const file = path.join(directory, name);
    const handle = files.open(file, "read");
    try {
      const header = readSegmentHeader(handle);
      if (header.number !== number) throw corrupt(file, 12, `its header says that it is segment ${header.number}`);
      const before = segments.at(-1);
      if (before !== undefined && before.number + 1 !== number) {
        throw corrupt(segmentFile(directory, before.number + 1), 0, "the file is missing, although a later segment is there");
      }
      if (before !== undefined && before.firstSequence > header.firstSequence) {
        throw corrupt(file, 16, `it begins with entry ${header.firstSequence}, the segment before with ${before.firstSequence}`);
      }
      segments.push({ ...header, file });
    } finally {
      handle.close();
    }
  }
  return segments;
}

export function hasSegments(files: Files, directory: string): boolean {
  return files.list(directory).some((name) => SEGMENT.test(name));
}

/** The segments whose headers are right, oldest first, whatever else is wrong: for repair. */
export function listReadableSegments(files: Files, directory: string): Segment[] {
  const segments: Segment[] = [];
  for (const name of files.list(directory)) {
    if (!SEGMENT.test(name)) continue;
    const file = path.join(directory, name);
    const handle = files.open(file, "read");
    try {
      const block = Buffer.alloc(HEADER_BYTES);
      const header = handle.read(block, 0) < HEADER_BYTES ? "too short" : decodeSegmentHeader(block);
      if (typeof header !== "string") segments.push({ ...header, file });
    } finally {
      handle.close();
    }
  }
  return segments.sort((one, other) => one.firstSequence - other.firstSequence);
}

/** Damage that is not a torn tail: names the place, says what to do, changes nothing. */
export function corrupt(file: string, byte: number, what: string): ChronError {
  return new ChronError(
    "CORRUPT",
    `The log is damaged in ${file} at byte ${byte}: ${what}. Nothing was changed. ` +
      'Run "chrondb verify" to see what is affected, then rebuild the data directory from a clone with "chrondb rebuild".',
    { file, byte },
  );
}
