// The newest versions of documents, in memory, in front of the database: those that are not applied to it yet (ring.ts), and a cache
// of those that are. Whatever is in here is newer than, or the same as, what the database says.
//
// Versions of the group that is being decided are in here too, but only the writer's turn sees them: a reader sees what lies at
// or below `visible`. Memory is kept within bounds by two generations: what was not touched while the younger one filled is dropped
// with the older one, once the database has all of it.
import type { Version } from "./store.ts";

interface Known {
  readonly table: string;
  readonly id: string;
  /** The entry that wrote or deleted it. */
  readonly from: number;
  /** null: deleted. */
  readonly version: Version | null;
  /** What it replaced, as long as that is what readers see. */
  older: Known | undefined;
}

type Generation = Map<string, Map<string, Known>>;

/** What a version costs beyond its text: map slot, objects, strings' headers; bytes, roughly. */
const OVERHEAD_BYTES = 300;
/** A larger document is not worth its room in the cache. */
const CACHED_BODY_BYTES = 64 * 1024;

export class Recent {
  readonly #limitBytes: number;
  #young: Generation = new Map();
  #old: Generation = new Map();
  #youngBytes = 0;
  /** Nothing of the older generation was written by an entry after this one. */
  #oldHighest = 0;
  #visible: number;
  /** The database, as the reader's next snapshot sees it, has every entry up to this one. */
  #applied: number;
  readonly #staged: Known[] = [];

  constructor(limitBytes: number, sequence: number) {
    this.#limitBytes = limitBytes;
    this.#visible = sequence;
    this.#applied = sequence;
  }

  /** The last entry that readers see. */
  get visible(): number {
    return this.#visible;
  }

  /** A document as readers see it: null = deleted, undefined = ask the database. */
  find(table: string, id: string): Version | null | undefined {
    let known = this.#lookup(table, id);
    while (known !== undefined && known.from > this.#visible) known = known.older;
    return known?.version;
  }

  /** The same as the writer's turn sees it. */
  newest(table: string, id: string): Version | null | undefined {
    return this.#lookup(table, id)?.version;
  }

  /** Keeps what the database answered. */
  remember(version: Version): void {
    if (version.body.length > CACHED_BODY_BYTES || this.#lookup(version.table, version.id) !== undefined) return;
    this.#keep({ table: version.table, id: version.id, from: version.from, version, older: undefined });
  }

  /** A change of the group that is being decided; `version` null = deleted. */
  stage(table: string, id: string, from: number, version: Version | null): void {
    const older = this.#lookup(table, id);
    // Of two versions that readers may see only the newer one is ever asked for.
    if (older !== undefined && older.from <= this.#visible) older.older = undefined;
    const known: Known = { table, id, from, version, older };
    this.#keep(known);
    this.#staged.push(known);
  }

  /** How many changes are staged; for undoTo. */
  get staged(): number {
    return this.#staged.length;
  }

  undoTo(staged: number): void {
    while (this.#staged.length > staged) {
      const known = this.#staged.pop();
      if (known === undefined) return;
      if (known.older === undefined) this.#young.get(known.table)?.delete(known.id);
      else this.#young.get(known.table)?.set(known.id, known.older);
    }
  }

  /** What is staged is durable: readers see it. */
  publish(sequence: number): void {
    this.#visible = sequence;
    this.#staged.length = 0;
  }

  /** The database has every entry up to `sequence`, and the reader has let go of older snapshots. */
  applied(sequence: number): void {
    this.#applied = sequence;
    if (this.#youngBytes < this.#limitBytes / 2 || this.#applied < this.#oldHighest) return;
    this.#old = this.#young;
    this.#oldHighest = this.#staged.at(-1)?.from ?? this.#visible;
    this.#young = new Map();
    this.#youngBytes = 0;
  }

  /** The database was changed without us: what is kept of it. */
  forgetAll(): void {
    this.#young = new Map();
    this.#old = new Map();
    this.#youngBytes = 0;
  }

  forget(table: string, id: string): void {
    this.#young.get(table)?.delete(id);
    this.#old.get(table)?.delete(id);
  }

  forgetTable(table: string): void {
    this.#young.delete(table);
    this.#old.delete(table);
  }

  #lookup(table: string, id: string): Known | undefined {
    const young = this.#young.get(table)?.get(id);
    if (young !== undefined) return young;
    const old = this.#old.get(table)?.get(id);
    // What is asked for again outlives its generation.
    if (old !== undefined) this.#keep(old);
    return old;
  }

  #keep(known: Known): void {
    const table = this.#young.get(known.table);
    if (table === undefined) this.#young.set(known.table, new Map([[known.id, known]]));
    else table.set(known.id, known);
    this.#youngBytes += OVERHEAD_BYTES + known.id.length + (known.version?.body.length ?? 0);
  }
}

/** More than these are not remembered one by one. */
const SINGLY = 10_000;

/** What a group in place has changed, to be forgotten once it is committed. */
export class Outdated {
  readonly #documents: [table: string, id: string][] = [];
  readonly #tables: string[] = [];
  #many = false;

  add(table: string, id: string): void {
    if (this.#documents.length < SINGLY) this.#documents.push([table, id]);
    else this.#many = true;
  }

  addTable(table: string): void {
    this.#tables.push(table);
  }

  leave(recent: Recent): void {
    if (this.#many) recent.forgetAll();
    else for (const [table, id] of this.#documents) recent.forget(table, id);
    for (const table of this.#tables) recent.forgetTable(table);
    this.#documents.length = 0;
    this.#tables.length = 0;
    this.#many = false;
  }
}
