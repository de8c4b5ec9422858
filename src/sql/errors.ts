// How this room refuses: SqlError with a SQLSTATE, and the projections of what comes from below (ChronError, SQLite) into it.
import { ChronError, limitOf } from "../base/errors.ts";
import { SqlError, type SqlErrorFields } from "./contract.ts";

type Extra = Omit<SqlErrorFields, "sqlstate" | "message" | "position"> & {
  /** Byte offset into the statement, from the syntax tree; -1 or undefined = unknown. */
  readonly at?: number | undefined;
};

/** Makes an error. `at` is kept as a byte position (from 1) until the parser's adapter turns it into characters. */
export function sqlError(sqlstate: string, message: string, extra: Extra = {}): SqlError {
  const { at, ...rest } = extra;
  return new SqlError({ sqlstate, message, ...rest, ...(at === undefined || at < 0 ? {} : { position: at + 1 }) });
}

export function fail(sqlstate: string, message: string, extra: Extra = {}): never {
  throw sqlError(sqlstate, message, extra);
}

/** Something PostgreSQL has and ChronDB does not: 0A000 with a whole sentence. */
export function unsupported(what: string, at?: number): never {
  return fail("0A000", `${what} is not supported by ChronDB`, { at });
}

/** The same error, told where in the statement it arose, unless it knows already. */
export function located(thrown: unknown, at: number | undefined): unknown {
  if (!(thrown instanceof SqlError) || thrown.fields.position !== undefined || at === undefined || at < 0) return thrown;
  return new SqlError({ ...thrown.fields, position: at + 1 });
}

function asText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function asTexts(value: unknown): string[] | undefined {
  return Array.isArray(value) ? value.map(String) : undefined;
}

/** A refusal from below in PostgreSQL's words. */
function fromChron(error: ChronError): SqlError {
  const table = asText(error.details["table"]);
  const constraint = asText(error.details["constraint"]);
  const column = asText(error.details["column"]);
  const columns = asTexts(error.details["columns"]);
  const values = asTexts(error.details["values"]);
  const where = {
    ...(table === undefined ? {} : { schema: "public", table }),
    ...(constraint === undefined ? {} : { constraint }),
    ...(column === undefined ? {} : { column }),
  };
  if (error.code === "UNIQUE_VIOLATION" && constraint !== undefined) {
    const known = asText(error.details["detail"]);
    const detail =
      columns && values
        ? { detail: `Key (${columns.join(", ")})=(${values.join(", ")}) already exists.` }
        : known === undefined
          ? {}
          : { detail: known };
    return new SqlError({
      sqlstate: "23505",
      message: `duplicate key value violates unique constraint "${constraint}"`,
      ...where,
      ...detail,
    });
  }
  if (error.code === "NOT_NULL_VIOLATION" && table !== undefined && column !== undefined) {
    return new SqlError({
      sqlstate: "23502",
      message: `null value in column "${column}" of relation "${table}" violates not-null constraint`,
      ...where,
      ...detailOf(error),
    });
  }
  const sqlstate = asText(error.details["sqlstate"]) ?? error.kind.sqlstate;
  const limit = limitOf(error);
  return new SqlError({
    sqlstate,
    message: error.message,
    ...where,
    ...detailOf(error),
    ...(limit === null ? {} : { limit }),
  });
}

function detailOf(error: ChronError): { detail?: string } {
  const detail = asText(error.details["detail"]);
  return detail === undefined ? {} : { detail };
}

interface SqliteFailure {
  readonly code: string;
  readonly message: string;
}

function isSqliteFailure(thrown: unknown): thrown is SqliteFailure {
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" && thrown.code.startsWith("SQLITE_");
}

function fromSqlite(failure: SqliteFailure): SqlError {
  if (failure.code === "SQLITE_TOOBIG") return sqlError("54000", "a value or the statement is larger than the engine can hold");
  if (failure.code === "SQLITE_NOMEM") return sqlError("53200", "out of memory");
  if (failure.code === "SQLITE_FULL") return sqlError("53100", "there is no room left for the temporary data of this statement");
  if (/too (deep|many)|Expression tree|parser stack overflow|Recursion limit|at most \d+ tables/i.test(failure.message)) {
    return sqlError("54001", `the statement is too complex for the engine: ${failure.message}`);
  }
  if (/circular reference|recursive reference|recursive aggregate/.test(failure.message)) {
    return sqlError("0A000", `this form of recursive query is not supported by ChronDB (${failure.message})`);
  }
  if (/integer overflow/.test(failure.message)) return sqlError("22003", "bigint out of range");
  return sqlError("58000", `the storage engine could not run the statement: ${failure.message}`, {
    hint: "This is a fault of ChronDB; please report it with the statement.",
  });
}

/** Anything thrown, as what a client is told. */
export function toSqlError(thrown: unknown): SqlError {
  if (thrown instanceof SqlError) return thrown;
  if (thrown instanceof ChronError) return fromChron(thrown);
  if (isSqliteFailure(thrown)) return fromSqlite(thrown);
  if (thrown instanceof RangeError) return sqlError("54001", "stack depth limit exceeded: the statement is nested too deeply");
  return sqlError("58000", `internal error: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
}
