// The columns a table has for SQL. A declared table has those it declares; one that never was has `id` and the fields seen in
// its documents, each of a type that every value seen fits.
import { KIND } from "../log/entry.ts";
import { SEEN, type TableInfo } from "../state/store.ts";
import type { StoredColumn } from "./check/tree.ts";
import { OID, typeByName } from "./types/index.ts";

/** The type all values of a field fit, from the JSON types seen. */
export function inferredType(seen: number): number {
  const kinds = seen & ~SEEN.null;
  if (kinds === 0) return OID.text;
  if (kinds === SEEN.integer) return OID.int8;
  if ((kinds & ~(SEEN.integer | SEEN.number)) === 0) return OID.numeric;
  if (kinds === SEEN.boolean) return OID.bool;
  if (kinds === SEEN.string) return OID.text;
  return OID.jsonb;
}

/** Whether the document's id is this declared column. */
export function isIdColumn(table: TableInfo, name: string): boolean {
  const key = table.definition?.primaryKey;
  return name === "id" && (key === null || key === undefined || (key.columns.length === 1 && key.columns[0] === "id"));
}

const cache = new WeakMap<TableInfo, readonly StoredColumn[]>();

/** Shown columns first; then, hidden, what can still be named: `id`, and fields a declared table does not declare. */
export function columnsOf(table: TableInfo): readonly StoredColumn[] {
  let columns = cache.get(table);
  if (columns === undefined) {
    columns = table.definition === null ? undeclared(table) : declared(table);
    cache.set(table, columns);
  }
  return columns;
}

function undeclared(table: TableInfo): StoredColumn[] {
  const columns: StoredColumn[] = [{ name: "id", type: OID.text, typmod: -1, role: "id", attribute: 1 }];
  const strings = (table.kinds & (1 << KIND.string)) !== 0;
  let valueSeen = false;
  for (const field of table.fields) {
    if (field.name === "id") continue;
    const isValue = strings && field.name === "value";
    valueSeen ||= isValue;
    columns.push({
      name: field.name,
      type: inferredType(isValue ? field.seen | SEEN.string : field.seen),
      typmod: -1,
      role: isValue ? "value" : "field",
      attribute: columns.length + 1,
    });
  }
  if (strings && !valueSeen) {
    columns.push({ name: "value", type: OID.text, typmod: -1, role: "value", attribute: columns.length + 1 });
  }
  return columns;
}

function declared(table: TableInfo): StoredColumn[] {
  const definitions = table.definition?.columns ?? [];
  const columns: StoredColumn[] = definitions.map((definition, index) => ({
    name: definition.name,
    type: typeByName(definition.type)?.oid ?? OID.text,
    typmod: definition.typmod,
    role: isIdColumn(table, definition.name) ? "id" : "field",
    attribute: index + 1,
  }));
  const names = new Set(columns.map((column) => column.name));
  if (!names.has("id")) columns.push({ name: "id", type: OID.text, typmod: -1, role: "id", attribute: 0, hidden: true });
  for (const field of table.fields) {
    if (names.has(field.name) || field.name === "id") continue;
    columns.push({ name: field.name, type: inferredType(field.seen), typmod: -1, role: "field", attribute: 0, hidden: true });
  }
  return columns;
}

/** Whether the table exists for SQL: declared, or with documents ever written. */
export function isVisible(table: TableInfo): boolean {
  return table.definition !== null || table.kinds !== 0 || table.fields.length > 0;
}
