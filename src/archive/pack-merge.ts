// Making few big packs of many small ones. Entries are moved as they are: a delta says how far back its base lies, and that
// stays true when whole bodies are put one after the other. Objects that are in several packs are kept once; only then
// distances behind the gap change, and those entries get a new one.
import crypto from "node:crypto";
import path from "node:path";
import zlib from "node:zlib";
import { ChronError } from "../base/errors.ts";
import type { Files, OpenFile } from "../base/files.ts";
import { PACK_TYPE } from "./objects.ts";
import { distanceInto, entryHeaderInto, PACK_HEADER } from "./pack-body.ts";
import { encodeIndex, type PackedObjects } from "./pack-index.ts";
import { type Pack, parseEntryHeader } from "./pack-reader.ts";
import { archivePaths } from "./paths.ts";
import { orderByKey } from "./radix.ts";

/** Packs of a like size (within this factor) are merged when there are this many of them. */
const FACTOR = 8;
const SMALLEST = 64 * 1024;
const CHUNK = 4 * 1024 * 1024;
/** The longest header and distance an entry can have. */
const HEADER_MAXIMUM = 32;

/** The packs to merge now, smallest sizes first; null when it is not worth it. */
export function packsToMerge(packs: readonly Pack[], maximum: number): Pack[] | null {
  const levels = new Map<number, Pack[]>();
  for (const pack of packs) {
    const level = pack.bytes <= SMALLEST ? 0 : Math.floor(Math.log(pack.bytes / SMALLEST) / Math.log(FACTOR)) + 1;
    levels.set(level, [...(levels.get(level) ?? []), pack]);
  }
  for (const level of [...levels.keys()].sort((a, b) => a - b)) {
    const alike = levels.get(level) ?? [];
    if (alike.length < FACTOR) continue;
    const chosen: Pack[] = [];
    let bytes = 0;
    for (const pack of alike.toSorted((a, b) => a.bytes - b.bytes)) {
      bytes += pack.bytes;
      if (bytes > maximum) break;
      chosen.push(pack);
    }
    if (chosen.length > 1) return chosen;
  }
  return null;
}

/** Objects of several packs, each known once: a table from name to number. */
class Names {
  readonly #names: Buffer;
  readonly #slots: Uint32Array;
  count = 0;

  constructor(names: Buffer, capacity: number) {
    this.#names = names;
    let size = 1024;
    while (size < capacity * 2) size *= 2;
    this.#slots = new Uint32Array(size);
  }

  /** Number of the name at `at` of `source`, added if new; complemented if it was there. */
  add(source: Buffer, at: number): number {
    const names = this.#names;
    const slots = this.#slots;
    const mask = slots.length - 1;
    const low = (source[at] as number) | ((source[at + 1] as number) << 8);
    let slot = (low | ((source[at + 2] as number) << 16) | ((source[at + 3] as number) << 24)) & mask;
    for (; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const number = (slots[slot] as number) - 1;
      let same = 0;
      while (same < 20 && names[number * 20 + same] === source[at + same]) same++;
      if (same === 20) return ~number;
    }
    for (let i = 0; i < 20; i++) names[this.count * 20 + i] = source[at + i] as number;
    slots[slot] = this.count + 1;
    return this.count++;
  }
}

/** Writes a pack's bytes to a file, hashing them on the way. */
class PackOutput {
  readonly #file: OpenFile;
  readonly #hash = crypto.createHash("sha1");
  readonly #buffer = Buffer.allocUnsafeSlow(CHUNK);
  #filled = 0;
  #flushed = 0;

  constructor(file: OpenFile) {
    this.#file = file;
  }

  get length(): number {
    return this.#flushed + this.#filled;
  }

