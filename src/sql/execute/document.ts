// Rows to documents: fields to JSON members, the key to the document's id.

import { type JsonObject, memberText, parseObject, withMembers } from "../../base/json.ts";
import { checkId } from "../../base/keys.ts";
import { KIND } from "../../log/entry.ts";
import type { TableInfo, Version } from "../../state/store.ts";
import { isIdColumn } from "../columns.ts";
import { fail } from "../errors.ts";
import { joinKeyTexts } from "../plan/constraints.ts";
import type { InsertColumn } from "../plan/insert.ts";
import { type Raw, typeByName, typeByOid } from "../types/index.ts";
import { type Style, storedStyle } from "../types/style.ts";
import { jsonText } from "./values.ts";

/** A value with the type it has. */
export interface Assigned {
  readonly column: InsertColumn;
  readonly type: number;
  readonly value: Raw;
}

export interface NewDocument {
  /** null: none was given and none follows from the row. */
  readonly id: string | null;
  readonly body: string;
}

/** The key's text: what a document's id is made of. */
function keyText(value: Raw, type: number, style: Style): string | null {
  return value === null ? null : typeByOid(type).output(value, storedStyle(style));
}

/** The id of a row; null when there is no value for it. Throws 23502 where a declared key has none. */
export function idOf(table: TableInfo | null, assigned: readonly Assigned[], style: Style): string | null {
  const id = assigned.find(({ column }) => column.role === "id");
  if (id !== undefined) {
    const text = keyText(id.value, id.type, style);
    if (text !== null) return checkId(text);
  }
  const key = table?.definition?.primaryKey ?? null;
  if (key === null || table === null) return null;
  const texts = key.columns.map((name) => {
    const found = assigned.find(({ column }) => column.name === name);
    const text = found === undefined ? null : keyText(found.value, found.type, style);
    return text ?? notNull(table, name, assigned, style);
  });
  return checkId(joinKeyTexts(texts));
}

function notNull(table: TableInfo, column: string, assigned: readonly Assigned[], style: Style): never {
  const shown = (table.definition?.columns ?? []).map(({ name }) => {
    const found = assigned.find((item) => item.column.name === name);
    return found === undefined || found.value === null ? "null" : typeByOid(found.type).output(found.value, style);
  });
  return fail("23502", `null value in column "${column}" of relation "${table.name}" violates not-null constraint`, {
    detail: `Failing row contains (${shown.join(", ")}).`,
    schema: "public",
    table: table.name,
    column,
  });
}

/** A new document of a row. Fields stand in the order of the columns. */
export function newDocument(table: TableInfo | null, assigned: readonly Assigned[], style: Style): NewDocument {
  const members = assigned
    .filter(({ column }) => column.role !== "id")
    .map(({ column, type, value }) => `${JSON.stringify(column.name)}:${jsonText(value, type, style)}`);
  return { id: idOf(table, assigned, style), body: `{${members.join(",")}}` };
}

export interface ChangedDocument {
  readonly id: string;
  readonly body: string | Buffer;
  readonly kind: Version["kind"];
}

/** A document with fields set. The document's id follows when a column of the key changes. */
export function changeDocument(table: TableInfo, version: Version, assigned: readonly Assigned[], style: Style): ChangedDocument {
  const id = changedId(table, version, assigned, style);
  const fields = assigned.filter(({ column }) => column.role !== "id");
  if (version.kind === KIND.string) {
    const [only] = fields;
    if (fields.length === 0) return { id, body: version.body, kind: version.kind };
    if (fields.length === 1 && only?.column.role === "value" && typeof only.value === "string") {
      return { id, body: typeByOid(only.type).output(only.value, storedStyle(style)), kind: KIND.string };
    }
  }
  const object: JsonObject =
    version.kind === KIND.string
      ? parseObject(`{"value":${JSON.stringify(String(version.body))}}`)
      : parseObject(String(version.body));
  const changes = new Map<string, string>();
  for (const { column, type, value } of fields) {
    // A hash holds strings only.
    const json =
      version.kind === KIND.hash && value !== null
        ? JSON.stringify(typeByOid(type).output(value, storedStyle(style)))
        : jsonText(value, type, style);
    changes.set(column.name, json);
  }
  return { id, body: withMembers(object, changes), kind: version.kind === KIND.string ? KIND.document : version.kind };
}

function changedId(table: TableInfo, version: Version, assigned: readonly Assigned[], style: Style): string {
  const own = assigned.find(({ column }) => column.role === "id");
  if (own !== undefined) return checkId(keyText(own.value, own.type, style) ?? notNull(table, own.column.name, assigned, style));
  const key = table.definition?.primaryKey ?? null;
  if (key === null || !key.columns.some((name) => assigned.some(({ column }) => column.name === name))) return version.id;
  const object = parseObject(String(version.body));
  const texts = key.columns.map((name) => {
    const found = assigned.find(({ column }) => column.name === name);
    if (found !== undefined) return keyText(found.value, found.type, style) ?? notNull(table, name, assigned, style);
    const member = object.members.find((candidate) => candidate.key === name);
    const type = typeByName(table.definition?.columns.find((column) => column.name === name)?.type ?? "text");
    if (member === undefined || type === undefined) return notNull(table, name, assigned, style);
    return type.output(type.fromJson(object.text.slice(member.start, member.end), style), storedStyle(style));
  });
  return checkId(joinKeyTexts(texts));
}

/** Values a document has now, of those columns that are not assigned. */
export function storedValues(
  table: TableInfo,
  version: Version,
  columns: readonly string[],
  assigned: readonly Assigned[],
  style: Style,
): Assigned[] {
  const object = version.kind === KIND.string ? null : parseObject(String(version.body));
  return columns.flatMap((name): Assigned[] => {
    if (assigned.some(({ column }) => column.name === name)) return [];
    const definition = table.definition?.columns.find((column) => column.name === name);
    const type = definition === undefined ? undefined : typeByName(definition.type);
    if (type === undefined) return [];
    const column: InsertColumn = { name, role: isIdColumn(table, name) ? "id" : "field", type: type.oid };
    const json = column.role === "id" ? JSON.stringify(version.id) : object === null ? undefined : memberText(object, name);
    const value = json === undefined || json === "null" ? null : type.fromJson(json, style);
    return [{ column, type: type.oid, value }];
  });
}
