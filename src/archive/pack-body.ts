// The bytes of a pack under construction, in memory: entries put one after the other, and at the end the index.
//
//   'PACK' · 2 · count · entries · SHA-1 of all that
//   entry = type (3 bits) and size (varint) · for an offset delta, the distance back to its base · zlib stream
//
// Deltas are always against an earlier entry of the same pack, by distance, so bodies can later be moved as they are.
import crypto from "node:crypto";
import zlib from "node:zlib";
import { assert } from "../base/assert.ts";
import { type Deflater, deflateBound, deflater, storeInto } from "./deflate.ts";
import { PACK_TYPE } from "./objects.ts";
import { encodeIndex } from "./pack-index.ts";

export const PACK_HEADER = 12;
/** Objects smaller than this gain nothing from deflating; trees, being mostly random bytes, gain little even when longer. */
const STORED_BELOW = 90;
const STORED_TREE_BELOW = 200;
/** Deltas are mostly random bytes; past this size there may be names worth squeezing. */
const STORED_DELTA_BELOW = 512;
/** Calls into zlib.crc32 cost more than a table for fewer bytes than this. */
const TABLE_CRC_BELOW = 150;
const FIRST_BYTES = 8 * 1024 * 1024;
const FIRST_OBJECTS = 1 << 16;

const CRC_TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) !== 0 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

export function crcOf(bytes: Buffer, start: number, end: number): number {
  if (end - start >= TABLE_CRC_BELOW) return zlib.crc32(bytes.subarray(start, end));
  let crc = -1;
  for (let i = start; i < end; i++) crc = (CRC_TABLE[(crc ^ (bytes[i] as number)) & 255] as number) ^ (crc >>> 8);
  return (crc ^ -1) >>> 0;
}

/** Writes an entry's type and size; answers the end. */
export function entryHeaderInto(target: Buffer, at: number, type: number, size: number): number {
  let byte = (type << 4) | (size & 15);
  let left = Math.floor(size / 16);
  while (left > 0) {
    target[at++] = byte | 128;
    byte = left & 127;
    left = Math.floor(left / 128);
  }
  target[at++] = byte;
  return at;
}

/** Writes the distance from an offset delta back to its base; answers the end. */
export function distanceInto(target: Buffer, at: number, distance: number): number {
  // Each further byte counts from one more than the bytes before can say, so no distance has two spellings.
  let bytes = 1;
  for (let left = Math.floor(distance / 128); left > 0; left = Math.floor((left - 1) / 128)) bytes++;
  let left = distance;
  for (let i = bytes - 1; i >= 0; i--) {
    target[at + i] = (left & 127) | (i === bytes - 1 ? 0 : 128);
    left = Math.floor(left / 128) - 1;
  }
  return at + bytes;
}

/** Where the entries of a pack go: PackBody, or a thread that has one (pack-feed.ts). */
export interface PackSink {
  /** Bytes of the pack so far, about. */
  readonly length: number;
  /** Puts an object; `base` is the number of the one it is a delta of, -1 when it is none. Numbers count from 0. */
  append(type: number, source: Buffer, start: number, length: number, base: number): void;
}

/** A finished pack, ready to be written to `pack-<name>.pack` and `.idx`. */
export interface FinishedPack {
  readonly name: string;
  readonly pack: Buffer;
  readonly index: Buffer;
  readonly objects: number;
}

export class PackBody implements PackSink {
  readonly #deflater: Deflater = deflater();
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #length = PACK_HEADER;
  #count = 0;
  #offsets = new Uint32Array(FIRST_OBJECTS);
  #crcs = new Uint32Array(FIRST_OBJECTS);

  get length(): number {
    return this.#length;
  }

  append(type: number, source: Buffer, start: number, length: number, base: number): void {
    this.#room(deflateBound(length) + Math.ceil(length / 65535) * 5 + 32);
    const bytes = this.#bytes;
    const offset = this.#length;
    let at = entryHeaderInto(bytes, offset, type, length);
    if (base >= 0) at = distanceInto(bytes, at, offset - (this.#offsets[base] as number));
    const limit = base >= 0 ? STORED_DELTA_BELOW : type === PACK_TYPE.tree ? STORED_TREE_BELOW : STORED_BELOW;
    const stored = length < limit;
    at = stored ? storeInto(source, start, length, bytes, at) : this.#deflater.into(source, start, length, bytes, at);
    this.#length = at;
    const object = this.#count++;
    this.#offsets[object] = offset;
    this.#crcs[object] = crcOf(bytes, offset, at);
  }

  #room(bytes: number): void {
    if (this.#length + bytes > this.#bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#length + bytes));
      this.#bytes.copy(grown, 0, 0, this.#length);
      this.#bytes = grown;
    }
    if (this.#count < this.#offsets.length) return;
    const grow = (old: Uint32Array): Uint32Array<ArrayBuffer> => {
      const made = new Uint32Array(old.length * 2);
      made.set(old);
      return made;
    };
    this.#offsets = grow(this.#offsets);
    this.#crcs = grow(this.#crcs);
  }

  /**
   * Closes the pack and starts the next one. `names` holds the objects' names, 20 bytes each, in the order they were put. The
   * answer's bytes are only good until something is put again.
   */
  finish(names: Buffer): FinishedPack {
    const count = this.#count;
    assert(count > 0 && names.length >= count * 20, "a finished pack holds objects, and each has a name");
    this.#room(20);
    const bytes = this.#bytes;
    bytes.write("PACK", 0, "latin1");
    bytes.writeUInt32BE(2, 4);
    bytes.writeUInt32BE(count, 8);
    const checksum = crypto.createHash("sha1").update(bytes.subarray(0, this.#length)).digest();
    checksum.copy(bytes, this.#length);
    const finished: FinishedPack = {
      name: `pack-${checksum.toString("hex")}`,
      pack: bytes.subarray(0, this.#length + 20),
      index: encodeIndex({ count, names, offsets: this.#offsets, crcs: this.#crcs }, checksum),
      objects: count,
    };
    this.#length = PACK_HEADER;
    this.#count = 0;
    return finished;
  }

  /** Gives back the memory an unusually big pack took; after `finish` and the writing of its bytes. */
  shrink(): void {
    if (this.#bytes.length > FIRST_BYTES * 8) this.#bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
    if (this.#offsets.length > FIRST_OBJECTS * 8) {
      this.#offsets = new Uint32Array(FIRST_OBJECTS);
      this.#crcs = new Uint32Array(FIRST_OBJECTS);
    }
  }
}
