// An error of a statement as REST tells it: PostgreSQL's sentence and SQLSTATE, and the HTTP status that fits.
import { ChronError, type ErrorCode } from "../../../base/errors.ts";
import { SqlError, type SqlErrorFields } from "../../../sql/contract.ts";

/** SQLSTATEs that have a code of their own; else their class decides. */
const BY_STATE: Readonly<Record<string, ErrorCode>> = {
  "0A000": "NOT_SUPPORTED",
  "23502": "NOT_NULL_VIOLATION",
  "23505": "UNIQUE_VIOLATION",
  "3D000": "UNKNOWN_TENANT",
  "42501": "INSUFFICIENT_PERMISSIONS",
  "42P01": "UNKNOWN_TABLE",
  "42P07": "TABLE_EXISTS",
  "53100": "DISK_FULL",
  "57014": "CANCELLED",
  "57P01": "SHUTTING_DOWN",
  "58000": "INTERNAL",
  "58030": "STORAGE_FAILED",
};

const BY_CLASS: Readonly<Record<string, ErrorCode>> = {
  "23": "INTEGRITY_VIOLATION",
  "40": "SERIALIZATION_FAILURE",
  "53": "OVERLOADED",
  "54": "LIMIT_EXCEEDED",
  "55": "LOCKED",
};

export interface Place {
  /** Counted from 1, where the request has several. */
  readonly statement: number | null;
  /** A position in the text the SQL room was given as one in the client's. */
  position(at: number): number;
}

/** What is answered; what is no error of a statement stays as it is. */
export function sqlFailure(thrown: unknown, place: Place, readOnly: string | null): unknown {
  const where = place.statement === null ? {} : { statement: place.statement };
  if (thrown instanceof ChronError) return new ChronError(thrown.code, thrown.message, { ...thrown.details, ...where });
  if (!(thrown instanceof SqlError)) return thrown;
  const { fields } = thrown;
  // What the server cannot do now, as against what this session was told not to do.
  if (fields.sqlstate === "25006" && readOnly !== null) return new ChronError("READ_ONLY", fields.message, { sqlstate: "25006" });
  const details = { ...detailsOf(fields, place), ...where };
  return new ChronError(codeOf(fields.sqlstate), fields.message, details);
}

function codeOf(sqlstate: string): ErrorCode {
  return BY_STATE[sqlstate] ?? BY_CLASS[sqlstate.slice(0, 2)] ?? "SQL_ERROR";
}

function detailsOf(fields: SqlErrorFields, place: Place): Record<string, unknown> {
  const { sqlstate, position, detail, hint, schema, table, column, constraint, message } = fields;
  const limit = /\(limit (\w+)\)/.exec(message)?.[1];
  const all = {
    sqlstate,
    position: position === undefined ? undefined : place.position(position),
    ...{ detail, hint, schema, table, column, constraint, limit },
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
