// The room's interface. How documents lie in SQLite is DESIGN.md's and this room's business; what other rooms may rely on
// is here, plus `relation()`, which hands the SQL room the text to read a table's documents from.
import type { Database } from "better-sqlite3";
import type { JsonObject } from "../base/json.ts";
import type { Effect, EntryHead, Kind, PutEffect, TableDefinition } from "../log/entry.ts";

/** One version of a document. */
export interface Version {
  readonly table: string;
  readonly id: string;
  readonly kind: Kind;
  readonly body: string | Buffer;
  /** Milliseconds since 1970; 0 = never. */
  readonly expiresAt: number;
  /** Sequence of the entry that wrote it. */
  readonly from: number;
  /** Sequence of the entry that replaced or deleted it; null while current. */
  readonly to: number | null;
}

/** JSON types seen in a field, as bits; a field's SQL type is inferred from all of them. */
export const SEEN = { null: 1, boolean: 2, integer: 4, number: 8, string: 16, array: 32, object: 64 } as const;
// integer: fits int8 and is written without fraction or exponent; number: any other JSON number.

export interface FieldSeen {
  readonly name: string;
  /** Bits of SEEN, over every version ever written. */
  readonly seen: number;
}

export interface TableInfo {
  /** Small stable number; PostgreSQL clients see an OID made from it. */
  readonly tid: number;
  readonly name: string;
  readonly definition: TableDefinition | null;
  /** In the order first seen; at most limits.fieldColumns. */
  readonly fields: readonly FieldSeen[];
  /** Bits (1 << Kind) of the kinds ever written. */
  readonly kinds: number;
}

/** Everything a plan depends on; replaced as a whole (never mutated) when a table or field appears or changes. */
export interface CatalogSnapshot {
  /** Grows with every change of the catalogue: plans are cached with it. */
  readonly version: number;
  /** Every table with a definition or at least one version ever written and not dropped. */
  readonly tables: ReadonlyMap<string, TableInfo>;
}

/** A put whose body has been scanned already: apply takes it wherever it takes a PutEffect, and need not scan again. */
export type ScannedPut = PutEffect & { readonly object?: JsonObject };

/** Reads of one connection. Each call sees the newest committed state unless inside `snapshot`. */
export interface StateReader {
  /**
   * For the SQL room: it prepares its own statements here. Read-only but for the writer's. Run them inside `snapshot`; a
   * cursor (`iterate`) left open beyond the turn of the event loop would hold the connection back in the past.
   */
  readonly database: Database;
  /** Sequence of the last applied entry, as this connection sees it now. */
  sequence(): number;
  /** Runs `read` in one read transaction: everything inside sees one snapshot. Not re-entrant; must not await. */
  snapshot<T>(read: () => T): T;
  /** The current version, also one whose expiry has passed (the caller knows the time). */
  get(table: string, id: string): Version | undefined;
  /** The version that was current right after entry `sequence` was applied, expired or not. */
  getAt(table: string, id: string, sequence: number): Version | undefined;
  /** Current versions of a table in byte order of id, after `after` (exclusive), ids starting with `prefix`. */
  list(table: string, options: { after?: string; prefix?: string; limit: number }): Version[];
  /** The same as of `sequence`. */
  listAt(table: string, sequence: number, options: { after?: string; prefix?: string; limit: number }): Version[];
  /** The tables there were at `sequence` that have been dropped since. */
  droppedSince(sequence: number): { tid: number; name: string }[];
  /** Versions newest first, starting below entry `before`. */
  history(table: string, id: string, options: { before?: number; limit: number }): Version[];
  /** Current, unexpired documents (all tables, or one). */
  count(nowMs: number, table?: string): number;
  /** A cursor over all tables for SCAN: keys in (tid, id) order after `after`. */
  scan(after: { tid: number; id: string } | null, limit: number): { tid: number; table: string; version: Version }[];
  /** Ids whose expiry is at or before `nowMs`, oldest first. */
  expired(nowMs: number, limit: number): { table: string; id: string; from: number; expiresAt: number }[];
  /** The head of an entry; undefined above the last or below the first kept. */
  head(sequence: number): EntryHead | undefined;
  /** The last entry with time <= micros; 0 when before the first. */
  sequenceAt(micros: number): number;
  /** A subquery text yielding (id, from_seq, kind, expires, body) of a table's current versions; see DESIGN.md. */
  relation(table: TableInfo): Relation;
  /** The same as of `sequence`: a subquery text to put in FROM, the columns those of Relation; see DESIGN.md for its cost. */
  pastRelation(table: string, sequence: number): string;
}

