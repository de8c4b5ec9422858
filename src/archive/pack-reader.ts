// Reading objects of a repository of ours by name: every pack, deltas by distance or by name, and loose objects (git makes
// those when somebody writes to the repository by hand). For restarts, history and checks; not for the write path.
import path from "node:path";
import zlib from "node:zlib";
import { ChronError } from "../base/errors.ts";
import type { Files, OpenFile } from "../base/files.ts";
import { applyDelta } from "./delta.ts";
import { type ObjectId, type ObjectType, PACK_TYPE, TYPE_OF_NUMBER } from "./objects.ts";
import { PackIndex } from "./pack-index.ts";
import { DEPTH_MAXIMUM } from "./pack-writer.ts";

export interface GitObject {
  readonly type: ObjectType;
  readonly content: Buffer;
}

/** Merging keeps one of several equal objects, which can join two chains. */
const CHAIN_MAXIMUM = DEPTH_MAXIMUM * 20;
const FIRST_READ = 4096;

/** Resolved objects kept, and the longest worth keeping: walking history meets the links of one chain one after the other. */
const KEPT_OBJECTS = 256;
const KEPT_BYTES = 16 * 1024;

/** One entry of a pack before its delta is resolved. */
interface PackedEntry {
  readonly type: number;
  readonly content: Buffer;
  /** Offset of the base (offset delta) or its name (reference delta). */
  readonly base: number | ObjectId | null;
}

export class Pack {
  readonly path: string;
  readonly index: PackIndex;
  readonly bytes: number;
  readonly #file: OpenFile;

  constructor(files: Files, directory: string, name: string) {
    this.path = path.join(directory, `${name}.pack`);
    this.index = new PackIndex(files, path.join(directory, `${name}.idx`));
    try {
      this.#file = files.open(this.path, "read");
    } catch (thrown) {
      this.index.close();
      throw thrown;
    }
    this.bytes = this.#file.size();
  }

  get name(): string {
    return path.basename(this.path, ".pack");
  }

  /** Raw bytes, for merging and checking. */
  raw(into: Buffer, at: number): number {
    return this.#file.read(into, at);
  }

