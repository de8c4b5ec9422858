// What the doors, the CLI and the SQL room see of the service. Replies are values: nothing here knows a socket.
import type { Origin, TableDefinition } from "../log/entry.ts";
import type { CatalogSnapshot, StateReader, Version } from "../state/store.ts";

/** Who is asking. Made by a door after authentication; frozen. */
export interface Caller {
  readonly tenant: string;
  readonly branch: string;
  readonly origin: Origin;
  /** As authenticated: the user's name, or "" in open development mode. */
  readonly principal: string;
  /** As claimed (X-ChronDB-User, CHRONDB.META, SET chrondb.user); "" = none. */
  readonly user: string;
  readonly address: string;
}

/** Words of one transaction for its commit and note. */
export interface Intent {
  readonly operation: string;
  readonly message: string;
  readonly flags: readonly string[];
  readonly requestId: string;
  /** Per-door extras, never document values. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** Reads of one snapshot: `latest`, a past state, or the writer's turn. Expired documents are absent. Synchronous. */
export interface ReadView {
  /** Sequence of the snapshot. */
  readonly sequence: number;
  /** The time "now" means in this view: wall clock, or the asked past time. Milliseconds. */
  readonly nowMs: number;
  get(table: string, id: string): Version | undefined;
  list(table: string, options: { after?: string; prefix?: string; limit: number }): Version[];
  scan(after: { tid: number; id: string } | null, limit: number): { tid: number; table: string; version: Version }[];
  count(table?: string): number;
  catalog(): CatalogSnapshot;
  /** The connection to prepare SQL on (current state only; the writer's own inside a write). */
  readonly state: StateReader;
}

/** The writer's turn: a read view that may change things. Exists only inside the closure given to `write`. */
export interface WriteTx extends ReadView {
  readonly sequence: number;
  /** Microseconds this entry will carry. */
  readonly time: number;
  /**
   * Puts a document. Checks id, size, JSON shape and the table's constraints (filling defaults), so no door can go round
   * them. Answers what was stored. `kind` undefined: told from the bytes. `expiresAt` undefined: none.
   */
  put(table: string, id: string, body: string | Buffer, options?: { kind?: Version["kind"]; expiresAt?: number }): Version;
  /** False when there was nothing to delete (an expired document counts as nothing). */
  delete(table: string, id: string): boolean;
  define(definition: TableDefinition): void;
  drop(table: string): void;
  /** Adds to the entry's words, e.g. flag `rollback`. */
  flag(flag: string): void;
}

/** What a write answers. */
export interface Committed<T> {
  readonly value: T;
  /** The entry's sequence, or the snapshot's when nothing was changed. */
  readonly version: number;
  /** False when the closure changed nothing (then there is no commit). */
  readonly changed: boolean;
}

/** A version with what git and the note know of it; what history answers. */
export interface HistoryItem {
  readonly sequence: number;
  readonly commit: string;
  readonly micros: number;
  readonly message: string;
  readonly user: string;
  readonly origin: string;
  readonly flags: readonly string[];
  /** undefined: the document was deleted (or expired) here. */
  readonly version: Version | undefined;
}

/** A past state resolved from a reference: `123`, `abcdef1`, `time:…`, `commit:…`, an ISO time. */
export interface PastState {
  readonly sequence: number;
  /** Milliseconds "now" for expiry. */
  readonly nowMs: number;
}

/** One tenant's data. */
export interface Tenant {
  readonly name: string;
  /** Reads the newest durable state. The closure runs at once, in one snapshot, and must not await. */
  read<T>(caller: Caller, read: (view: ReadView) => T): T;
  /** The same on a past state. */
  readAt<T>(caller: Caller, past: PastState, read: (view: ReadView) => T): T;
  /**
   * Runs `change` in the writer's turn, alone, seeing every write before it; resolves after the log record is on disk.
   * Throwing from `change` undoes it and rejects with what was thrown. `change` is synchronous.
   */
  write<T>(caller: Caller, intent: Intent, change: (tx: WriteTx) => T): Promise<Committed<T>>;
  /**
   * The same for a change that gets, puts and deletes documents by key and may be run a second time from the start: it is
   * decided in memory where that is possible, which is several times faster. Whatever else of `tx` it uses works too, by running it again.
   */
  writeByKey<T>(caller: Caller, intent: Intent, change: (tx: WriteTx) => T): Promise<Committed<T>>;
  /**
   * The same for changes too large for one turn: `change` is a generator that yields between slices (each well under a few
   * milliseconds of work), so that reads go on meanwhile. Other writers wait; all becomes visible at once at the end.
   */
  writeSliced<T>(caller: Caller, intent: Intent, change: (tx: WriteTx) => Generator<void, T>): Promise<Committed<T>>;
  /**
   * Resolves when reads that need more than single keys need not wait for what was written by key; null when they need not now.
   * Such reads are right without it too, but hold the main thread for the wait.
   */
  settled(): Promise<void> | null;
  /** Resolves a reference, waiting (bounded) for the archive where it names a commit. */
  resolve(caller: Caller, reference: string): Promise<PastState>;
  /** Versions newest first; waits (bounded) for the archive so that every item has its commit. */
  history(caller: Caller, table: string, id: string, options: { before?: number; limit: number }): Promise<HistoryItem[]>;
  /** The commit hash of a sequence, once published. */
  commitOf(sequence: number): Promise<string>;
  /** The commit hash if already published. */
  commitIfPublished(sequence: number): string | undefined;
  /** Resolves when everything written before the call is in git. */
  archived(): Promise<void>;
  /** Verifies log, state and archive against each other; see core/commands/verify.ts. */
  verify(): Promise<VerifyReport>;
}

export interface VerifyReport {
  readonly ok: boolean;
  readonly checks: readonly { readonly component: string; readonly ok: boolean; readonly message: string }[];
  /** SHA-256 over refs and their hashes. */
  readonly checksum: string;
  readonly refs: Readonly<Record<string, string>>;
}

/** The whole service. */
export interface Service {
  /** Throws UNKNOWN_TENANT. */
  tenant(name: string): Tenant;
  readonly tenants: readonly string[];
  /** Why writes are refused now (disk low, storage failed); null when they are taken. */
  readOnlyReason(): string | null;
  /** Facts for /health, INFO and `chrondb info`. */
  status(): ServiceStatus;
}

export interface ServiceStatus {
  readonly version: string;
  readonly startedAtMs: number;
  readonly dataDirectory: string;
  readonly defaultBranch: string;
  readonly tenants: readonly {
    readonly name: string;
    readonly documents: number;
    readonly sequence: number;
    readonly durable: number;
    readonly archived: number;
    readonly logBytes: number;
    readonly stateBytes: number;
    readonly archiveBytes: number;
    /** Set when a part is broken and what to do. */
    readonly problem: string | null;
  }[];
  readonly disk: { readonly freeBytes: number; readonly totalBytes: number };
}

/** Supplied by the SQL room (main.ts hands it over): the rules of declared tables, for every door. */
export interface RowRules {
  /**
   * Checks a document's text against a definition: declared columns get their defaults where absent, NOT NULL and types hold,
   * declared values are written in their canonical JSON form. Answers the text to store. Throws ChronError.
   */
  conform(definition: TableDefinition, id: string, body: string, now: { micros: number }): string;
}
