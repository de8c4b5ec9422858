// A pack under construction, in memory: entries appended one after the other, each object once.
//
//   'PACK' · 2 · count · entries · SHA-1 of all that
//   entry = type (3 bits) and size (varint) · for an offset delta, the distance back to its base · zlib stream
//
// Deltas are always against an earlier entry of the same pack, by distance, so bodies can later be moved as they are.
import crypto from "node:crypto";
import zlib from "node:zlib";
import { assert } from "../base/assert.ts";
import { type Deflater, deflateBound, deflater, storeInto } from "./deflate.ts";
import { type ObjectId, PACK_TYPE } from "./objects.ts";
import { encodeIndex, type PackedObjects } from "./pack-index.ts";

export const PACK_HEADER = 12;
/** A chain of deltas longer than this makes reading an object slow. Git's own default. */
export const DEPTH_MAXIMUM = 50;
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

/** A finished pack, ready to be written to `pack-<name>.pack` and `.idx`. */
export interface FinishedPack {
  readonly name: string;
  readonly pack: Buffer;
  readonly index: Buffer;
  readonly objects: number;
}

export class PackWriter {
  /** Grows with every pack, so that a tree knows whether its last version lies in this one. */
  generation = 1;
  readonly #deflater: Deflater = deflater();
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #length = PACK_HEADER;
  #count = 0;
  #names = Buffer.allocUnsafeSlow(FIRST_OBJECTS * 20);
  #offsets = new Uint32Array(FIRST_OBJECTS);
  #crcs = new Uint32Array(FIRST_OBJECTS);
  #depths = new Uint8Array(FIRST_OBJECTS);
  /** Open addressing by the first bytes of the name: object number + 1. */
  #slots = new Uint32Array(FIRST_OBJECTS * 4);
  /** The name last looked for, which is mostly the one added next. */
  readonly #wanted = Buffer.alloc(20);
  #wantedId: ObjectId = "";

  get objects(): number {
    return this.#count;
  }

  get length(): number {
    return this.#length;
  }

  /** Number of the object in this pack; -1 when it is not in it. */
  find(id: ObjectId): number {
    const wanted = this.#wanted;
    wanted.write(id, 0, "hex");
    this.#wantedId = id;
    const mask = this.#slots.length - 1;
    for (let slot = wanted.readUInt32LE(0) & mask; ; slot = (slot + 1) & mask) {
      const object = (this.#slots[slot] as number) - 1;
      if (object < 0) return -1;
      if (this.#names.compare(wanted, 0, 20, object * 20, object * 20 + 20) === 0) return object;
    }
  }

  offsetOf(object: number): number {
    return this.#offsets[object] as number;
  }

  depthOf(object: number): number {
    return this.#depths[object] as number;
  }

  /** Adds an object that is not in the pack yet; answers its number. */
  add(type: number, source: Buffer, start: number, length: number, id: ObjectId): number {
    return this.#append(type, source, start, length, id, -1);
  }

  /** Adds an object as a delta against object `base` of this pack. */
  addDelta(delta: Buffer, start: number, length: number, id: ObjectId, base: number): number {
    return this.#append(PACK_TYPE.offsetDelta, delta, start, length, id, base);
  }

  #append(type: number, source: Buffer, start: number, length: number, id: ObjectId, base: number): number {
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
    if (id === this.#wantedId) this.#wanted.copy(this.#names, object * 20);
    else this.#names.write(id, object * 20, "hex");
    this.#offsets[object] = offset;
    this.#crcs[object] = crcOf(bytes, offset, at);
    this.#depths[object] = base >= 0 ? (this.#depths[base] as number) + 1 : 0;
    this.#remember(object);
    return object;
  }

  #remember(object: number): void {
    const mask = this.#slots.length - 1;
    let slot = this.#names.readUInt32LE(object * 20) & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = object + 1;
  }

  #room(bytes: number): void {
    if (this.#length + bytes > this.#bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#length + bytes));
      this.#bytes.copy(grown, 0, 0, this.#length);
      this.#bytes = grown;
    }
    if (this.#count < this.#offsets.length) return;
    const grow = <T extends Uint32Array | Uint8Array>(old: T, made: T): T => {
      made.set(old);
      return made;
    };
    const capacity = this.#offsets.length * 2;
    this.#names = grow(this.#names, Buffer.allocUnsafeSlow(capacity * 20));
    this.#offsets = grow(this.#offsets, new Uint32Array(capacity));
    this.#crcs = grow(this.#crcs, new Uint32Array(capacity));
    this.#depths = grow(this.#depths, new Uint8Array(capacity));
    this.#slots = new Uint32Array(capacity * 4);
    for (let i = 0; i < this.#count; i++) this.#remember(i);
  }

  /** Closes the pack and starts the next one. The answer's bytes are only good until something is added. */
  finish(): FinishedPack {
    assert(this.#count > 0, "a finished pack holds an object");
    this.#room(20);
    const bytes = this.#bytes;
    bytes.write("PACK", 0, "latin1");
    bytes.writeUInt32BE(2, 4);
    bytes.writeUInt32BE(this.#count, 8);
    const checksum = crypto.createHash("sha1").update(bytes.subarray(0, this.#length)).digest();
    checksum.copy(bytes, this.#length);
    const objects: PackedObjects = { count: this.#count, names: this.#names, offsets: this.#offsets, crcs: this.#crcs };
    const finished: FinishedPack = {
      name: `pack-${checksum.toString("hex")}`,
      pack: bytes.subarray(0, this.#length + 20),
      index: encodeIndex(objects, checksum),
      objects: this.#count,
    };
    this.generation++;
    this.#length = PACK_HEADER;
    this.#count = 0;
    this.#slots.fill(0);
    return finished;
  }

  /** Gives back the memory an unusually big pack took; after `finish` and the writing of its bytes. */
  shrink(): void {
    if (this.#bytes.length > FIRST_BYTES * 8) this.#bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
    if (this.#offsets.length > FIRST_OBJECTS * 8) {
      this.#names = Buffer.allocUnsafeSlow(FIRST_OBJECTS * 20);
      this.#offsets = new Uint32Array(FIRST_OBJECTS);
      this.#crcs = new Uint32Array(FIRST_OBJECTS);
      this.#depths = new Uint8Array(FIRST_OBJECTS);
      this.#slots = new Uint32Array(FIRST_OBJECTS * 4);
    }
  }
}
