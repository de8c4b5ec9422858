// Commits, notes and the documents of a table resemble the one before: the same names and lines, other hashes and values.
// Written as a delta against it they take less room than compressed, and no time in zlib, which otherwise is the greatest
// part of a commit's cost. Chains stay short, because whoever reads one object has to read those under it.
import { deltaBound, deltaInto, type Edits } from "./delta.ts";
import { HEAD_ROOM, type ObjectId, PACK_TYPE, type Scratch } from "./objects.ts";
import type { PackWriter } from "./pack-writer.ts";

const DEPTH_MAXIMUM = 15;
/** A delta longer than this part of the text is not worth the reading. */
const WORTH = 0.7;
/** Texts that differ in more places than this are not alike. */
const EDITS_KEPT = 256;
/** Longer texts are not kept to be compared with. Bytes. */
const LONGEST = 16 * 1024;

// Shared: each use is over before the next one begins.
let delta = Buffer.allocUnsafeSlow(4096);

export class TextChain {
  readonly #type: "blob" | "commit";
  /** The character texts are cut at, and the one after it that makes it count (-1 = any), to be compared piece by piece. */
  readonly #cut: number;
  readonly #after: number;
  /** The text before. */
  #bytes = Buffer.allocUnsafe(1024);
  #length = 0;
  #generation = 0;
  #object = -1;

  constructor(type: "blob" | "commit", separator: "\n" | ',"') {
    this.#type = type;
    this.#cut = separator.charCodeAt(0);
    this.#after = separator.length > 1 ? separator.charCodeAt(1) : -1;
  }

  /** Adds the text to the pack; answers its name. */
  write(pack: PackWriter, scratch: Scratch, text: string): ObjectId {
    scratch.text(text);
    const id = scratch.hash(this.#type);
    if (pack.find(id) >= 0) return id;
    const { buffer, length } = scratch;
    let object = -1;
    if (this.#generation === pack.generation && pack.depthOf(this.#object) < DEPTH_MAXIMUM) {
      const edits = this.#edits(buffer, length);
      if (edits !== null) {
        const bound = deltaBound(edits, length);
        if (bound > delta.length) delta = Buffer.allocUnsafeSlow(bound);
        const end = deltaInto(delta, 0, edits, buffer, HEAD_ROOM, length, this.#length);
        if (end < length * WORTH) object = pack.addDelta(delta, 0, end, id, this.#object);
      }
    }
    if (object < 0) object = pack.add(this.#type === "blob" ? PACK_TYPE.blob : PACK_TYPE.commit, buffer, HEAD_ROOM, length, id);
    this.#object = object;
    this.#generation = length <= LONGEST ? pack.generation : 0;
    if (length <= LONGEST) this.#keep(buffer, length);
    return id;
  }

  #keep(buffer: Buffer, length: number): void {
    if (length > this.#bytes.length) this.#bytes = Buffer.allocUnsafe(length * 2);
    buffer.copy(this.#bytes, 0, HEAD_ROOM, HEAD_ROOM + length);
    this.#length = length;
  }

  /** What differs, piece by piece; a common beginning of a piece is kept. Null when that is nearly everything. */
  #edits(now: Buffer, length: number): Edits | null {
    const was = this.#bytes;
    const wasLength = this.#length;
    const edits: Edits = [];
    for (let at = 0, old = 0; ; ) {
      while (at < length && old < wasLength && now[HEAD_ROOM + at] === was[old]) {
        at++;
        old++;
      }
      if (at === length && old === wasLength) return edits;
      let end = this.#pieceEnd(now, HEAD_ROOM + at, HEAD_ROOM + length) - HEAD_ROOM;
      let oldEnd = this.#pieceEnd(was, old, wasLength);
      if (end === at && oldEnd === old) {
        // One of them is over: what the other has left is one piece.
        end = length;
        oldEnd = wasLength;
      }
      if (edits.push(at, oldEnd - old, end - at) > EDITS_KEPT * 3) return null;
      at = end;
      old = oldEnd;
    }
  }

  /** Where the piece that has the byte at `at` ends: at the next separator, or at the end. */
  #pieceEnd(bytes: Buffer, at: number, end: number): number {
    const cut = this.#cut;
    const after = this.#after;
    for (; at < end; at++) if (bytes[at] === cut && (after < 0 || bytes[at + 1] === after)) return at;
    return end;
  }
}
