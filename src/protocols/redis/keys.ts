// Redis keys are any bytes; inside they are a table and an id in canonical form (base/keys.ts).
import { DEFAULT_TABLE, type DocumentKey, idFromBytes, idToBytes, isTableName, joinKey, splitKey } from "../../base/keys.ts";
import { wrongArity } from "./refusals.ts";
import { WordCache } from "./resp/word-cache.ts";

const SPACE = 32;
const COLON = 58;
const BACKSLASH = 92;
const TILDE = 126;
/** Longer keys are rare, and their bytes are looked at faster elsewhere. */
const SHORT = 64;

/** Parts before a colon, shared by all connections. */
const PREFIXES = new WordCache();
/** What is known of prefixes: whether they are tables' names. Bounded by forgetting all. */
const TABLES = new Map<string, boolean>();
const TABLES_KNOWN = 1_000;

export function keyOf(bytes: Buffer | undefined): DocumentKey {
  // Most keys are a few plain characters, which stand for themselves; only the others need the rules of base/keys.ts.
  if (bytes === undefined || !isPlain(bytes)) return splitKey(keyText(bytes));
  const { length } = bytes;
  let colon = 0;
  while (colon < length && bytes[colon] !== COLON) colon++;
  if (colon > 0 && colon < length - 1) {
    const table = PREFIXES.text(bytes, 0, colon);
    if (isTable(table)) return { table, id: bytes.toString("latin1", colon + 1, length) };
  }
  return { table: DEFAULT_TABLE, id: bytes.toString("latin1") };
}

/** A few printable ASCII characters other than the backslash. */
function isPlain(bytes: Buffer): boolean {
  const { length } = bytes;
  if (length > SHORT) return false;
  for (let at = 0; at < length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte < SPACE || byte > TILDE || byte === BACKSLASH) return false;
  }
  return true;
}

/** Whether a prefix names a table other than the one of keys without prefix. */
function isTable(prefix: string): boolean {
  let known = TABLES.get(prefix);
  if (known === undefined) {
    known = prefix !== DEFAULT_TABLE && isTableName(prefix);
    if (TABLES.size >= TABLES_KNOWN) TABLES.clear();
    TABLES.set(prefix, known);
  }
  return known;
}

/** The key as commits and logs show it. */
export function keyText(bytes: Buffer | undefined): string {
  // Argument counts are checked before a command runs, so an absent one is a wrong arity in the command's declaration.
  if (bytes === undefined) throw wrongArity("key");
  return isPlain(bytes) ? bytes.toString("latin1") : idFromBytes(bytes);
}

/** The bytes a client knows the document by. */
export function keyBytes(table: string, id: string): Buffer {
  return idToBytes(joinKey(table, id));
}
