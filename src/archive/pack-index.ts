// `.idx` files, version 2: from object names to places in a pack. Written whole; read with a few small reads, because an
// index of millions of objects has no business in memory.
//
//   ff 't' 'O' 'c' · 2 · 256 counts · names (20 bytes each, sorted) · CRC-32 of each entry · offsets · pack SHA-1 · own SHA-1
import crypto from "node:crypto";
import { ChronError } from "../base/errors.ts";
import type { Files, OpenFile } from "../base/files.ts";
import type { ObjectId } from "./objects.ts";
import { orderByKey } from "./radix.ts";

const MAGIC = 0xff744f63;
const NAMES_AT = 8 + 1024;
/** Offsets of 2 GiB and more need a further table, which packs of ours (limits.archivePackBytes) never have. */
const OFFSET_MAXIMUM = 0x7fffffff;

/** The objects of a pack in the order written. `names` holds 20 bytes for each. */
export interface PackedObjects {
  readonly count: number;
  readonly names: Buffer;
  readonly offsets: Uint32Array;
  readonly crcs: Uint32Array;
}

/** Object numbers in the order of their names. */
function byName(objects: PackedObjects): Uint32Array {
  const { count, names } = objects;
  const first = new Uint32Array(count);
  for (let i = 0, at = 0; i < count; i++, at += 20) {
    const low = ((names[at + 1] as number) << 16) | ((names[at + 2] as number) << 8) | (names[at + 3] as number);
    first[i] = ((names[at] as number) << 24) | low;
  }
  const order = orderByKey(first);
  // Names with equal first bytes are put in order among themselves.
  for (let i = 1; i < count; i++) {
    for (let k = i; k > 0; k--) {
      const a = order[k - 1] as number;
      const b = order[k] as number;
      if (first[a] !== first[b]) break;
      if (names.compare(names, b * 20, b * 20 + 20, a * 20, a * 20 + 20) <= 0) break;
      order[k - 1] = b;
      order[k] = a;
    }
  }
  return order;
}

function numberInto(target: Buffer, at: number, value: number): void {
  target[at] = value >>> 24;
  target[at + 1] = value >>> 16;
  target[at + 2] = value >>> 8;
  target[at + 3] = value;
}

export function encodeIndex(objects: PackedObjects, packChecksum: Buffer): Buffer {
  const { count, names, offsets, crcs } = objects;
  const order = byName(objects);
  const out = Buffer.allocUnsafe(NAMES_AT + count * 28 + 40);
  out.writeUInt32BE(MAGIC, 0);
  out.writeUInt32BE(2, 4);
  const crcsAt = NAMES_AT + count * 20;
  const offsetsAt = crcsAt + count * 4;
  const starting = new Uint32Array(256);
  for (let i = 0; i < count; i++) {
    const object = order[i] as number;
    const first = names[object * 20] as number;
    starting[first] = (starting[first] as number) + 1;
    for (let byte = 0; byte < 20; byte++) out[NAMES_AT + i * 20 + byte] = names[object * 20 + byte] as number;
    numberInto(out, crcsAt + i * 4, crcs[object] as number);
    numberInto(out, offsetsAt + i * 4, offsets[object] as number);
  }
  let below = 0;
  for (let i = 0; i < 256; i++) {
    below += starting[i] as number;
    out.writeUInt32BE(below, 8 + i * 4);
  }
  packChecksum.copy(out, out.length - 40);
  crypto
    .createHash("sha1")
    .update(out.subarray(0, out.length - 20))
    .digest()
    .copy(out, out.length - 20);
  return out;
}

export class PackIndex {
  readonly path: string;
  readonly count: number;
  readonly #file: OpenFile;
  readonly #fanout: Uint32Array;
  readonly #window = Buffer.alloc(64 * 20);

