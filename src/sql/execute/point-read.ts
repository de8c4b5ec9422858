// `SELECT columns FROM table WHERE key = $1` without SQLite: the document by its key, its columns cut from its text. For the
// types whose text in a document is their text on the wire; where a document holds anything else (a number with an exponent, a
// plain string), SQLite is asked as for any query. That a declared key gives the document's id holds on every door (rules.ts),
// also for documents that were there when the table was declared.
import { type JsonObject, scanObject } from "../../base/json.ts";
import type { Caller, ReadView, Tenant } from "../../core/contract.ts";
import { KIND } from "../../log/entry.ts";
import type { Version } from "../../state/store.ts";
import type { Expression, Query, StoredColumn, TableSource } from "../check/tree.ts";
import type { SqlText } from "../contract.ts";
import { OID, typeByOid } from "../types/index.ts";
import { PLAIN_STYLE } from "../types/style.ts";

export interface PointRows {
  readonly rows: readonly (readonly SqlText[])[];
  readonly tag: string;
}

const INTEGERS = new Set<number>([OID.int2, OID.int4, OID.int8]);
const TEXTS = new Set<number>([OID.text, OID.varchar]);

/** How a column's value is read from its JSON. */
type Form = "id" | "integer" | "text" | "boolean" | "numeric";

interface Column {
  readonly name: string;
  readonly form: Form;
}

/** A value's JSON as the text of its type; undefined = not the JSON this type writes. */
function shown(form: Form, json: string): SqlText | undefined {
  if (json === "null") return null;
  switch (form) {
    case "integer":
      return /^(?:0|-?[1-9]\d{0,17})$/.test(json) ? json : undefined;
    case "numeric":
      return /^(?:0|-?[1-9]\d*)(?:\.\d+)?$/.test(json) ? json : undefined;
    case "boolean":
      return json === "true" ? "t" : json === "false" ? "f" : undefined;
    case "text":
      if (json.charCodeAt(0) !== 34) return undefined;
      if (!json.includes("\\")) return json.slice(1, -1);
      // Escaped characters may be halves of one, which the engine writes its own way.
      return json.includes("\\u") ? undefined : (JSON.parse(json) as string);
    case "id":
      return undefined;
  }
}

function formOf(column: StoredColumn): Form | null {
  if (column.role === "id") return INTEGERS.has(column.type) || TEXTS.has(column.type) ? "id" : null;
  if (column.role !== "field") return null;
  if (INTEGERS.has(column.type)) return "integer";
  if (TEXTS.has(column.type)) return "text";
  if (column.type === OID.bool) return "boolean";
  return column.type === OID.numeric ? "numeric" : null;
}

/** The column an expression is, maybe as another type of text. */
function columnOf(expression: Expression, source: TableSource): StoredColumn | null {
  if (expression.kind === "convert")
    return expression.free && expression.modifier === null && TEXTS.has(expression.type)
      ? columnOf(expression.arg, source)
      : null;
  if (expression.kind !== "column" || expression.source !== source) return null;
  return source.columns[expression.index] ?? null;
}

function isKey(column: StoredColumn, source: TableSource): boolean {
  if (column.role === "id") return true;
  const key = source.table.definition?.primaryKey;
  return key?.columns.length === 1 && key.columns[0] === column.name;
}

/** `key = value`, where the key gives the document's id. */
export class KeyTest {
  readonly column: Column;
  readonly #type: number;
  /** Number of the parameter, or the value itself. */
  readonly #wanted: number | string;

  private constructor(column: Column, type: number, wanted: number | string) {
    this.column = column;
    this.#type = type;
    this.#wanted = wanted;
  }

