// From a request's body to a document: which key it has and the text to store. Numbers stay as written.
import { isUtf8 } from "node:buffer";
import { ChronError } from "../../base/errors.ts";
import { type JsonObject, JsonProblem, memberText, parseObject, withMembers } from "../../base/json.ts";
import { checkId, DEFAULT_TABLE, type DocumentKey, isTableName, joinKey, splitKey } from "../../base/keys.ts";
import type { Limits } from "../../base/limits.ts";

export interface Incoming extends DocumentKey {
  /** The document without `id` and `_table`: a JSON object's text. */
  readonly text: string;
}

const WITHOUT_KEY: ReadonlyMap<string, null> = new Map([
  ["id", null],
  ["_table", null],
]);

/** The body as text. Throws INVALID_JSON when it is missing or not UTF-8. */
export function bodyText(body: unknown): string {
  if (!Buffer.isBuffer(body) || body.length === 0) {
    throw new ChronError("INVALID_JSON", "Invalid JSON: the request has no body; send a JSON object.");
  }
  if (!isUtf8(body)) throw new ChronError("INVALID_JSON", "Invalid JSON: the body is not UTF-8.");
  return body.toString("utf8");
}

/** A key as a path or query parameter gives it. Throws INVALID_ID. */
export function keyOf(text: string): DocumentKey {
  const key = splitKey(text);
  checkId(key.id);
  return key;
}

/** Reads a JSON object strictly. Throws INVALID_JSON with the reason and the place. */
export function readObject(text: string, depth: number): JsonObject {
  try {
    return parseObject(text, depth);
  } catch (thrown) {
    if (!(thrown instanceof JsonProblem)) throw thrown;
    if (thrown.reason === "syntax" && isOtherValue(text)) {
      throw new ChronError("INVALID_DOCUMENT", "A document is a JSON object, {…}; the request has another JSON value.");
    }
    throw new ChronError("INVALID_JSON", `Invalid JSON: ${thrown.message}.`, thrown.details);
  }
}

/** Whether the text is JSON, but no object. */
function isOtherValue(text: string): boolean {
  if (/^\s*\{/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return false;
    throw thrown;
  }
}

/**
 * Reads one document. Its `id` member names it (`table:id`, or the bare id where `_table` names the table), unless the request
 * named it elsewhere: then `id`, where present, must agree. Throws INVALID_JSON, INVALID_DOCUMENT, INVALID_ID, INVALID_TABLE.
 */
export function readDocument(text: string, limits: Limits, named?: DocumentKey): Incoming {
  const object = readObject(text, limits.jsonDepth);
  const own = ownKey(object);
  if (own === undefined && named === undefined) {
    throw new ChronError("INVALID_DOCUMENT", 'The document has no "id" member; add one, such as "id":"user:1".');
  }
  if (named !== undefined && own !== undefined && !agrees(named, own)) {
    throw new ChronError(
      "INVALID_ID",
      `The request names the document ${JSON.stringify(joinKey(named.table, named.id))} but its body has the id ${JSON.stringify(joinKey(own.table, own.id))}; leave one out.`,
    );
  }
  const key = named ?? own ?? splitKey("");
  return { table: key.table, id: key.id, text: own === undefined ? object.text : withMembers(object, WITHOUT_KEY) };
}

/** Whether the body's key is the named one, or just its bare id. */
function agrees(named: DocumentKey, own: DocumentKey): boolean {
  return named.id === own.id && (named.table === own.table || own.table === DEFAULT_TABLE);
}

function ownKey(object: JsonObject): DocumentKey | undefined {
  const id = textOfId(object);
  const table = textOfTable(object);
  if (id === undefined) {
    if (table === undefined) return undefined;
    throw new ChronError("INVALID_DOCUMENT", 'The document has a "_table" member but no "id" member.');
  }
  if (table === undefined) return keyOf(id);
  const prefix = `${table}:`;
  const bare = table !== DEFAULT_TABLE && id.startsWith(prefix) ? id.slice(prefix.length) : id;
  checkId(bare);
  return { table, id: bare };
}

function textOfId(object: JsonObject): string | undefined {
  const member = object.members.find(({ key }) => key === "id");
  if (member === undefined) return undefined;
  const written = object.text.slice(member.start, member.end);
  if (member.type === "string") return JSON.parse(written) as string;
  if (/^-?\d+$/.test(written)) return written;
  throw new ChronError("INVALID_ID", `The "id" member is ${shown(written)}; an id is a string or a whole number.`);
}

function textOfTable(object: JsonObject): string | undefined {
  const written = memberText(object, "_table");
  if (written === undefined || written === "null") return undefined;
  const table: unknown = JSON.parse(written);
  if (typeof table !== "string" || !isTableName(table)) {
    throw new ChronError(
      "INVALID_TABLE",
      `The "_table" member ${shown(written)} is no table name: a string of 1 to 63 bytes without a leading _, a colon or control characters.`,
    );
  }
  return table;
}

function shown(written: string): string {
  return written.length > 80 ? `${written.slice(0, 80)}…` : written;
}