  write(bytes: Buffer): void {
    for (let from = 0; from < bytes.length; ) {
      const taken = bytes.copy(this.#buffer, this.#filled, from);
      this.#filled += taken;
      from += taken;
      if (this.#filled === this.#buffer.length) this.#flush();
    }
  }

  finish(): Buffer {
    this.#flush();
    const checksum = this.#hash.digest();
    this.#file.write(checksum, this.#flushed);
    this.#file.sync();
    return checksum;
  }

  #flush(): void {
    const part = this.#buffer.subarray(0, this.#filled);
    this.#hash.update(part);
    this.#file.write(part, this.#flushed);
    this.#flushed += this.#filled;
    this.#filled = 0;
  }
}

/**
 * Merges packs into a new one beside them and answers its name; null when `stop` said that there is something better to do.
 * The old ones are left for the caller to retire. Throws CORRUPT, naming the pack, when one does not match its checksum.
 */
export async function mergePacks(
  files: Files,
  repository: string,
  packs: readonly Pack[],
  stop: () => boolean,
): Promise<string | null> {
  const { temporary, packs: directory } = archivePaths(repository);
  const loaded = packs.map((pack) => ({ pack, objects: pack.index.load() }));
  const total = loaded.reduce((sum, { objects }) => sum + objects.count, 0);
  const names = Buffer.allocUnsafeSlow(total * 20);
  const table = new Names(names, total);
  // For each pack its objects in the order they lie in it, and their number in the merged pack.
  const plans = loaded.map(({ pack, objects }) => {
    const order = orderByKey(objects.offsets);
    const targets = new Int32Array(order.length);
    for (let i = 0; i < order.length; i++) targets[i] = table.add(objects.names, (order[i] as number) * 20);
    return { pack, objects, order, targets };
  });

  const file = path.join(temporary, "merging.pack");
  if (files.stat(file) !== undefined) files.unlink(file);
  const handle = files.open(file, "create");
  let checksum: Buffer;
  const merged = { count: table.count, names, offsets: new Uint32Array(table.count), crcs: new Uint32Array(table.count) };
  try {
    const output = new PackOutput(handle);
    const header = Buffer.alloc(PACK_HEADER);
    header.write("PACK", 0, "latin1");
    header.writeUInt32BE(2, 4);
    header.writeUInt32BE(table.count, 8);
    output.write(header);
    for (const plan of plans) {
      for (const _ of copyEntries(plan, merged, output)) {
        await new Promise((resolve) => setImmediate(resolve));
        if (stop()) return null;
      }
    }
    checksum = output.finish();
  } finally {
    handle.close();
  }
  const name = `pack-${checksum.toString("hex")}`;
  const index = path.join(temporary, "merging.idx");
  if (files.stat(index) !== undefined) files.unlink(index);
  const indexHandle = files.open(index, "create");
  try {
    indexHandle.write(encodeIndex(merged, checksum), 0);
    indexHandle.sync();
  } finally {
    indexHandle.close();
  }
  files.rename(file, path.join(directory, `${name}.pack`));
  files.rename(index, path.join(directory, `${name}.idx`));
  files.syncDirectory(directory);
  return name;
}

interface Plan {
  readonly pack: Pack;
  readonly objects: PackedObjects;
  readonly order: Uint32Array;
  /** Their numbers in the merged pack, complemented where it has them from an earlier one. */
  readonly targets: Int32Array;
}

/** Copies a pack's entries, pausing (yielding) after every chunk. */
function* copyEntries(plan: Plan, merged: PackedObjects, output: PackOutput): Generator<void> {
  const { pack, objects, order, targets } = plan;
  const body = pack.bytes - 20;
  const hash = crypto.createHash("sha1");
  const head = Buffer.alloc(PACK_HEADER);
  pack.raw(head, 0);
  hash.update(head);
  // While nothing was left out, distances within this pack are as they were.
  let moved = false;
  const header = Buffer.alloc(HEADER_MAXIMUM);
  for (let i = 0; i < order.length; ) {
    // As many whole entries as fit a chunk, at least one.
    const start = offsetAt(plan, i);
    let last = i;
    while (last + 1 < order.length && offsetAt(plan, last + 1) - start < CHUNK) last++;
    const end = last + 1 < order.length ? offsetAt(plan, last + 1) : body;
    const chunk = Buffer.allocUnsafe(end - start);
    pack.raw(chunk, start);
    hash.update(chunk);
    if (!moved) {
      // As long as nothing is left out, what lies together stays together.
      const from = output.length - start;
      const whole = i;
      for (; i <= last && (targets[i] as number) >= 0; i++) {
        const target = targets[i] as number;
        merged.offsets[target] = from + offsetAt(plan, i);
        merged.crcs[target] = objects.crcs[order[i] as number] as number;
      }
      moved = i <= last;
      if (i > whole) output.write(chunk.subarray(0, (moved ? offsetAt(plan, i) : end) - start));
    }
    for (; i <= last; i++) {
      const target = targets[i] as number;
      if (target < 0) continue;
      const object = order[i] as number;
      const offset = offsetAt(plan, i);
      const entry = chunk.subarray(offset - start, (i < last ? offsetAt(plan, i + 1) : end) - start);
      const at = output.length;
      merged.offsets[target] = at;
      let bytes = entry;
      const parsed = parseEntryHeader(entry, 0);
      if (parsed?.type === PACK_TYPE.offsetDelta && parsed.distance !== null) {
        const base = targets[findOffset(plan, offset - parsed.distance)] as number;
        const distance = at - (merged.offsets[base < 0 ? ~base : base] as number);
        if (distance !== parsed.distance) {
          const length = distanceInto(header, entryHeaderInto(header, 0, parsed.type, parsed.size), distance);
          bytes = Buffer.concat([header.subarray(0, length), entry.subarray(parsed.end)]);
        }
      }
      merged.crcs[target] = bytes === entry ? (objects.crcs[object] as number) : zlib.crc32(bytes);
      output.write(bytes);
    }
    yield;
  }
  const trailer = Buffer.alloc(20);
  pack.raw(trailer, body);
  if (!hash.digest().equals(trailer)) {
    throw new ChronError(
      "CORRUPT",
      `The pack ${pack.path} does not match its checksum; stop the server and run \`chrondb rebuild\`, which repairs it from the log or (--from-clone) a clone.`,
    );
  }
}

function offsetAt(plan: Plan, i: number): number {
  return plan.objects.offsets[plan.order[i] as number] as number;
}

/** Which object of the plan begins at an offset. */
function findOffset(plan: Plan, offset: number): number {
  let low = 0;
  let high = plan.order.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (offsetAt(plan, middle) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