  /** Null where a condition is not of this kind. */
  static of(where: Expression | null, source: TableSource, parameterOids: readonly number[]): KeyTest | null {
    if (where?.kind !== "compare" || where.operator !== "=") return null;
    const left = columnOf(where.left, source);
    const key = left ?? columnOf(where.right, source);
    const value = left === null ? where.left : where.right;
    const form = key === null ? null : formOf(key);
    if (key === null || form === null || !isKey(key, source)) return null;
    const family = INTEGERS.has(key.type) ? INTEGERS : TEXTS.has(key.type) ? TEXTS : null;
    if (family === null || !family.has(value.type) || value.typmod !== -1) return null;
    const column = { name: key.name, form };
    if (value.kind === "parameter")
      return parameterOids[value.number - 1] === value.type ? new KeyTest(column, value.type, value.number) : null;
    return value.kind === "constant" && value.value !== null ? new KeyTest(column, value.type, String(value.value)) : null;
  }

  /** The document's id; null: there is none, because the value is null. Throws what a text that is no such value throws. */
  id(texts: readonly SqlText[]): string | null {
    const wanted = typeof this.#wanted === "number" ? (texts[this.#wanted - 1] ?? null) : this.#wanted;
    return wanted === null || !INTEGERS.has(this.#type) ? wanted : integerText(wanted, this.#type);
  }
}

export class PointRead {
  readonly #table: string;
  readonly #key: KeyTest;
  readonly #parameters: number;
  readonly #columns: readonly Column[];

  private constructor(source: TableSource, key: KeyTest, parameters: number, columns: readonly Column[]) {
    this.#table = source.table.name;
    this.#key = key;
    this.#parameters = parameters;
    this.#columns = columns;
  }

  /** Null where the query is not of this kind. */
  static of({ body, ctes, order, limit, offset }: Query, parameterOids: readonly number[]): PointRead | null {
    if (body.kind !== "select" || ctes.length > 0 || order.length > 0 || limit !== null || offset !== null) return null;
    const { targets, from, where, group, grouped, having, distinct, distinctOn } = body;
    if (group.length > 0 || grouped || having !== null || distinct || distinctOn.length > 0) return null;
    const [only] = from;
    if (from.length !== 1 || only?.kind !== "source" || only.source.kind !== "table" || only.source.given !== null) return null;
    const { source } = only;
    const key = KeyTest.of(where, source, parameterOids);
    if (key === null) return null;
    const columns: Column[] = [];
    for (const { expression } of targets) {
      const column = expression.kind === "column" && expression.source === source ? source.columns[expression.index] : undefined;
      const how = column === undefined ? null : formOf(column);
      if (column === undefined || how === null) return null;
      columns.push({ name: column.name, form: how });
    }
    return new PointRead(source, key, parameterOids.length, columns);
  }

  /** Null = SQLite must be asked. Throws what a parameter that is no such value throws. */
  read(tenant: Tenant, caller: Caller, texts: readonly SqlText[]): PointRows | null {
    if (texts.length !== this.#parameters) return null;
    const id = this.#key.id(texts);
    if (id === null) return NONE;
    const version = tenant.read(caller, (view: ReadView) => view.get(this.#table, id));
    if (version === undefined) return NONE;
    const row = this.#row(version);
    return row === null ? null : { rows: [row], tag: "SELECT 1" };
  }

  #row(version: Version): SqlText[] | null {
    if (version.kind !== KIND.document || typeof version.body !== "string") return null;
    const object = scanObject(version.body);
    if (object === null) return null;
    const key = this.#key.column;
    if (key.form !== "id" && cut(object, key, version.id) !== version.id) return null;
    const row = new Array<SqlText>(this.#columns.length);
    for (let at = 0; at < row.length; at++) {
      const column = this.#columns[at];
      const text = column === undefined ? undefined : cut(object, column, version.id);
      if (text === undefined) return null;
      row[at] = text;
    }
    return row;
  }
}

const NONE: PointRows = { rows: [], tag: "SELECT 0" };

function cut({ text, members }: JsonObject, { name, form }: Column, id: string): SqlText | undefined {
  if (form === "id") return id;
  for (const member of members) if (member.key === name) return shown(form, text.slice(member.start, member.end));
  return null;
}

/** As the type writes it, which is how ids are stored. */
function integerText(text: string, oid: number): string {
  if (oid !== OID.int2 && /^[1-9]\d{0,8}$/.test(text)) return text;
  const type = typeByOid(oid);
  return type.output(type.input(text, -1, PLAIN_STYLE), PLAIN_STYLE);
}
