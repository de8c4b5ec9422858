// Git trees in memory, as the very bytes git hashes. A change edits the bytes in place and remembers what it edited, so the
// next version is written as a delta against the one before: one name of a few hundred changes, and that is all that is
// written. Subtrees are read from packs when first needed and dropped when cold (see `evict`).
//
// entry = mode ' ' name '\0' name of the object (20 bytes), ordered by name, directories as if their names ended in '/'.
import { assert, present } from "../base/assert.ts";
import { ChronError } from "../base/errors.ts";
import { addEdit, deltaBound, deltaInto, EDITS_MAXIMUM, type Edits } from "./delta.ts";
import { HEAD_ROOM, hashObject, idInto, type ObjectId, PACK_TYPE } from "./objects.ts";
import { DEPTH_MAXIMUM, type PackWriter } from "./pack-writer.ts";

/** What the entries of a tree are. All of ours are alike: only files, or only directories. */
export interface Shape {
  readonly entries: "files" | "directories";
  /** Length of every name where it is fixed: entries are then found by bisection. 0 = names vary. */
  readonly nameLength: number;
  /** The shape of the subtree with this name. */
  readonly child: (name: string) => Shape;
}

/** Where trees are written to and read from. */
export interface TreeHost {
  readonly pack: PackWriter;
  /** Content of a tree object. Throws CORRUPT. */
  load(id: ObjectId): Buffer;
  /** Bytes of all trees in memory, about. */
  resident: number;
}

const FILE_MODE = "100644 ";
const DIRECTORY_MODE = "40000 ";
const SLASH = 47;
/** Smaller than this and a delta saves nothing. */
const DELTA_ABOVE = 60;
/** What an object and its buffer cost beside the bytes. */
const OVERHEAD = 300;

let delta = Buffer.allocUnsafeSlow(64 * 1024);
/** What trees of files share: they never have a changed subtree. */
const NONE: string[] = [];
const idBytes = new Uint8Array(20);

function latin1Into(text: string, target: Uint8Array, at: number): void {
  for (let i = 0; i < text.length; i++) target[at + i] = text.charCodeAt(i);
}

export class Tree {
  readonly shape: Shape;
  #bytes: Buffer;
  #length: number;
  #children: Map<string, Tree> | null = null;
  /** Names of subtrees that have changed. */
  #dirty: string[] = NONE;
  #isDirty = false;
  /** Bytes of it that `host.resident` includes. */
  #counted = 0;
  /** Pack generation in which it was last used. */
  #touched = 0;
  /** The version last written: its name, its number in the pack of that generation, its length. */
  #id: ObjectId | null = null;
  #generation = 0;
  #object = -1;
  #writtenLength = 0;
  /** Edits since then; null when there was no version before, or there are too many to be worth it. */
  #edits: Edits | null;

  constructor(shape: Shape, content: Buffer | null = null, id: ObjectId | null = null) {
    this.shape = shape;
    this.#id = id;
    // Most trees of a first import are new, and few of them are ever edited: they get their list when they have been written.
    this.#edits = content === null ? null : [];
    if (content === null) {
      this.#bytes = Buffer.allocUnsafe(HEAD_ROOM + 72);
      this.#length = 0;
    } else {
      this.#bytes = Buffer.allocUnsafe(HEAD_ROOM + content.length + 64);
      this.#length = content.copy(this.#bytes, HEAD_ROOM);
      this.#writtenLength = this.#length;
    }
  }

  get empty(): boolean {
    return this.#length === 0;
  }

