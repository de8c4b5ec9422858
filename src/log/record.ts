// The frame of a record: what is around the payload, and the only code that knows its bytes. All numbers big-endian.
//
//   0  u32  length of the whole record
//   4  u32  CRC-32 of bytes 8 to the end, started from the segment's salt
//   8  u8   format version          9  u8   cipher (0 = none)       10  u16  key id (0 = none)
//  12  u64  sequence
//  20  u32  unsynced: how many entries just before this one were not known to be on disk when it was written
//  24       payload (codec.ts)
//
// The salt makes bytes left over from a segment's earlier life, or planted in a document, fail the checksum. `unsynced` tells
// recovery a torn tail from damage: a bad record followed by one that was written after the bad one was synced is damage.
import { crc32 } from "node:zlib";
import { assert } from "../base/assert.ts";

export const RECORD_HEADER_BYTES = 24;
export const RECORD_FORMAT = 1;
const CRC_START = 8;

const HIGH = 0x1_0000_0000;

/** Writes all but checksum and `unsynced`, which only the writer of a segment knows (see sealRecord). */
export function frameRecord(buffer: Buffer, at: number, length: number, sequence: number): void {
  assert(length <= 0xffff_ffff && Number.isSafeInteger(sequence) && sequence > 0, "a record has a length and a sequence");
  buffer.writeUInt32BE(length, at);
  buffer.writeUInt32BE(0, at + 4);
  buffer.writeUInt32BE(RECORD_FORMAT << 24, at + 8);
  buffer.writeUInt32BE(Math.floor(sequence / HIGH), at + 12);
  buffer.writeUInt32BE(sequence % HIGH, at + 16);
  buffer.writeUInt32BE(0, at + 20);
}

/** Makes `record` (a whole one) valid in the segment with `salt`. */
export function sealRecord(record: Buffer, unsynced: number, salt: number): void {
  record.writeUInt32BE(unsynced, 20);
  record.writeUInt32BE(crc32(record.subarray(CRC_START), salt), 4);
}

export function recordLength(buffer: Buffer, at: number): number {
  return buffer.readUInt32BE(at);
}

export function recordSequence(buffer: Buffer, at: number): number {
  return buffer.readUInt32BE(at + 12) * HIGH + buffer.readUInt32BE(at + 16);
}

/** The last sequence known to be on disk when this record was written. */
export function recordProves(buffer: Buffer, at: number): number {
  return recordSequence(buffer, at) - 1 - buffer.readUInt32BE(at + 20);
}

export function recordChecks(buffer: Buffer, at: number, length: number, salt: number): boolean {
  return crc32(buffer.subarray(at + CRC_START, at + length), salt) === buffer.readUInt32BE(at + 4);
}

/** Why this ChronDB cannot read a record whose checksum is right; null when it can. */
export function unreadable(buffer: Buffer, at: number): string | null {
  if (buffer[at + 8] !== RECORD_FORMAT)
    return `is in record format ${buffer[at + 8]}, and this ChronDB reads format ${RECORD_FORMAT}`;
  if (buffer[at + 9] !== 0 || buffer.readUInt16BE(at + 10) !== 0) {
    return `is encrypted (cipher ${buffer[at + 9]}, key ${buffer.readUInt16BE(at + 10)}), and this ChronDB has no keys`;
  }
  return null;
}