  constructor(files: Files, path: string) {
    this.path = path;
    this.#file = files.open(path, "read");
    this.#fanout = new Uint32Array(256);
    try {
      const head = Buffer.alloc(NAMES_AT);
      const got = this.#file.read(head, 0);
      if (got < NAMES_AT || head.readUInt32BE(0) !== MAGIC || head.readUInt32BE(4) !== 2)
        this.#corrupt("has no version 2 header");
      for (let i = 0; i < 256; i++) this.#fanout[i] = head.readUInt32BE(8 + i * 4);
      this.count = this.#fanout[255] as number;
      if (this.#file.size() < NAMES_AT + this.count * 28 + 40) this.#corrupt(`is too short for its ${this.count} objects`);
    } catch (thrown) {
      this.#file.close();
      throw thrown;
    }
  }

  #corrupt(what: string): never {
    throw new ChronError(
      "CORRUPT",
      `The pack index ${this.path} ${what}; stop the server and run \`chrondb rebuild\`, which repairs it from the log or (--from-clone) a clone.`,
    );
  }

  /** Where the object lies in the pack; -1 when it is not in it. */
  find(id: ObjectId): number {
    const wanted = Buffer.from(id, "hex");
    const at = this.#lowerBound(wanted);
    if (at >= this.count || !this.name(at).equals(wanted)) return -1;
    return this.offset(at);
  }

  /** Names that start with the hex digits `prefix`, at most `limit`. */
  startingWith(prefix: string, limit: number): ObjectId[] {
    const found: ObjectId[] = [];
    for (let at = this.#lowerBound(Buffer.from(prefix.padEnd(40, "0"), "hex")); at < this.count && found.length < limit; at++) {
      const name = this.name(at).toString("hex");
      if (!name.startsWith(prefix)) break;
      found.push(name);
    }
    return found;
  }

  /** Number of the first object whose name is not below `wanted`. */
  #lowerBound(wanted: Buffer): number {
    const first = wanted[0] as number;
    let low = first === 0 ? 0 : (this.#fanout[first - 1] as number);
    let high = this.#fanout[first] as number;
    const window = this.#window;
    // Names are evenly spread, so the next three bytes say nearly where it is: one or two reads instead of twelve.
    let spread = wanted.readUIntBE(1, 3) / 2 ** 24;
    while (high - low > 0) {
      const from = Math.max(low, Math.min(high - 64, Math.floor(low + spread * (high - low)) - 32));
      const names = Math.min(64, high - from);
      this.#file.read(window.subarray(0, names * 20), NAMES_AT + from * 20);
      if (window.compare(wanted, 0, 20, 0, 20) >= 0) high = from;
      else if (window.compare(wanted, 0, 20, (names - 1) * 20, names * 20) < 0) low = from + names;
      else {
        for (let i = 0; i < names; i++) if (window.compare(wanted, 0, 20, i * 20, i * 20 + 20) >= 0) return from + i;
      }
      spread = 0.5;
    }
    return low;
  }

  name(at: number): Buffer {
    const name = Buffer.alloc(20);
    this.#file.read(name, NAMES_AT + at * 20);
    return name;
  }

  offset(at: number): number {
    const bytes = Buffer.alloc(4);
    this.#file.read(bytes, NAMES_AT + this.count * 24 + at * 4);
    const offset = bytes.readUInt32BE(0);
    if (offset > OFFSET_MAXIMUM) this.#corrupt("has offsets of more than 2 GiB, which ChronDB does not write");
    return offset;
  }

  /** All of it in memory, in the order of the names: for merging and checking. */
  load(): PackedObjects & { readonly packChecksum: Buffer } {
    const bytes = Buffer.alloc(this.#file.size());
    this.#file.read(bytes, 0);
    const checksum = crypto
      .createHash("sha1")
      .update(bytes.subarray(0, bytes.length - 20))
      .digest();
    if (!checksum.equals(bytes.subarray(bytes.length - 20))) this.#corrupt("does not match its own checksum");
    const { count } = this;
    const offsets = new Uint32Array(count);
    const crcs = new Uint32Array(count);
    for (let i = 0; i < count; i++) {
      crcs[i] = bytes.readUInt32BE(NAMES_AT + count * 20 + i * 4);
      offsets[i] = bytes.readUInt32BE(NAMES_AT + count * 24 + i * 4);
    }
    return {
      count,
      offsets,
      crcs,
      names: bytes.subarray(NAMES_AT, NAMES_AT + count * 20),
      packChecksum: bytes.subarray(bytes.length - 40, bytes.length - 20),
    };
  }

  close(): void {
    this.#file.close();
  }
}
