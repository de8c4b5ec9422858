// Compressing many small objects. zlib.deflateSync makes and destroys a 256 KB stream for every call, which costs several
// times the compression of a 200-byte document; so one stream's handle is reset and reused. The handle is a private part of
// Node: it is looked at carefully, tried on samples, and left for deflateSync when anything about it is not as expected.
import zlib from "node:zlib";
import { present } from "../base/assert.ts";

const LEVEL = 1;
const FINISH = zlib.constants.Z_FINISH;

export interface Deflater {
  readonly method: "handle" | "deflateSync";
  /** Writes the zlib stream of `source[start, start + length)` at `at` (deflateBound(length) bytes of room); answers its end. */
  into(source: Buffer, start: number, length: number, target: Buffer, at: number): number;
}

/** The most bytes a zlib stream of `length` bytes takes, with some to spare. */
export function deflateBound(length: number): number {
  return length + (length >>> 9) + 128;
}

const plain: Deflater = {
  method: "deflateSync",
  into(source, start, length, target, at) {
    const bytes = zlib.deflateSync(source.subarray(start, start + length), { level: LEVEL });
    return at + bytes.copy(target, at);
  },
};

interface Handle {
  reset(): void;
  writeSync(flush: number, input: Buffer, from: number, length: number, output: Buffer, at: number, room: number): void;
}

function isHandle(value: unknown): value is Handle {
  if (typeof value !== "object" || value === null) return false;
  return typeof Reflect.get(value, "reset") === "function" && typeof Reflect.get(value, "writeSync") === "function";
}

/** Most objects are this small, and a small window and table suit them: resetting touches 8 KB instead of 64 (10 us to 7). */
const SMALL = 4096;

/** Two streams: one for small objects, one for big ones. */
function reused(): Deflater | null {
  const small = reusedStream({ level: LEVEL, windowBits: 12, memLevel: 5 });
  const big = reusedStream({ level: LEVEL });
  if (small === null || big === null) return null;
  return {
    method: "handle",
    into: (source, start, length, target, at) => (length <= SMALL ? small : big).into(source, start, length, target, at),
  };
}

function reusedStream(options: zlib.ZlibOptions): Deflater | null {
  const stream = zlib.createDeflate(options);
  const handle: unknown = Reflect.get(stream, "_handle");
  // [bytes of output room left, bytes of input left] after each write.
  const left: unknown = Reflect.get(stream, "_writeState");
  if (!isHandle(handle) || !(left instanceof Uint32Array) || left.length < 2) return null;
  return {
    method: "handle",
    into(source, start, length, target, at) {
      handle.reset();
      handle.writeSync(FINISH, source, start, length, target, at, target.length - at);
      const room = left[0] as number;
      if (left[1] !== 0 || room === 0) return plain.into(source, start, length, target, at);
      return target.length - room;
    },
  };
}

/** Whether a deflater's output inflates back, for sizes around every boundary that matters. */
export function deflaterWorks(deflater: Deflater): boolean {
  for (const length of [0, 1, 199, 4096, 70_000, 300_000]) {
    const sample = Buffer.alloc(length + 7);
    for (let i = 0; i < sample.length; i++) sample[i] = (i * i * 31 + (i >>> 3)) & (length % 2 === 0 ? 255 : 15);
    const target = Buffer.alloc(11 + deflateBound(length) + 5);
    try {
      const end = deflater.into(sample, 7, length, target, 11);
      if (end <= 11 || end > target.length) return false;
      if (!zlib.inflateSync(target.subarray(11, end)).equals(sample.subarray(7))) return false;
    } catch {
      // Whatever it threw, it is not the interface we know; the public one takes over.
      return false;
    }
  }
  return true;
}

let chosen: Deflater | undefined;

export function deflater(): Deflater {
  if (chosen === undefined) {
    const candidate = reused();
    chosen = candidate !== null && deflaterWorks(candidate) ? candidate : plain;
  }
  return present(chosen, "deflater");
}

/** The public, slower way: what is used where the handle is not as expected. */
export const plainDeflater: Deflater = plain;

/** A zlib stream of stored (uncompressed) blocks: what tree deltas get, twenty random bytes being most of them. */
export function storeInto(source: Buffer, start: number, length: number, target: Buffer, at: number): number {
  let out = at;
  target[out++] = 0x78;
  target[out++] = 0x01;
  let low = 1;
  let high = 0;
  let from = start;
  let left = length;
  do {
    const size = Math.min(left, 65535);
    left -= size;
    target[out++] = left > 0 ? 0 : 1;
    target[out++] = size & 255;
    target[out++] = size >> 8;
    target[out++] = ~size & 255;
    target[out++] = (~size >> 8) & 255;
    for (let i = 0; i < size; ) {
      // Adler-32; 3,800 additions cannot overflow the safe integers before the remainder is taken.
      const end = Math.min(i + 3800, size);
      for (; i < end; i++) {
        const byte = source[from + i] as number;
        target[out + i] = byte;
        low += byte;
        high += low;
      }
      low %= 65521;
      high %= 65521;
    }
    out += size;
    from += size;
  } while (left > 0);
  target[out++] = high >> 8;
  target[out++] = high & 255;
  target[out++] = low >> 8;
  target[out++] = low & 255;
  return out;
}
