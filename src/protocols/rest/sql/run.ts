// Runs the statements of a request in a SQL session and tells what happens, step by step: columns, rows, the end of each. Whoever
// listens sets the pace. Several statements, and a batch, are one transaction.
import type { Clock } from "../../../base/clock.ts";
import { ChronError } from "../../../base/errors.ts";
import type { Limits } from "../../../base/limits.ts";
import type { Events } from "../../../observability/events.ts";
import type { SqlColumn, SqlNotice, SqlSession, SqlText } from "../../../sql/contract.ts";
import { scan } from "../../../sql/parse/parser.ts";
import { type SqlRequest, tooMany } from "./body.ts";
import { type Place, sqlFailure } from "./failure.ts";
import { isComment } from "./operands.ts";
import { type Parameters, valuesOf } from "./parameters.ts";
import type { NumberedStatement } from "./placeholders.ts";
import type { Splitter } from "./split.ts";
import type { TimeLimit } from "./time-limit.ts";

export type Step =
  | { readonly kind: "columns"; readonly columns: readonly SqlColumn[] | null }
  | { readonly kind: "rows"; readonly rows: readonly (readonly SqlText[])[] }
  /** Told after the transaction of the request is over, for the last statement. */
  | { readonly kind: "end"; readonly tag: string; readonly notices: readonly SqlNotice[]; readonly isLast: boolean };

export interface Run {
  readonly session: SqlSession;
  readonly request: SqlRequest;
  readonly splitter: Splitter;
  readonly time: TimeLimit;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly events: Events;
  readonly readOnly: () => string | null;
  /** Whether the client has hung up. */
  readonly isGone: () => boolean;
  /** Called with the columns of a statement before it runs; may throw. */
  readonly check: (columns: readonly SqlColumn[] | null) => void;
}

interface Ready {
  readonly statement: NumberedStatement;
  readonly parameters: Parameters;
}

/** Rows asked for at a time, at first; fewer where they are large. */
const BATCH_ROWS = 200;
const BATCH_BYTES = 256 * 1024;

const CONTROL: ReadonlySet<string> = new Set(["begin", "start", "commit", "end", "abort", "rollback"]);

/** Throws ChronErrors; the session's transaction is failed, or rolled back where it was the request's own. */
export async function* runRequest(run: Run): AsyncGenerator<Step, void, void> {
  const { session, request } = run;
  const all = readStatements(run);
  const isOwn = (all.length > 1 || request.isBatch) && session.status === "I";
  if (isOwn) session.beginImplicit();
  let isDone = false;
  try {
    for (const [index, ready] of all.entries()) {
      const place = { statement: all.length > 1 ? index + 1 : null, position: ready.statement.position };
      const isLast = index === all.length - 1;
      const end = yield* runStatement(run, ready, place);
      if (isLast && isOwn) {
        isDone = true;
        await run.time.wait(session.endImplicit(false));
      }
      yield { kind: "end", tag: end, notices: session.takeNotices(), isLast };
    }
    isDone = true;
  } catch (thrown) {
    session.fail();
    throw sqlFailure(thrown, { statement: null, position: (at) => at }, run.readOnly());
  } finally {
    // Also when the client went away in the middle.
    if (isOwn && !isDone) await session.endImplicit(true);
  }
}

async function* runStatement(run: Run, { statement, parameters }: Ready, place: Place): AsyncGenerator<Step, string, void> {
  const { session, events, clock, time } = run;
  const started = clock.elapsed();
  let tag = "";
  try {
    if (run.isGone()) throw new ChronError("CANCELLED", "The client hung up; nothing more of its request was run.");
    const prepared = session.prepare(statement.text, []);
    if (prepared.copies !== undefined && prepared.copies !== null) throw noCopy(prepared.copies);
    const values = valuesOf(statement, parameters, prepared.parameterOids);
    if (prepared.parameterOids.length > values.length) {
      throw new ChronError("INVALID_ARGUMENT", 'The statement has placeholders; send their values as "params".', {
        sqlstate: "08P01",
      });
    }
    run.check(prepared.columns);
    // What was written before must be seen, without holding the main thread for it.
    const settled = session.settled?.() ?? null;
    if (settled !== null) await time.wait(settled);
    const now = session.executeNow?.(prepared, values) ?? null;
    if (now !== null) {
      yield { kind: "columns", columns: now.columns };
      if (now.rows.length > 0) yield { kind: "rows", rows: now.rows };
      tag = now.tag;
    } else {
      const cursor = await time.wait(session.execute(prepared, values));
      try {
        let wanted = BATCH_ROWS;
        for (let isFirst = true; ; isFirst = false) {
          // The first rows are waited for before anything is told, so that most errors still find the answer's status unsent.
          const { rows, done } = await time.wait(cursor.next(wanted));
          if (isFirst) yield { kind: "columns", columns: cursor.columns };
          if (rows.length > 0) yield { kind: "rows", rows };
          if (done) break;
          wanted = nextBatch(rows);
        }
        tag = cursor.tag();
      } finally {
        cursor.close();
      }
    }
  } catch (thrown) {
    throw sqlFailure(thrown, place, run.readOnly());
  }
  const ms = clock.elapsed() - started;
  events.query("rest", ms);
  events.slow("rest", tag, ms);
  return tag;
}

/** Rows to ask for next, so that a batch of large ones stays small. */
function nextBatch(rows: readonly (readonly SqlText[])[]): number {
  let bytes = 0;
  for (const row of rows) for (const value of row) bytes += value?.length ?? 0;
  if (bytes <= BATCH_BYTES) return BATCH_ROWS;
  return Math.max(1, Math.floor((rows.length * BATCH_BYTES) / bytes));
}

/** All statements of the request, split by the grammar. Throws ChronErrors. */
function readStatements(run: Run): Ready[] {
  const { request, limits } = run;
  const all: Ready[] = [];
  for (const [index, item] of request.items.entries()) {
    const statement = request.isBatch ? index + 1 : null;
    const statements = run.splitter.split(run.session, item.sql, item.parameters, (thrown, position) => {
      run.session.fail();
      return sqlFailure(thrown, { statement, position }, run.readOnly());
    });
    if (request.isBatch) for (const { text } of statements) refuseControl(text, index + 1);
    for (const statement of statements) all.push({ statement, parameters: item.parameters });
    if (all.length > limits.restSqlBatch) throw tooMany(all.length, limits);
  }
  if (all.length === 0) throw new ChronError("INVALID_ARGUMENT", "The text holds no statement, only blanks and comments.");
  return all;
}

function noCopy(direction: "in" | "out"): ChronError {
  const instead =
    direction === "in"
      ? "send INSERT with several rows, a batch, or documents to POST /api/v1/documents/import"
      : "send a SELECT with Accept: application/x-ndjson, or ask GET /api/v1/export";
  return new ChronError("NOT_SUPPORTED", `COPY has no way to carry its data over REST; ${instead}. psql's \\copy works.`, {
    sqlstate: "0A000",
  });
}

function refuseControl(text: string, element: number): void {
  const first = scan(text).find((token) => !isComment(token));
  if (first === undefined || !CONTROL.has(first.text.toLowerCase())) return;
  throw new ChronError(
    "INVALID_ARGUMENT",
    `Element ${element} of "batch" is ${first.text.toUpperCase()}; a batch is one transaction and ends by itself.`,
    { sqlstate: "2D000", statement: element },
  );
}
