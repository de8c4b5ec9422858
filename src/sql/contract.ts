// What the doors see of the SQL room: a session that takes statements and answers rows as values of known types.
// The PostgreSQL door turns them into wire messages, the REST door into JSON.
import type { LimitName } from "../base/limits.ts";

/** A value as the SQL room hands it out: PostgreSQL's text form, or null. Binary form is made by `types.ts toBinary`. */
export type SqlText = string | null;

export interface SqlColumn {
  readonly name: string;
  readonly typeOid: number;
  readonly typmod: number;
  /** typlen of the type; -1 variable. */
  readonly typeLength: number;
  /** OID and attribute number when the column is a table's own; else 0. */
  readonly tableOid: number;
  readonly attribute: number;
}

export interface SqlNotice {
  readonly severity: "NOTICE" | "WARNING" | "INFO";
  readonly sqlstate: string;
  readonly message: string;
}

/** An error with everything an ErrorResponse may carry. `position` counts characters from 1 in the statement's text. */
export interface SqlErrorFields {
  readonly sqlstate: string;
  readonly message: string;
  readonly severity?: "ERROR" | "FATAL";
  /** The limit it was refused at, for the door to count; not sent. */
  readonly limit?: LimitName;
  readonly detail?: string;
  readonly hint?: string;
  readonly position?: number;
  readonly schema?: string;
  readonly table?: string;
  readonly column?: string;
  readonly constraint?: string;
  readonly dataType?: string;
  /** Where it happened, for COPY: the relation, the line and what stood there. */
  readonly context?: string;
}

/** Thrown by the SQL room; ChronErrors from below are turned into one at the session. */
export class SqlError extends Error {
  override readonly name = "SqlError";
  readonly fields: SqlErrorFields;
  constructor(fields: SqlErrorFields) {
    super(fields.message);
    this.fields = fields;
  }
}

/** What NOTIFY told a listening session. */
export interface SqlNotification {
  /** Of the session that said it. */
  readonly pid: number;
  readonly channel: string;
  readonly payload: string;
}

/** A parsed and checked statement. Re-checked on its own when the catalogue has changed since. */
export interface PreparedStatement {
  readonly text: string;
  /** OID of each $n, given or inferred. */
  readonly parameterOids: readonly number[];
  /** Null when the statement answers no rows. */
  readonly columns: readonly SqlColumn[] | null;
  /** True for the empty string: EmptyQueryResponse. */
  readonly empty: boolean;
  /** FETCH from a cursor declared BINARY: its rows are sent in binary form where the client does not say otherwise. */
  readonly binary?: boolean;
  /** COPY FROM STDIN or TO STDOUT: run by `copyIn` and `copyOut`. */
  readonly copies?: "in" | "out" | null;
}

/** The named prepared statements of a session, those of PREPARE and of the protocol's Parse alike. */
export interface StatementNames {
  readonly size: number;
  get(name: string): PreparedStatement | undefined;
  set(name: string, statement: PreparedStatement): void;
  delete(name: string): boolean;
}

/** COPY … TO STDOUT, running. */
export interface CopyOut {
  readonly binary: boolean;
  readonly columns: number;
  /** What to send next, one item a message; done once nothing is left. */
  next(): Promise<{ readonly data: readonly (string | Buffer)[]; readonly done: boolean }>;
  tag(): string;
  close(): void;
}

/** COPY … FROM STDIN, running. Every error has to be given back by `close`. */
export interface CopyIn {
  readonly binary: boolean;
  readonly columns: number;
  write(bytes: Buffer): void | Promise<void>;
  /** The client sent all: answers the tag. */
  finish(): Promise<string>;
  /** The client gave up; rejects with 57014. */
  giveUp(message: string): Promise<never>;
  /** Undoes what was not finished. Safe to call at any time. */
  close(): Promise<void>;
}

/** Rows of a running statement, pulled. */
export interface SqlCursor {
  readonly columns: readonly SqlColumn[] | null;
  /** As of PreparedStatement. */
  readonly binary?: boolean;
  /** At most `max` more rows (0 = all that remain, in one or several batches); done once nothing is left. */
  next(max: number): Promise<{ rows: SqlText[][]; done: boolean }>;
  /** The command tag, e.g. `SELECT 3`, `INSERT 0 1`; known when done. */
  tag(): string;
  /** Frees what the statement holds (a worker, a snapshot). */
  close(): void;
}

export interface SqlSession {
  /** Resolves when a statement need not hold the main thread to see what was written before it; null when it need not now. */
  settled?(): Promise<void> | null;
  /** ReadyForQuery's byte. */
  readonly status: "I" | "T" | "E";
  /** Splits a simple-query string by the real grammar. Throws SqlError 42601 with position. */
  split(text: string): string[];
  /**
   * A single statement of the simple protocol that need not be parsed, because one that differs only in its values was; with
   * those values. null = ask `split` and `prepare`, which also say what is wrong with it.
   */
  known?(text: string): { readonly statement: PreparedStatement; readonly parameters: readonly SqlText[] } | null;
  /** Parses and checks one statement. `parameterOids`: 0 or missing = infer. */
  prepare(text: string, parameterOids: readonly number[]): PreparedStatement;
  /**
   * Runs a statement. Parameters are in text form (the door converts binary ones with types.ts `fromBinary`).
   * Outside an explicit transaction each call is its own implicit one unless `beginImplicit` was called.
   */
  execute(statement: PreparedStatement, parameters: readonly SqlText[]): Promise<SqlCursor>;
  /**
   * The same, at once, for what needs no waiting (a point read, SET, SHOW); null = ask `execute`. Throws what `execute` would
   * reject with. Saves the promises of the hottest path: Bind, Describe, Execute and Sync are then answered in one turn.
   */
  executeNow?(
    statement: PreparedStatement,
    parameters: readonly SqlText[],
  ): {
    readonly columns: readonly SqlColumn[] | null;
    readonly rows: readonly (readonly SqlText[])[];
    readonly tag: string;
  } | null;
  /** Opens / ends the implicit transaction of a multi-statement string or a pipeline up to Sync. */
  beginImplicit(): void;
  endImplicit(failed: boolean): Promise<void>;
  /** Marks the explicit transaction failed after an error. */
  fail(): void;
  /** Stops the running statement from elsewhere (CancelRequest, hang-up): it rejects with 57014. */
  cancel(): void;
  /** Runs a statement that `copies`. */
  copyIn(statement: PreparedStatement): Promise<CopyIn>;
  copyOut(statement: PreparedStatement): Promise<CopyOut>;
  readonly named: StatementNames;
  /** What others said since the last call; none while in a transaction. */
  takeNotifications(): SqlNotification[];
  /** Called when something was said; at any moment. */
  onNotification(wake: () => void): void;
  /** Milliseconds a client may now keep silent before its session is ended; 0 = for ever. */
  readonly idleMs: number;
  /** Notices since the last call. */
  takeNotices(): SqlNotice[];
  /** Settings to report with ParameterStatus that changed since the last call (all 13 the first time). */
  takeReported(): [name: string, value: string][];
  close(): Promise<void>;
}