  entry(offset: number): PackedEntry {
    let bytes = Buffer.allocUnsafe(FIRST_READ);
    bytes = bytes.subarray(0, this.#file.read(bytes, offset));
    const parsed = parseEntryHeader(bytes, 0);
    if (parsed === null) this.corrupt(offset, "has no proper header");
    const wanted = parsed.end + parsed.size + (parsed.size >>> 9) + 256;
    if (wanted > bytes.length && bytes.length === FIRST_READ) {
      bytes = Buffer.allocUnsafe(wanted);
      bytes = bytes.subarray(0, this.#file.read(bytes, offset));
    }
    let content: Buffer;
    try {
      content = zlib.inflateSync(bytes.subarray(parsed.end), { maxOutputLength: Math.max(parsed.size, 1) });
    } catch {
      this.corrupt(offset, "does not inflate");
    }
    if (content.length !== parsed.size) this.corrupt(offset, `has ${content.length} bytes, not ${parsed.size}`);
    const base = parsed.distance === null ? parsed.reference : offset - parsed.distance;
    return { type: parsed.type, content, base };
  }

  corrupt(offset: number, what: string): never {
    throw new ChronError(
      "CORRUPT",
      `The object at byte ${offset} of ${this.path} ${what}; stop the server and run \`chrondb rebuild\`, which repairs it from the log or (--from-clone) a clone.`,
    );
  }

  close(): void {
    this.#file.close();
    this.index.close();
  }
}

interface EntryHeader {
  readonly type: number;
  readonly size: number;
  readonly distance: number | null;
  readonly reference: ObjectId | null;
  /** Where the zlib stream begins. */
  readonly end: number;
}

/** Reads an entry's type, size and base; null when it makes no sense. */
export function parseEntryHeader(bytes: Buffer, start: number): EntryHeader | null {
  let at = start;
  let byte = bytes[at++] ?? 0;
  const type = (byte >> 4) & 7;
  let size = byte & 15;
  for (let scale = 16; (byte & 128) !== 0; scale *= 128) {
    if (at >= bytes.length) return null;
    byte = bytes[at++] as number;
    size += (byte & 127) * scale;
  }
  let distance: number | null = null;
  let reference: ObjectId | null = null;
  if (type === PACK_TYPE.offsetDelta) {
    byte = bytes[at++] ?? 0;
    distance = byte & 127;
    while ((byte & 128) !== 0) {
      if (at >= bytes.length) return null;
      byte = bytes[at++] as number;
      distance = (distance + 1) * 128 + (byte & 127);
    }
  } else if (type === PACK_TYPE.referenceDelta) {
    reference = bytes.toString("hex", at, at + 20);
    at += 20;
  } else if (TYPE_OF_NUMBER[type] === undefined) return null;
  return at > bytes.length ? null : { type, size, distance, reference, end: at };
}

export class PackReader {
  readonly #files: Files;
  readonly #objects: string;
  #packs: Pack[] = [];
  readonly #kept = new Map<string, GitObject>();
  /** Packs that could not be opened, with the reason. */
  readonly problems = new Map<string, string>();

  constructor(files: Files, repository: string) {
    this.#files = files;
    this.#objects = path.join(repository, "objects");
    this.refresh();
  }

  /** Packs that are open, the biggest first. */
  get packs(): readonly Pack[] {
    return this.#packs;
  }

  get directory(): string {
    return path.join(this.#objects, "pack");
  }

  /** Opens packs that came and closes those that went. */
  refresh(): void {
    const names = new Set(
      this.#files
        .list(this.directory)
        .filter((name) => name.endsWith(".pack"))
        .map((name) => name.slice(0, -5)),
    );
    this.problems.clear();
    const kept: Pack[] = [];
    for (const pack of this.#packs) {
      if (names.delete(pack.name)) kept.push(pack);
      else pack.close();
    }
    for (const name of names) {
      try {
        kept.push(new Pack(this.#files, this.directory, name));
      } catch (thrown) {
        // A damaged pack must not hide the sound ones; what is missing because of it is reported when it is asked for.
        this.problems.set(name, thrown instanceof Error ? thrown.message : String(thrown));
      }
    }
    this.#packs = kept.sort((a, b) => b.bytes - a.bytes);
  }

  has(id: ObjectId): boolean {
    return this.#packs.some((pack) => pack.index.find(id) >= 0) || this.#loose(id) !== undefined;
  }

  /** Throws CORRUPT when it is not there or damaged, or not of the type. */
  read(id: ObjectId, type?: ObjectType): GitObject {
    const object = this.find(id);
    if (object === undefined) {
      const why = [...this.problems.values()].join(" ");
      throw new ChronError("CORRUPT", `The object ${id} is missing from the archive ${this.#objects}. ${why}`.trim());
    }
    if (type !== undefined && object.type !== type) {
      throw new ChronError("CORRUPT", `The object ${id} of the archive ${this.#objects} is a ${object.type}, not a ${type}.`);
    }
    return object;
  }

  find(id: ObjectId): GitObject | undefined {
    return this.#search(id) ?? this.#afresh(id);
  }

  /** Another look: a merge, or somebody's git, may have moved the object since packs were last listed. */
  #afresh(id: ObjectId): GitObject | undefined {
    this.refresh();
    return this.#search(id) ?? this.#loose(id);
  }

  #search(id: ObjectId): GitObject | undefined {
    for (const pack of this.#packs) {
      const offset = pack.index.find(id);
      if (offset >= 0) return this.resolve(pack, offset);
    }
    return undefined;
  }

  /** The object whose entry begins at `offset`. */
  resolve(pack: Pack, offset: number): GitObject {
    const chain: { readonly at: number; readonly delta: Buffer }[] = [];
    for (let at = offset; ; ) {
      const known = this.#kept.get(`${pack.name} ${at}`);
      if (known !== undefined) return this.#rebuild(pack, known, chain);
      const entry = pack.entry(at);
      const { base } = entry;
      if (base === null) {
        const object = { type: TYPE_OF_NUMBER[entry.type] ?? "blob", content: entry.content };
        this.#keep(pack, at, object);
        return this.#rebuild(pack, object, chain);
      }
      chain.push({ at, delta: entry.content });
      if (typeof base === "string") return this.#rebuild(pack, this.read(base), chain);
      if (base < 0 || base >= at) pack.corrupt(at, "refers outside the pack");
      if (chain.length > CHAIN_MAXIMUM) pack.corrupt(offset, "hangs on an endless chain of deltas");
      at = base;
    }
  }

  #rebuild(pack: Pack, base: GitObject, chain: readonly { readonly at: number; readonly delta: Buffer }[]): GitObject {
    let object = base;
    for (const { at, delta } of chain.toReversed()) {
      const content = applyDelta(object.content, delta);
      if (content === null) pack.corrupt(at, "is a delta that does not fit its base");
      object = { type: base.type, content };
      this.#keep(pack, at, object);
    }
    return object;
  }

  #keep(pack: Pack, at: number, object: GitObject): void {
    if (object.content.length > KEPT_BYTES) return;
    if (this.#kept.size >= KEPT_OBJECTS) {
      const oldest = this.#kept.keys().next().value;
      if (oldest !== undefined) this.#kept.delete(oldest);
    }
    this.#kept.set(`${pack.name} ${at}`, object);
  }

  #loose(id: ObjectId): GitObject | undefined {
    const bytes = this.#files.readFile(path.join(this.#objects, id.slice(0, 2), id.slice(2)));
    if (bytes === undefined) return undefined;
    const raw = zlib.inflateSync(bytes);
    const end = raw.indexOf(0);
    const type = Object.values(TYPE_OF_NUMBER).find((name) => raw.toString("latin1", 0, end).startsWith(`${name} `));
    return type === undefined ? undefined : { type, content: raw.subarray(end + 1) };
  }

  /** Objects whose names start with these hex digits, at most `limit`. */
  startingWith(prefix: string, limit: number): ObjectId[] {
    const found = new Set<ObjectId>();
    for (const pack of this.#packs) for (const id of pack.index.startingWith(prefix, limit)) found.add(id);
    return [...found];
  }

  close(): void {
    for (const pack of this.#packs) pack.close();
    this.#packs = [];
  }
}
