// Commits, notes and the documents of a table resemble the one before: the same names and lines, other hashes and values.
// Written as a delta against it they take less room than compressed, and no time in zlib, which otherwise is the greatest
// part of a commit's cost. Chains stay short, because whoever reads one object has to read those under it.
import { deltaBound, deltaInto, type Edits } from "./delta.ts";
import { HEAD_ROOM, type ObjectId, PACK_TYPE, type Scratch } from "./objects.ts";
import type { PackWriter } from "./pack-writer.ts";

const DEPTH_MAXIMUM = 15;
/** A delta longer than this part of the text is not worth the reading. */
const WORTH = 0.7;

// Shared: each use is over before the next one begins.
let delta = Buffer.allocUnsafeSlow(4096);

export class TextChain {
  readonly #type: "blob" | "commit";
  /** What texts are cut at, to be compared piece by piece. */
  readonly #separator: string;
  #pieces: readonly string[] = [];
  #length = 0;
  #generation = 0;
  #object = -1;

  constructor(type: "blob" | "commit", separator: string) {
    this.#type = type;
    this.#separator = separator;
  }

  /** Adds the text to the pack; answers its name. */
  write(pack: PackWriter, scratch: Scratch, text: string): ObjectId {
    scratch.text(text);
    const id = scratch.hash(this.#type);
    if (pack.find(id) >= 0) return id;
    // Offsets of characters are offsets of bytes only where every character is one byte.
    const plain = scratch.length === text.length;
    const pieces = plain ? text.split(this.#separator) : [];
    let object = -1;
    if (
      plain &&
      this.#generation === pack.generation &&
      pieces.length === this.#pieces.length &&
      pack.depthOf(this.#object) < DEPTH_MAXIMUM
    ) {
      const edits = this.#edits(pieces);
      const bound = deltaBound(edits, scratch.length);
      if (bound > delta.length) delta = Buffer.allocUnsafeSlow(bound);
      const end = deltaInto(delta, 0, edits, scratch.buffer, HEAD_ROOM, scratch.length, this.#length);
      if (end < scratch.length * WORTH) object = pack.addDelta(delta, 0, end, id, this.#object);
    }
    if (object < 0)
      object = pack.add(this.#type === "blob" ? PACK_TYPE.blob : PACK_TYPE.commit, scratch.buffer, HEAD_ROOM, scratch.length, id);
    this.#object = object;
    this.#generation = plain ? pack.generation : 0;
    this.#pieces = pieces;
    this.#length = scratch.length;
    return id;
  }

  /** What differs, piece by piece; a common beginning of a piece is kept. */
  #edits(pieces: readonly string[]): Edits {
    const edits: Edits = [];
    let at = 0;
    for (let i = 0; i < pieces.length; i++) {
      const now = pieces[i] as string;
      const was = this.#pieces[i] as string;
      if (now !== was) {
        const same = commonPrefix(now, was);
        edits.push(at + same, was.length - same, now.length - same);
      }
      at += now.length + this.#separator.length;
    }
    return edits;
  }
}

function commonPrefix(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  let same = 0;
  while (same < length && a.charCodeAt(same) === b.charCodeAt(same)) same++;
  return same;
}
