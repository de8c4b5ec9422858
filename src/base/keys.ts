// Keys of documents: `table:id`, and ids that are any bytes.
//
// Inside ChronDB an id is a string in *canonical form*: text without control characters stands for itself; any other byte is
// written `\xHH`; and a backslash of the id that would read as such an escape is written `\x5c`. That maps every byte string
// to one text and back, so Redis can use any bytes while REST, SQL and git see text.
import { ChronError } from "./errors.ts";
import { DEFAULT_LIMITS } from "./limits.ts";

export const DEFAULT_TABLE = "default";

export interface DocumentKey {
  readonly table: string;
  readonly id: string;
}

// C0, DEL and C1 controls, and lone surrogates (which have no UTF-8).
const NOT_TEXT = /[\u0000-\u001f\u007f-\u009f]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
const ESCAPE = /\\x[0-9a-f]{2}/;

function isPlain(text: string): boolean {
  return !NOT_TEXT.test(text) && !ESCAPE.test(text);
}

/** Canonical form of any bytes (a Redis key or part of one). */
export function idFromBytes(bytes: Buffer): string {
  const text = bytes.toString("utf8");
  if (!text.includes("\ufffd") && isPlain(text)) return text;
  let out = "";
  for (let at = 0; at < bytes.length; ) {
    const length = utf8Length(bytes, at);
    const piece = length === 0 ? "" : bytes.toString("utf8", at, at + length);
    if (length === 0 || NOT_TEXT.test(piece)) {
      const end = at + (length || 1);
      for (; at < end; at++) out += `\\x${(bytes[at] ?? 0).toString(16).padStart(2, "0")}`;
    } else {
      const looksEscaped = piece === "\\" && ESCAPE.test(bytes.toString("latin1", at, at + 4));
      out += looksEscaped ? "\\x5c" : piece;
      at += length;
    }
  }
  return out;
}

/** Length of the well-formed UTF-8 sequence at `at`; 0 when there is none. */
function utf8Length(bytes: Buffer, at: number): number {
  const lead = bytes[at] ?? 0;
  const length =
    lead < 0x80 ? 1 : lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
  if (length === 0 || at + length > bytes.length) return 0;
  const piece = bytes.toString("utf8", at, at + length);
  return piece.includes("\ufffd") && !bytes.subarray(at, at + length).equals(Buffer.from("\ufffd")) ? 0 : length;
}

/** The bytes a canonical id stands for: the inverse of idFromBytes. */
export function idToBytes(id: string): Buffer {
  if (!id.includes("\\x")) return Buffer.from(id, "utf8");
  const parts: Buffer[] = [];
  let from = 0;
  for (const match of id.matchAll(/\\x([0-9a-f]{2})/g)) {
    parts.push(Buffer.from(id.slice(from, match.index), "utf8"), Buffer.from(match[1] ?? "", "hex"));
    from = match.index + 4;
  }
  parts.push(Buffer.from(id.slice(from), "utf8"));
  return Buffer.concat(parts);
}

/** Checks an id that came as text (REST, SQL): 1 to 1,024 bytes, no control characters, canonical. Throws INVALID_ID. */
export function checkId(id: string): string {
  if (id.length === 0) throw new ChronError("INVALID_ID", "The id is empty; an id is 1 to 1,024 bytes of text.");
  if (NOT_TEXT.test(id)) {
    throw new ChronError("INVALID_ID", "The id has a control character or a lone surrogate; write such bytes as \\xHH.");
  }
  if (ESCAPE.test(id) && idFromBytes(idToBytes(id)) !== id) {
    throw new ChronError(
      "INVALID_ID",
      `The id ${JSON.stringify(id)} escapes with \\xHH what needs no escape; a literal backslash before xHH is \\x5c.`,
    );
  }
  return checkIdLength(id);
}

export function checkIdLength(id: string): string {
  // A UTF-16 unit is at most three bytes, so short ids need no counting.
  if (id.length * 3 > DEFAULT_LIMITS.idBytes && idToBytes(id).length > DEFAULT_LIMITS.idBytes) {
    throw new ChronError(
      "INVALID_ID",
      `The id is ${idToBytes(id).length} bytes; an id is 1 to ${DEFAULT_LIMITS.idBytes} bytes.`,
      {
        limit: "idBytes",
      },
    );
  }
  return id;
}

/** Whether a name may be a table's: 1 to 63 bytes of text without a leading `_`, a colon or an escape. */
export function isTableName(name: string): boolean {
  if (name.length === 0 || name.length > DEFAULT_LIMITS.tableNameBytes || name.charCodeAt(0) === 95) return false;
  if (name.includes(":") || !isPlain(name)) return false;
  return name.length * 3 <= DEFAULT_LIMITS.tableNameBytes || Buffer.byteLength(name) <= DEFAULT_LIMITS.tableNameBytes;
}

/** Splits a key in canonical form; a key without a table part lives whole in table `default`. Does not check the id. */
export function splitKey(key: string): DocumentKey {
  const colon = key.indexOf(":");
  if (colon > 0 && colon < key.length - 1) {
    const table = key.slice(0, colon);
    if (table !== DEFAULT_TABLE && isTableName(table)) return { table, id: key.slice(colon + 1) };
  }
  return { table: DEFAULT_TABLE, id: key };
}

/** The key of a document: the inverse of splitKey. */
export function joinKey(table: string, id: string): string {
  return table === DEFAULT_TABLE ? id : `${table}:${id}`;
}
