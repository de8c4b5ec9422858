// Git's delta encoding: how a tree is written as what changed since its version before, and how such a thing is read.

/** Edits of a text since its base, as triples [offset in the new text, bytes replaced, bytes put there], ascending, disjoint. */
export type Edits = number[];

/** More edits than this are not worth a delta: the whole object is written. */
export const EDITS_MAXIMUM = 64;

/** Records that `removed` bytes at `at` gave way to `added` bytes, melting it into edits that it touches. */
export function addEdit(edits: Edits, at: number, removed: number, added: number): void {
  if (edits.length === 0) {
    edits.push(at, removed, added);
    return;
  }
  let first = 0;
  while (first < edits.length && (edits[first] as number) + (edits[first + 2] as number) < at) first += 3;
  let start = at;
  let end = at + removed;
  let was = 0;
  let now = 0;
  let last = first;
  while (last < edits.length && (edits[last] as number) <= at + removed) {
    const offset = edits[last] as number;
    const length = edits[last + 2] as number;
    start = Math.min(start, offset);
    end = Math.max(end, offset + length);
    was += edits[last + 1] as number;
    now += length;
    last += 3;
  }
  const width = end - start;
  edits.splice(first, last - first, start, width - now + was, width - removed + added);
  for (let i = first + 3; i < edits.length; i += 3) edits[i] = (edits[i] as number) + added - removed;
}

function sizeInto(target: Buffer, at: number, size: number): number {
  let left = size;
  while (left > 127) {
    target[at++] = (left & 127) | 128;
    left = Math.floor(left / 128);
  }
  target[at++] = left;
  return at;
}

function copyInto(target: Buffer, at: number, from: number, length: number): number {
  while (length > 0) {
    const size = Math.min(length, 0xffff);
    let op = 128;
    let out = at + 1;
    for (let i = 0; i < 4; i++) {
      const byte = (from >>> (i * 8)) & 255;
      if (byte !== 0) {
        op |= 1 << i;
        target[out++] = byte;
      }
    }
    for (let i = 0; i < 2; i++) {
      const byte = (size >>> (i * 8)) & 255;
      if (byte !== 0) {
        op |= 16 << i;
        target[out++] = byte;
      }
    }
    target[at] = op;
    at = out;
    from += size;
    length -= size;
  }
  return at;
}

/** The most bytes deltaInto can write for these edits. */
export function deltaBound(edits: Edits, length: number): number {
  let bytes = 32 + (Math.ceil(length / 0xffff) + edits.length) * 8;
  for (let i = 2; i < edits.length; i += 3) bytes += (edits[i] as number) + Math.ceil((edits[i] as number) / 127);
  return bytes;
}

/** Writes the delta that makes `length` bytes at `source[start]` from a base of `baseLength` bytes; answers its end. */
export function deltaInto(
  target: Buffer,
  at: number,
  edits: Edits,
  source: Buffer,
  start: number,
  length: number,
  baseLength: number,
): number {
  let out = sizeInto(target, at, baseLength);
  out = sizeInto(target, out, length);
  let base = 0;
  let made = 0;
  for (let i = 0; i < edits.length; i += 3) {
    const offset = edits[i] as number;
    const same = offset - made;
    out = copyInto(target, out, base, same);
    base += same + (edits[i + 1] as number);
    made = offset;
    let left = edits[i + 2] as number;
    while (left > 0) {
      const size = Math.min(left, 127);
      target[out++] = size;
      for (let k = 0; k < size; k++) target[out++] = source[start + made + k] as number;
      made += size;
      left -= size;
    }
  }
  return copyInto(target, out, base, length - made);
}

/** The object a delta makes of its base; null when the delta is not well formed or does not fit the base. */
export function applyDelta(base: Buffer, delta: Buffer): Buffer | null {
  let at = 0;
  const size = (): number => {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = delta[at++] ?? 0;
      value += (byte & 127) * scale;
      if ((byte & 128) === 0) return value;
      scale *= 128;
    }
  };
  if (size() !== base.length) return null;
  const made = Buffer.allocUnsafe(size());
  let out = 0;
  while (at < delta.length) {
    const op = delta[at++] as number;
    if ((op & 128) !== 0) {
      let from = 0;
      let length = 0;
      for (let i = 0; i < 4; i++) if ((op & (1 << i)) !== 0) from += (delta[at++] ?? 0) * 2 ** (8 * i);
      for (let i = 0; i < 3; i++) if ((op & (16 << i)) !== 0) length += (delta[at++] ?? 0) * 2 ** (8 * i);
      if (length === 0) length = 0x10000;
      if (from + length > base.length || out + length > made.length) return null;
      out += base.copy(made, out, from, from + length);
    } else {
      if (op === 0 || at + op > delta.length || out + op > made.length) return null;
      out += delta.copy(made, out, at, at + op);
      at += op;
    }
  }
  return out === made.length ? made : null;
}
