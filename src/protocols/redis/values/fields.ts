// The fields of a hash, or of a document seen as one. A hash is a JSON object of strings in the order they were set; a field's
// name or value that is not UTF-8 is written reversibly: names with \xHH escapes, values as {"$base64":"…"}. Of a document,
// strings show their text and everything else shows its JSON as written; setting a field leaves the others as they are.
import { isUtf8 } from "node:buffer";
import { present } from "../../../base/assert.ts";
import { type JsonMember, type JsonObject, scanObject, withMembers } from "../../../base/json.ts";
import { type DocumentKey, idFromBytes, idToBytes } from "../../../base/keys.ts";
import type { ReadView, WriteTx } from "../../../core/contract.ts";
import { KIND, type Kind } from "../../../log/entry.ts";
import { wrongType } from "../refusals.ts";

export interface Fields {
  readonly kind: Kind;
  readonly expiresAt: number;
  readonly object: JsonObject;
}

const NO_FIELDS: JsonObject = { text: "{}", members: [] };
const BINARY = /^\{"\$base64":"([A-Za-z0-9+/]*={0,2})"\}$/;
const LOOKS_ESCAPED = /\\x[0-9a-f]{2}/;

/** The fields at a key; undefined when there is nothing. Throws WRONGTYPE on a string. */
export function fieldsAt(view: ReadView, { table, id }: DocumentKey): Fields | undefined {
  const version = view.get(table, id);
  if (version === undefined) return undefined;
  if (version.kind === KIND.string || typeof version.body !== "string") throw wrongType();
  const object = present(scanObject(version.body), "the object of a stored document");
  return { kind: version.kind, expiresAt: version.expiresAt, object };
}

/** The same for a change: an absent key is a new, empty hash. */
export function fieldsToChange(tx: WriteTx, key: DocumentKey): Fields {
  return fieldsAt(tx, key) ?? { kind: KIND.hash, expiresAt: 0, object: NO_FIELDS };
}

/** Stores changed fields (JSON texts; null removes). A hash without fields is no key; a document without is `{}`. */
export function storeFields(
  tx: WriteTx,
  { table, id }: DocumentKey,
  fields: Fields,
  changes: ReadonlyMap<string, string | null>,
): void {
  const body = withMembers(fields.object, changes);
  if (fields.kind === KIND.hash && body === "{}") tx.delete(table, id);
  else tx.put(table, id, body, { kind: fields.kind, expiresAt: fields.expiresAt });
}

/** The member's name of a field's bytes: injective, and the text itself wherever it can be. */
export function fieldName(bytes: Buffer): string {
  if (isUtf8(bytes)) {
    const text = bytes.toString("utf8");
    if (!LOOKS_ESCAPED.test(text)) return text;
  }
  return idFromBytes(bytes);
}

export function fieldBytes(name: string): string | Buffer {
  return name.includes("\\x") ? idToBytes(name) : name;
}

export function member(fields: Fields, bytes: Buffer): JsonMember | undefined {
  const name = fieldName(bytes);
  return fields.object.members.find((candidate) => candidate.key === name);
}

/** A member's value as a Redis client sees it. */
export function fieldValue(object: JsonObject, { start, end, type }: JsonMember): string | Buffer {
  const written = object.text.slice(start, end);
  if (type === "string") return written.includes("\\") ? (JSON.parse(written) as string) : written.slice(1, -1);
  if (type === "object") {
    const encoded = BINARY.exec(written)?.[1];
    if (encoded !== undefined) return Buffer.from(encoded, "base64");
  }
  return written;
}

/** The JSON text of a value a client sets. */
export function fieldText(bytes: Buffer): string {
  return isUtf8(bytes) ? JSON.stringify(bytes.toString("utf8")) : `{"$base64":"${bytes.toString("base64")}"}`;
}

/** The JSON text of a computed number: a number where the document had one, else a string, as all values of a hash are. */
export function numberText(found: JsonMember | undefined, printed: string): string {
  return found !== undefined && (found.type === "integer" || found.type === "number") ? printed : `"${printed}"`;
}
