// CREATE TABLE: the definition a table is declared with. What is not kept is refused, never ignored.
import type { ColumnDef, Constraint, CreateStmt, Node } from "libpg-query";
import { isTableName } from "../../base/keys.ts";
import type { ColumnDefinition, TableDefinition, UniqueDefinition } from "../../log/entry.ts";
import type { Surroundings } from "../check/checker.ts";
import { resolveTypeName, textOf } from "../check/type-name.ts";
import { fail, unsupported } from "../errors.ts";
import { checkDefault, defaultOf } from "../plan/defaults.ts";
import { OID, type SqlType } from "../types/index.ts";
import { cutName } from "../types/texts.ts";
import { printExpression } from "./print-expression.ts";

export interface CreateTable {
  readonly definition: TableDefinition;
  readonly ifNotExists: boolean;
}

/** Columns one table may declare (SQLite and PostgreSQL both stop near here). */
const COLUMNS_MAXIMUM = 1_600;

interface Draft {
  columns: ColumnDefinition[];
  primary: { name: string | null; columns: string[]; at: number } | null;
  unique: { name: string | null; columns: string[]; at: number }[];
}

export function readCreateTable(node: CreateStmt, around: Surroundings): CreateTable {
  const range = node.relation ?? fail("42601", "CREATE TABLE needs a name");
  const table = range.relname ?? "";
  const at = range.location ?? 0;
  if (range.schemaname && range.schemaname !== "public" && range.schemaname !== "main")
    fail("3F000", `schema "${range.schemaname}" does not exist`, { at });
  if (range.relpersistence === "t") unsupported("a temporary table", at);
  if (!isTableName(table))
    fail("42602", `${JSON.stringify(table)} is no table name: 1 to 63 bytes without a colon or a leading underscore`, { at });
  if ((node.inhRelations ?? []).length > 0 || node.partbound !== undefined) unsupported("inheritance", at);
  if (node.partspec !== undefined) unsupported("partitioning", at);
  if (node.ofTypename !== undefined) unsupported("CREATE TABLE … OF", at);
  if ((node.options ?? []).length > 0) unsupported("a storage parameter", at);
  if (node.tablespacename) unsupported("a tablespace", at);
  const draft: Draft = { columns: [], primary: null, unique: [] };
  for (const element of node.tableElts ?? []) {
    if ("ColumnDef" in element) addColumn(element.ColumnDef, draft, table, around);
    else if ("Constraint" in element) addTableConstraint(element.Constraint, draft, table);
    else if ("TableLikeClause" in element) unsupported("LIKE in CREATE TABLE", at);
  }
  if (draft.columns.length > COLUMNS_MAXIMUM) fail("54011", `tables can have at most ${COLUMNS_MAXIMUM} columns`);
  const definition = finish(table, draft);
  for (const column of definition.columns) defaultOf(column, around);
  return { definition, ifNotExists: node.if_not_exists === true };
}

function addColumn(node: ColumnDef, draft: Draft, table: string, around: Surroundings): void {
  const name = node.colname ?? "";
  const at = node.location ?? 0;
  if (draft.columns.some((column) => column.name === name)) fail("42701", `column "${name}" specified more than once`);
  if (name === "id" && node.typeName === undefined) fail("42601", "a column needs a type", { at });
  if (node.typeName === undefined) return fail("42601", `column "${name}" needs a type`, { at });
  const word = textOf(node.typeName.names?.at(-1));
  if (/^(small|big)?serial[248]?$/.test(word)) unsupported(`the type ${word}`, at);
  const { type, typmod } = resolveTypeName(node.typeName);
  refuseType(type, at);
  if (node.collClause !== undefined) collation(textOf(node.collClause.collname?.at(-1)), at);
  let notNull = false;
  let written: string | null = null;
  for (const part of node.constraints ?? []) {
    if (!("Constraint" in part)) continue;
    const { Constraint: constraint } = part;
    switch (constraint.contype) {
      case "CONSTR_NOTNULL":
        notNull = true;
        break;
      case "CONSTR_NULL":
        break;
      case "CONSTR_DEFAULT":
        // Checked where it stands, so that an error points to it; kept as text.
        if (constraint.raw_expr !== undefined) checkDefault(constraint.raw_expr, { name, type: type.name, typmod }, around);
        written = defaultText(constraint.raw_expr, type);
        break;
      case "CONSTR_PRIMARY":
        primary(draft, constraint, [name], table);
        break;
      case "CONSTR_UNIQUE":
        draft.unique.push({ name: constraint.conname ?? null, columns: [name], at: constraint.location ?? 0 });
        break;
      default:
        refuseConstraint(constraint);
    }
  }
  draft.columns.push({ name, type: type.name, typmod, notNull, default: written });
}