  /** Names and objects of the entries. */
  *entries(): Generator<{ name: string; id: ObjectId }> {
    const content = Buffer.from(this.#bytes.subarray(HEAD_ROOM, HEAD_ROOM + this.#length));
    for (let at = 0; at < content.length; ) {
      const name = content.indexOf(32, at) + 1;
      const end = content.indexOf(0, name);
      yield { name: content.toString("latin1", name, end), id: content.toString("hex", end + 1, end + 21) };
      at = end + 21;
    }
  }

  /** The object under a name, as last written. */
  get(name: string): ObjectId | undefined {
    const at = this.#locate(name);
    return at < 0 ? undefined : this.#bytes.toString("hex", this.#idAt(at, name), this.#idAt(at, name) + 20);
  }

  /** Puts an entry. False when it was there already, just so. */
  set(name: string, id: ObjectId): boolean {
    let at = this.#locate(name);
    if (at >= 0) {
      const place = this.#idAt(at, name);
      const bytes = this.#bytes;
      idInto(id, idBytes, 0);
      let same = 0;
      while (same < 20 && bytes[place + same] === idBytes[same]) same++;
      if (same === 20) return false;
      bytes.set(idBytes, place);
      this.#edited(place - HEAD_ROOM, 20, 20);
      return true;
    }
    at = ~at;
    const mode = this.shape.entries === "files" ? FILE_MODE : DIRECTORY_MODE;
    const size = mode.length + name.length + 21;
    this.#room(size);
    const bytes = this.#bytes;
    bytes.copyWithin(at + size, at, HEAD_ROOM + this.#length);
    latin1Into(mode, bytes, at);
    latin1Into(name, bytes, at + mode.length);
    bytes[at + mode.length + name.length] = 0;
    idInto(id, bytes, at + size - 20);
    this.#length += size;
    this.#edited(at - HEAD_ROOM, 0, size);
    return true;
  }

  /** Removes an entry, and what is known of it. False when there was none. */
  remove(name: string, host: TreeHost): boolean {
    const child = this.#children?.get(name);
    if (child !== undefined) {
      child.#forget(host);
      this.#children?.delete(name);
    }
    const at = this.#locate(name);
    if (at < 0) return false;
    const size = this.#idAt(at, name) + 20 - at;
    this.#bytes.copyWithin(at, at + size, HEAD_ROOM + this.#length);
    this.#length -= size;
    this.#edited(at - HEAD_ROOM, size, 0);
    return true;
  }

  /** The subtree under a name, made empty where there is none. */
  child(name: string, host: TreeHost): Tree {
    let child = this.#children?.get(name);
    if (child === undefined) {
      const id = this.get(name);
      child =
        id === undefined ? new Tree(this.shape.child(name)) : new Tree(this.shape.child(name), checked(host.load(id), id), id);
      this.#children ??= new Map();
      this.#children.set(name, child);
      child.#counted = child.#bytes.length;
      host.resident += child.#counted + OVERHEAD;
    }
    child.#touched = host.pack.generation;
    return child;
  }

  /** The subtree under a name if there is an entry of it. */
  existing(name: string, host: TreeHost): Tree | undefined {
    return this.#children?.has(name) || this.#locate(name) >= 0 ? this.child(name, host) : undefined;
  }

  /** Says that the subtree under a name (got from `child`) has changed; parents must be told on the way. */
  markDirty(name: string): void {
    const child = present(this.#children?.get(name), "the changed subtree");
    if (child.#isDirty) return;
    child.#isDirty = true;
    if (this.#dirty === NONE) this.#dirty = [name];
    else this.#dirty.push(name);
  }

  /** Writes what has changed, subtrees first; answers the tree's name. Empty subtrees go. */
  write(host: TreeHost): ObjectId {
    this.#writeChildren(host);
    if (this.#id === null || this.#edits === null || this.#edits.length > 0) this.#id = this.#emit(host);
    return this.#id;
  }

  #writeChildren(host: TreeHost): void {
    const dirty = this.#dirty;
    if (dirty.length === 0) return;
    // In the order of names, so that equal sets of changes give equal packs whatever order they were made in.
    if (dirty.length > 1) dirty.sort();
    for (const name of dirty) {
      const child = this.#children?.get(name);
      if (child === undefined) continue;
      child.#writeChildren(host);
      child.#isDirty = false;
      // An emptied subtree is not written at all: nothing would refer to it.
      if (child.empty) this.remove(name, host);
      else this.set(name, child.write(host));
      host.resident += child.#bytes.length - child.#counted;
      child.#counted = child.#bytes.length;
    }
    dirty.length = 0;
  }

  #emit(host: TreeHost): ObjectId {
    const { pack } = host;
    const id = hashObject("tree", this.#bytes, this.#length);
    const edits = this.#edits;
    const base = this.#generation === pack.generation ? this.#object : -1;
    let object = pack.find(id);
    if (object < 0 && base >= 0 && edits !== null && this.#length > DELTA_ABOVE && pack.depthOf(base) < DEPTH_MAXIMUM) {
      const bound = deltaBound(edits, this.#length);
      if (bound > delta.length) delta = Buffer.allocUnsafeSlow(bound * 2);
      const end = deltaInto(delta, 0, edits, this.#bytes, HEAD_ROOM, this.#length, this.#writtenLength);
      if (end < this.#length) object = pack.addDelta(delta, 0, end, id, base);
    }
    if (object < 0) object = pack.add(PACK_TYPE.tree, this.#bytes, HEAD_ROOM, this.#length, id);
    this.#generation = pack.generation;
    this.#object = object;
    this.#writtenLength = this.#length;
    if (edits === null) this.#edits = [];
    else edits.length = 0;
    return id;
  }

  /** Bytes in memory by the generation they were last used in. */
  residentByAge(into: Map<number, number>): void {
    for (const child of this.#children?.values() ?? []) {
      into.set(child.#touched, (into.get(child.#touched) ?? 0) + child.#counted + OVERHEAD);
      child.residentByAge(into);
    }
  }

  /** Drops subtrees last used before `generation`. Only when everything is written and its pack can be read. */
  evict(generation: number, host: TreeHost): void {
    assert(this.#dirty.length === 0, "only written trees are evicted");
    for (const [name, child] of this.#children ?? []) {
      if (child.#touched < generation) {
        child.#forget(host);
        this.#children?.delete(name);
      } else child.evict(generation, host);
    }
  }

  #forget(host: TreeHost): void {
    host.resident -= this.#counted + OVERHEAD;
    this.#counted = -OVERHEAD;
    for (const child of this.#children?.values() ?? []) child.#forget(host);
  }

  #edited(at: number, removed: number, added: number): void {
    const edits = this.#edits;
    if (edits === null) return;
    if (edits.length >= EDITS_MAXIMUM * 3) this.#edits = null;
    else addEdit(edits, at, removed, added);
  }

  #room(bytes: number): void {
    if (HEAD_ROOM + this.#length + bytes <= this.#bytes.length) return;
    // From Node's pool where small: a backing store of its own for each of a million trees costs more than the bytes.
    const grown = Buffer.allocUnsafe(Math.ceil((HEAD_ROOM + this.#length + bytes) * 1.25) + 64);
    this.#bytes.copy(grown, 0, 0, HEAD_ROOM + this.#length);
    this.#bytes = grown;
  }

  #idAt(at: number, name: string): number {
    return at + (this.shape.entries === "files" ? FILE_MODE.length : DIRECTORY_MODE.length) + name.length + 1;
  }

  /** Where the entry of a name begins in the buffer; where it belongs, complemented, when there is none. */
  #locate(name: string): number {
    const bytes = this.#bytes;
    const files = this.shape.entries === "files";
    const skip = files ? FILE_MODE.length : DIRECTORY_MODE.length;
    const end = HEAD_ROOM + this.#length;
    if (this.shape.nameLength > 0) {
      assert(name.length === this.shape.nameLength, "a name of the tree's fixed length");
      const width = skip + name.length + 21;
      const count = this.#length / width;
      let low = 0;
      let high = count;
      if (name.length === 2) {
        // Two digits have 256 values, so in a full tree their value is their place, and in a nearly full one it is near.
        const value = Number.parseInt(name, 16);
        low = Math.max(0, count - 256 + value);
        high = Math.min(count, value + 1);
      }
      while (low < high) {
        const middle = (low + high) >>> 1;
        const at = HEAD_ROOM + middle * width;
        const order = compareName(name, bytes, at + skip, 0);
        if (order === 0) return at;
        if (order < 0) high = middle;
        else low = middle + 1;
      }
      return ~(HEAD_ROOM + low * width);
    }
    const last = files ? 0 : SLASH;
    for (let at = HEAD_ROOM; at < end; ) {
      const order = compareName(name, bytes, at + skip, last);
      if (order === 0) return at;
      if (order < 0) return ~at;
      at += skip;
      while (bytes[at] !== 0) at++;
      at += 21;
    }
    return ~end;
  }
}

/** Order of `name` against the name ending in NUL at `at`; `last` stands for the end of either. */
function compareName(name: string, bytes: Buffer, at: number, last: number): number {
  for (let i = 0; ; i++) {
    const wanted = i < name.length ? name.charCodeAt(i) : 0;
    const have = bytes[at + i] as number;
    if (wanted !== have) return (wanted || last) - (have || last);
    if (wanted === 0) return 0;
  }
}

function checked(content: Buffer, id: ObjectId): Buffer {
  for (let at = 0; at < content.length; ) {
    const end = content.indexOf(0, at);
    if (end < 0 || end + 21 > content.length) {
      throw new ChronError(
        "CORRUPT",
        `The tree ${id} of the archive is malformed; stop the server and run \`chrondb rebuild\`, which repairs it from the log or (--from-clone) a clone.`,
      );
    }
    at = end + 21;
  }
  return content;
}
