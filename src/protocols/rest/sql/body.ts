// The body of a request to the SQL routes: `{sql, params}` or `{batch: [{sql, params}, …]}`, and how it is to be run and answered.
import { ChronError } from "../../../base/errors.ts";
import { arrayElements, type JsonObject } from "../../../base/json.ts";
import type { Limits } from "../../../base/limits.ts";
import { readObject } from "../body.ts";
import { type Parameters, readParameters } from "./parameters.ts";
import { ROW_FORMS, type RowForm } from "./values.ts";

export interface SqlItem {
  readonly sql: string;
  readonly parameters: Parameters;
}

export interface SqlRequest {
  readonly items: readonly SqlItem[];
  readonly isBatch: boolean;
  /** Null: the answer's own default. */
  readonly rows: RowForm | null;
  /** The token of an open transaction. */
  readonly transaction: string | null;
  /** A session that is left with a transaction or settings of its own is kept, and its token answered. */
  readonly keep: boolean;
  readonly timeoutMs: number;
}

/** Levels that the body has around a parameter's value. */
const AROUND = 4;
const MEMBERS: ReadonlySet<string> = new Set(["sql", "params", "batch", "rows", "transaction", "keep", "timeout_ms"]);
const ITEM_MEMBERS: ReadonlySet<string> = new Set(["sql", "params"]);

/** Throws INVALID_JSON, INVALID_ARGUMENT, LIMIT_EXCEEDED. */
export function readSqlRequest(text: string, limits: Limits): SqlRequest {
  const members = membersOf(readObject(text, limits.jsonDepth + AROUND), MEMBERS, "The body");
  const batch = members.get("batch");
  const items = batch === undefined ? [readItem(members, "The body", limits)] : readBatch(batch, members, limits);
  return {
    items,
    isBatch: batch !== undefined,
    rows: readRows(members.get("rows")),
    transaction: readToken(members),
    keep: readKeep(members.get("keep")),
    timeoutMs: readTimeout(members.get("timeout_ms"), limits),
  };
}

/** The body of commit and rollback: only the token. */
export function readTransactionBody(text: string, limits: Limits): string {
  const members = membersOf(readObject(text, limits.jsonDepth), new Set(["transaction"]), "The body");
  const token = readToken(members);
  if (token !== null) return token;
  throw new ChronError("INVALID_ARGUMENT", 'The body names no transaction: {"transaction":"<the token that begin answered>"}.');
}

function membersOf(object: JsonObject, known: ReadonlySet<string>, what: string): Map<string, string> {
  const members = new Map<string, string>();
  for (const { key, start, end } of object.members) {
    if (!known.has(key)) {
      throw new ChronError(
        "INVALID_ARGUMENT",
        `${what} has a member ${JSON.stringify(key)}; it takes ${[...known].map((name) => `"${name}"`).join(", ")}.`,
      );
    }
    members.set(key, object.text.slice(start, end));
  }
  return members;
}

function readItem(members: ReadonlyMap<string, string>, what: string, limits: Limits): SqlItem {
  const json = members.get("sql");
  const sql: unknown = json?.startsWith('"') === true ? JSON.parse(json) : undefined;
  if (typeof sql !== "string") {
    throw new ChronError("INVALID_ARGUMENT", `${what} has no text of a statement; send {"sql":"SELECT …","params":[…]}.`);
  }
  const bytes = Buffer.byteLength(sql);
  if (bytes > limits.restSqlStatementBytes) {
    throw new ChronError(
      "LIMIT_EXCEEDED",
      `The statement is ${bytes} bytes; at most ${limits.restSqlStatementBytes} are taken (limit restSqlStatementBytes).`,
      { limit: "restSqlStatementBytes" },
    );
  }
  return { sql, parameters: readParameters(members.get("params"), limits) };
}

function readBatch(json: string, members: ReadonlyMap<string, string>, limits: Limits): SqlItem[] {
  if (members.has("sql") || members.has("params")) {
    throw new ChronError("INVALID_ARGUMENT", 'The body has "batch" and "sql" or "params"; send one or the other.');
  }
  if (!json.startsWith("[")) throw new ChronError("INVALID_ARGUMENT", '"batch" must be an array of {"sql":…,"params":…}.');
  const elements = arrayElements(json, limits.jsonDepth + AROUND);
  if (elements.length > limits.restSqlBatch) throw tooMany(elements.length, limits);
  return elements.map((element, at) => {
    const what = `Element ${at + 1} of "batch"`;
    if (!element.startsWith("{")) throw new ChronError("INVALID_ARGUMENT", `${what} is not an object {"sql":…,"params":…}.`);
    return readItem(membersOf(readObject(element, limits.jsonDepth + AROUND), ITEM_MEMBERS, what), what, limits);
  });
}

export function tooMany(statements: number, limits: Limits): ChronError {
  return new ChronError(
    "LIMIT_EXCEEDED",
    `The request has ${statements} statements; at most ${limits.restSqlBatch} are taken (limit restSqlBatch).`,
    { limit: "restSqlBatch" },
  );
}

function readRows(json: string | undefined): RowForm | null {
  if (json === undefined) return null;
  const found = ROW_FORMS.find((form) => json === JSON.stringify(form));
  if (found !== undefined) return found;
  throw new ChronError("INVALID_ARGUMENT", `"rows" must be one of ${ROW_FORMS.map((form) => `"${form}"`).join(", ")}.`);
}

function readToken(members: ReadonlyMap<string, string>): string | null {
  const json = members.get("transaction");
  if (json === undefined || json === "null") return null;
  const token: unknown = json.startsWith('"') ? JSON.parse(json) : undefined;
  if (typeof token === "string") return token;
  throw new ChronError("INVALID_ARGUMENT", '"transaction" must be the token that begin answered, a string.');
}

function readKeep(json: string | undefined): boolean {
  if (json === undefined || json === "false") return false;
  if (json === "true") return true;
  throw new ChronError("INVALID_ARGUMENT", '"keep" must be true or false.');
}

function readTimeout(json: string | undefined, limits: Limits): number {
  if (json === undefined) return limits.restSqlMs;
  const ms = /^\d+$/.test(json) ? Number(json) : 0;
  if (ms >= 1 && ms <= limits.restSqlMs) return ms;
  throw new ChronError(
    "INVALID_ARGUMENT",
    `"timeout_ms" must be a whole number from 1 to ${limits.restSqlMs} (limit restSqlMs).`,
  );
}