/** `NULL` is the same as none. */
function defaultText(node: Node | undefined, type: SqlType): string | null {
  if (node === undefined || ("A_Const" in node && node.A_Const.isnull)) return null;
  return printExpression(node, type);
}

const STORABLE = new Set<number>([
  OID.bool,
  OID.bytea,
  OID.int2,
  OID.int4,
  OID.int8,
  OID.text,
  OID.varchar,
  OID.bpchar,
  OID.name,
  OID.char,
  OID.oid,
  OID.float4,
  OID.float8,
  OID.numeric,
  OID.date,
  OID.time,
  OID.timestamp,
  OID.timestamptz,
  OID.interval,
  OID.uuid,
  OID.json,
  OID.jsonb,
]);

function refuseType(type: SqlType, at: number): void {
  const base = type.category === "A" ? type.elementOid : type.oid;
  if (!STORABLE.has(base)) fail("0A000", `a column of type ${type.display} is not supported by ChronDB`, { at });
}

function collation(name: string, at: number): void {
  if (!["default", "C", "POSIX", "C.UTF-8", "ucs_basic"].includes(name)) {
    fail("0A000", `collation "${name}" is not supported by ChronDB: text is compared by its bytes, as collation "C" does`, {
      at,
    });
  }
}

const WORDS: Readonly<Record<string, string>> = {
  CONSTR_CHECK: "a CHECK constraint",
  CONSTR_FOREIGN: "a foreign key",
  CONSTR_EXCLUSION: "an exclusion constraint",
  CONSTR_IDENTITY: "an identity column",
  CONSTR_GENERATED: "a generated column",
};

function refuseConstraint(constraint: Constraint): never {
  return unsupported(WORDS[constraint.contype ?? ""] ?? "a deferrable or not enforced constraint", constraint.location ?? 0);
}

function primary(draft: Draft, constraint: Constraint, columns: string[], table: string): void {
  if (draft.primary !== null)
    fail("42P16", `multiple primary keys for table "${table}" are not allowed`, { at: constraint.location ?? 0 });
  if (constraint.deferrable) refuseConstraint(constraint);
  draft.primary = { name: constraint.conname ?? null, columns, at: constraint.location ?? 0 };
}

function addTableConstraint(constraint: Constraint, draft: Draft, table: string): void {
  const columns = (constraint.keys ?? []).map(textOf);
  if (constraint.contype === "CONSTR_PRIMARY") primary(draft, constraint, columns, table);
  else if (constraint.contype === "CONSTR_UNIQUE")
    draft.unique.push({ name: constraint.conname ?? null, columns, at: constraint.location ?? 0 });
  else refuseConstraint(constraint);
}

function finish(table: string, draft: Draft): TableDefinition {
  const names = new Set(draft.columns.map((column) => column.name));
  const keys = [...(draft.primary === null ? [] : [draft.primary]), ...draft.unique];
  for (const { columns, at } of keys) {
    for (const name of columns) if (!names.has(name)) fail("42703", `column "${name}" named in key does not exist`, { at });
  }
  const taken = new Set<string>();
  const free = (wanted: string): string => {
    let name = cutName(wanted);
    for (let n = 1; taken.has(name); n++) name = cutName(`${wanted}${n}`);
    taken.add(name);
    return name;
  };
  const primaryKey =
    draft.primary === null ? null : { name: free(draft.primary.name ?? `${table}_pkey`), columns: draft.primary.columns };
  // A UNIQUE over the primary key's columns says nothing new.
  const unique = draft.unique
    .filter(({ columns }) => primaryKey === null || columns.join("\u0000") !== primaryKey.columns.join("\u0000"))
    .map(
      (constraint): UniqueDefinition => ({
        name: free(constraint.name ?? `${table}_${constraint.columns.join("_")}_key`),
        columns: constraint.columns,
      }),
    );
  const inKey = new Set(primaryKey?.columns ?? []);
  const columns = draft.columns.map((column) => (inKey.has(column.name) ? { ...column, notNull: true } : column));
  return { table, columns, primaryKey, unique, unversioned: false };
}