/** A connection of another thread or process, which finds out about catalogue changes by itself. */
export interface StandaloneReader extends StateReader {
  /** The catalogue as this connection sees it now (inside `snapshot`: of that snapshot). */
  catalog(): CatalogSnapshot;
  close(): void;
}

/** How to read a table in SQL. */
export interface Relation {
  /** The physical table to put in FROM, e.g. `doc` or `d_7`; columns: id TEXT, from_seq, kind, expires, body. */
  readonly from: string;
  /** Condition on alias `%s` that selects this table's rows, e.g. `%s.tid = 5`; "" when the physical table is its own. */
  readonly where: string;
}

/** Raised by apply when a UNIQUE or PRIMARY KEY of a declared table would be broken; nothing of that effect remains. */
export class UniqueConflict extends Error {
  override readonly name = "UniqueConflict";
  readonly table: string;
  readonly constraint: string;
  readonly columns: readonly string[];
  /** The clashing values as PostgreSQL would print them. */
  readonly values: readonly string[];
  constructor(table: string, constraint: string, columns: readonly string[], values: readonly string[]) {
    super(`duplicate key value violates unique constraint "${constraint}"`);
    this.table = table;
    this.constraint = constraint;
    this.columns = columns;
    this.values = values;
  }
}

/** The writer's connection: sees its own uncommitted changes. Exactly one exists for a tenant. */
export interface StateWriter extends StateReader {
  /** Opens the group's transaction. */
  begin(): void;
  /** A savepoint for one command of the group. Nests at most once. */
  savepoint(): void;
  release(): void;
  rollbackToSavepoint(): void;
  /** Applies effects of the entry numbered `sequence`; the same function serves live writes, replay and rebuild. */
  apply(sequence: number, effects: readonly Effect[]): void;
  /**
   * Records the entry's head (`encoded`: its bytes by codec.ts, where known) and moves the applied sequence; after all its effects.
   * `record`: the whole entry by codec.ts; a MemoryWriter needs it.
   */
  finish(head: EntryHead, encoded?: Buffer, record?: Buffer): void;
  commit(): void;
  /** Abandons the group, restoring the in-memory catalogue too. */
  rollback(): void;
}

/** Raised by a MemoryWriter where it would need the database; the group's other changes are unharmed. */
export class NotInMemory extends Error {
  override readonly name = "NotInMemory";
}

/**
 * Takes groups of changes by key without touching the database: they are visible to the reader once `commit` is called, and a thread
 * applies them behind, with the code that applies all entries. Offers get, put and delete of documents in tables without a
 * definition; everything else throws NotInMemory.
 */
export interface MemoryWriter extends StateWriter {
  /** Tells that a change by key came by; with enough of them the thread is started. */
  note(now: number): void;
  /** Whether a group may begin: the thread runs. */
  readonly ready: boolean;
  /** Whether a group with records of `bytes` together, and one more, can be taken now; false = wait, the thread is too far behind. */
  fits(bytes: number): boolean;
  /** A longer record must be applied in place. */
  readonly largestRecord: number;
  catalog(): CatalogSnapshot;
  /** Where the open group stands, to go back to: changes, savepoints and `exceeded`. */
  mark(): number;
  backTo(mark: number): void;
  /** Set when NotInMemory was thrown since the last `mark` (a caller may have caught it). */
  readonly exceeded: boolean;
}

export interface StateStore {
  readonly writer: StateWriter;
  readonly memory: MemoryWriter;
  /** Sequence of the newest entry that the reader sees. */
  readonly visible: number;
  /** Sequence up to which the database is; the rest is in memory. */
  readonly applied: number;
  /**
   * Resolves when the database has what was visible at the call; null when it has already. Reads that need the database (all but
   * `get`) wait for that by themselves, holding the thread; whoever can wait without holding it asks here first.
   */
  settled(): Promise<void> | null;
  /** Documents in the database (without what is still in memory), for figures that need not be exact. */
  documents(): number;
  /** The main thread's read connection. */
  readonly reader: StateReader;
  /** Committed catalogue. (writer-side uncommitted DDL shows through `writerCatalog`.) */
  catalog(): CatalogSnapshot;
  writerCatalog(): CatalogSnapshot;
  /** The definition of a table, null where it has none. Never waits: definitions are made by the writer alone. */
  definition(table: string): TableDefinition | null;
  /** Path that query workers open with `openReader`. */
  readonly path: string;
  /** Copies the WAL into the database off the main thread, synced; answers the sequence that is durable in state. */
  checkpoint(): Promise<number>;
  close(): Promise<void>;
}
