// What the doors see of the SQL room: a session that takes statements and answers rows as values of known types.
// The PostgreSQL door turns them into wire messages; the CLI reaches it through that door.

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
  readonly detail?: string;
  readonly hint?: string;
  readonly position?: number;
  readonly schema?: string;
  readonly table?: string;
  readonly column?: string;
  readonly constraint?: string;
  readonly dataType?: string;
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

/** A parsed and checked statement. Re-checked on its own when the catalogue has changed since. */
export interface PreparedStatement {
  readonly text: string;
  /** OID of each $n, given or inferred. */
  readonly parameterOids: readonly number[];
  /** Null when the statement answers no rows. */
  readonly columns: readonly SqlColumn[] | null;
  /** True for the empty string: EmptyQueryResponse. */
  readonly empty: boolean;
}

/** Rows of a running statement, pulled. */
export interface SqlCursor {
  readonly columns: readonly SqlColumn[] | null;
  /** At most `max` more rows (0 = all that remain, in one or several batches); done once nothing is left. */
  next(max: number): Promise<{ rows: SqlText[][]; done: boolean }>;
  /** The command tag, e.g. `SELECT 3`, `INSERT 0 1`; known when done. */
  tag(): string;
  /** Frees what the statement holds (a worker, a snapshot). */
  close(): void;
}

export interface SqlSession {
  /** ReadyForQuery's byte. */
  readonly status: "I" | "T" | "E";
  /** Splits a simple-query string by the real grammar. Throws SqlError 42601 with position. */
  split(text: string): string[];
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
  /** Notices since the last call. */
  takeNotices(): SqlNotice[];
  /** Settings to report with ParameterStatus that changed since the last call (all 13 the first time). */
  takeReported(): [name: string, value: string][];
  close(): Promise<void>;
}
