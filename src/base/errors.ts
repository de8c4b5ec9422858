// The one catalogue of refusals. A door projects a row into its own words: REST its HTTP status, PostgreSQL its
// SQLSTATE, Redis the first word of its error line. A new refusal is a new row here; nothing throws bare strings.

import { DEFAULT_LIMITS, type LimitName } from "./limits.ts";

interface ErrorKind {
  /** HTTP status REST answers with. */
  readonly status: number;
  /** SQLSTATE PostgreSQL answers with; never class XX for something the user did. */
  readonly sqlstate: string;
  /** First word of the Redis error line. */
  readonly redis: string;
}

export const ERROR_KINDS = {
  // Addressing and shape of input
  INVALID_ID: { status: 400, sqlstate: "22023", redis: "ERR" },
  INVALID_TABLE: { status: 400, sqlstate: "42602", redis: "ERR" },
  INVALID_JSON: { status: 400, sqlstate: "22032", redis: "ERR" },
  INVALID_DOCUMENT: { status: 400, sqlstate: "22032", redis: "ERR" },
  INVALID_ARGUMENT: { status: 400, sqlstate: "22023", redis: "ERR" },
  INVALID_REFERENCE: { status: 400, sqlstate: "22023", redis: "ERR" },
  AMBIGUOUS_REFERENCE: { status: 400, sqlstate: "22023", redis: "ERR" },
  UNKNOWN_REFERENCE: { status: 404, sqlstate: "22023", redis: "ERR" },
  NOT_FOUND: { status: 404, sqlstate: "02000", redis: "ERR" },
  METHOD_NOT_ALLOWED: { status: 405, sqlstate: "0A000", redis: "ERR" },
  UNSUPPORTED_MEDIA: { status: 415, sqlstate: "0A000", redis: "ERR" },
  NOT_SUPPORTED: { status: 501, sqlstate: "0A000", redis: "ERR" },
  // Rules on data
  VERSION_CONFLICT: { status: 412, sqlstate: "40001", redis: "ERR" },
  SERIALIZATION_FAILURE: { status: 409, sqlstate: "40001", redis: "ERR" },
  INTEGRITY_VIOLATION: { status: 409, sqlstate: "23000", redis: "ERR" },
  NOT_NULL_VIOLATION: { status: 409, sqlstate: "23502", redis: "ERR" },
  UNIQUE_VIOLATION: { status: 409, sqlstate: "23505", redis: "ERR" },
  TYPE_VIOLATION: { status: 400, sqlstate: "22P02", redis: "ERR" },
  WRONG_KIND: { status: 409, sqlstate: "42809", redis: "WRONGTYPE" },
  TABLE_EXISTS: { status: 409, sqlstate: "42P07", redis: "ERR" },
  UNKNOWN_TABLE: { status: 404, sqlstate: "42P01", redis: "ERR" },
  // Statements
  SQL_ERROR: { status: 400, sqlstate: "42601", redis: "ERR" },
  UNKNOWN_TRANSACTION: { status: 404, sqlstate: "25P01", redis: "ERR" },
  TRANSACTION_FAILED: { status: 409, sqlstate: "25P02", redis: "ERR" },
  // Who may
  UNAUTHENTICATED: { status: 401, sqlstate: "28P01", redis: "NOAUTH" },
  WRONG_CREDENTIALS: { status: 401, sqlstate: "28P01", redis: "WRONGPASS" },
  INSUFFICIENT_PERMISSIONS: { status: 403, sqlstate: "42501", redis: "NOPERM" },
  UNKNOWN_TENANT: { status: 404, sqlstate: "3D000", redis: "ERR" },
  // Limits (each has a name in base/limits.ts)
  LIMIT_EXCEEDED: { status: 413, sqlstate: "54000", redis: "ERR" },
  TOO_MANY_CONNECTIONS: { status: 503, sqlstate: "53300", redis: "ERR" },
  OVERLOADED: { status: 503, sqlstate: "53400", redis: "BUSY" },
  TIMEOUT: { status: 504, sqlstate: "57014", redis: "ERR" },
  CANCELLED: { status: 499, sqlstate: "57014", redis: "ERR" },
  // The server itself
  DISK_FULL: { status: 507, sqlstate: "53100", redis: "OOM" },
  READ_ONLY: { status: 503, sqlstate: "25006", redis: "READONLY" },
  SHUTTING_DOWN: { status: 503, sqlstate: "57P01", redis: "ERR" },
  STORAGE_FAILED: { status: 500, sqlstate: "58030", redis: "ERR" },
  CORRUPT: { status: 500, sqlstate: "58030", redis: "ERR" },
  LOCKED: { status: 409, sqlstate: "55006", redis: "ERR" },
  INVALID_CONFIG: { status: 500, sqlstate: "F0000", redis: "ERR" },
  INTERNAL: { status: 500, sqlstate: "58000", redis: "ERR" },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERROR_KINDS;

/**
 * A refusal. `message` is a whole sentence for a person: what was wrong, where, what to do.
 * `details` holds machine-readable extras a door may show (never document values or secrets).
 */
export class ChronError extends Error {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, details: Record<string, unknown> = {}) {
    super(message);
    this.name = "ChronError";
    this.code = code;
    this.details = details;
  }

  get kind(): ErrorKind {
    return ERROR_KINDS[this.code];
  }
}

/** The limit that a refusal was made at, which its door counts; null when it is about something else. */
export function limitOf({ details }: { readonly details: Readonly<Record<string, unknown>> }): LimitName | null {
  const { limit } = details;
  return typeof limit === "string" && limit in DEFAULT_LIMITS ? (limit as LimitName) : null;
}

/** The message of anything thrown, for a log line or a wrapped error. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
