// Where a session and a plan meet. The session (session.ts) knows transactions, settings and time; a plan knows one statement.
import type { Node } from "libpg-query";
import type { Caller, Intent, ReadView, Tenant, WriteTx } from "../../core/contract.ts";
import type { Version } from "../../state/store.ts";
import type { Parameters } from "../check/tree.ts";
import type { SqlColumn, SqlCursor, SqlNotice, SqlText } from "../contract.ts";
import type { Context } from "../functions/context.ts";
import type { Parsed } from "../parse/parser.ts";
import type { CatalogRelations, SessionFacts } from "../relations.ts";
import type { Raw } from "../types/type.ts";
import type { Overlay } from "./overlay.ts";
import type { PointRead } from "./point-read.ts";

/** What a plan is made with. */
export interface PlanContext {
  readonly tenant: Tenant;
  readonly caller: Caller;
  readonly relations: CatalogRelations;
  /** The catalogue with the open transaction's own DDL, if any. */
  readonly catalog: () => ReturnType<ReadView["catalog"]>;
  readonly fieldColumns: number;
}

/** A statement ready to run, any number of times. */
export interface Plan {
  readonly parameterOids: readonly number[];
  /** Lengths and precisions its parameters are brought to. */
  readonly modified?: Parameters["modified"];
  readonly columns: readonly SqlColumn[] | null;
  /** What it does to a transaction; DDL and DML are `write`. */
  readonly access: "read" | "write";
  /** False once the catalogue it was checked against says otherwise: it is then planned anew. */
  isCurrent(catalog: ReturnType<ReadView["catalog"]>): boolean;
  /** Runs it. May answer at once (point reads) or later. Errors are SqlErrors. */
  run(run: StatementRun, parameters: readonly SqlText[]): SqlCursor | Promise<SqlCursor>;
  /** A document by its key, without SQLite; null = use `runNow`. Called only without an overlay. */
  readonly point?: PointRead | null;
  /** For point reads: the rows at once, without a promise; null = use `run`. Called only without an overlay. */
  runNow?(
    run: StatementRun,
    parameters: readonly SqlText[],
  ): { readonly rows: readonly (readonly SqlText[])[]; readonly tag: string } | null;
}

/** What a running statement has around it. */
export interface StatementRun {
  readonly tenant: Tenant;
  readonly caller: Caller;
  /** For `within` of functions/context.ts: style, time, facts. */
  readonly context: Context;
  readonly facts: SessionFacts;
  /** The open transaction's own changes; null outside one (then a write is a transaction of its own). */
  readonly overlay: Overlay | null;
  /**
   * What the statement reads, where that is not what it writes to: the overlay as it was when the statement began, so that the
   * parts of one statement do not see each other's changes.
   */
  readonly before?: Overlay | null;
  /** Rows that statements in WITH returned, as JSON, by the name printed. */
  readonly returned?: ReadonlyMap<string, string>;
  /** An overlay for one statement of several parts, over the newest state or what `over` reads. */
  scratch(over?: Pick<Tenant, "read">): Overlay;
  readonly workers: Workers;
  /** Words of the commit: the session adds its chrondb.message, .user and .flags. */
  intent(operation: string, table: string, ids: readonly string[]): Intent;
  notice(notice: SqlNotice): void;
  /** Throws 57014 when the statement was cancelled meanwhile; call it between slices. */
  checkCancelled(): void;
  /** Run when the statement is cancelled or its time is over. */
  onCancel(stop: () => void): void;
}

/** What a statement's reads see beside the committed state. */
export const readOverlay = (run: StatementRun): Overlay | null => (run.before === undefined ? run.overlay : run.before);

/** Where the changes of a statement go: the writer's turn, or the transaction's overlay. */
export type ChangeTarget = Pick<WriteTx, "get" | "put" | "delete" | "define" | "drop">;

/** A SELECT for a query worker: a process with a read-only connection, killed when cancelled. */
export interface WorkerJob {
  /** The state file. */
  readonly path: string;
  /** SQLite text; positional parameters. */
  readonly sql: string;
  readonly parameters: readonly Raw[];
  /** OIDs of the result columns: rows come back in text form. Null: rows come back as they are. */
  readonly types: readonly number[] | null;
  readonly style: Context["style"];
  /** Given when a function of the statement reads the catalogue or settings. */
  readonly facts: SessionFacts | null;
}

export interface WorkerRows {
  /** At most `max` more rows (0 = a batch of the worker's choosing). */
  next(max: number): Promise<{ rows: Raw[][]; done: boolean }>;
  close(): void;
}

export interface Workers {
  /** Starts a job once a worker is free. Rejects with 57014 when `run` is cancelled, 53400 when too many wait. */
  start(job: WorkerJob, run: Pick<StatementRun, "onCancel" | "checkCancelled">): Promise<WorkerRows>;
}

/** The versions a table has in an overlay, for a statement that reads them as rows. */
export interface OverlayRow {
  readonly id: string;
  /** undefined: deleted in this transaction. */
  readonly version: Version | undefined;
}

/** Makes a plan of a statement that is not the session's own (BEGIN, SET …). Throws SqlError with byte positions. */
export type PlanStatement = (
  parsed: Parsed & { readonly node: Node },
  around: PlanContext,
  parameterOids: readonly number[],
) => Plan;
