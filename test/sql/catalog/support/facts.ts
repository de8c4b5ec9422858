// A catalogue snapshot as the state room would give it, and the facts of a session on it.
import type { TableDefinition } from "../../../../src/log/entry.ts";
import type { SessionFacts } from "../../../../src/sql/relations.ts";
import { type CatalogSnapshot, SEEN, type TableInfo } from "../../../../src/state/store.ts";

const column = (name: string, type: string, extra: Partial<TableDefinition["columns"][number]> = {}) => ({
  name,
  type,
  typmod: -1,
  notNull: false,
  default: null,
  ...extra,
});

/** What `DECLARED_SQL` declares. */
export const DECLARED: TableDefinition = {
  table: "person",
  columns: [
    column("id", "int4", { notNull: true }),
    column("name", "varchar", { typmod: 44, notNull: true }),
    column("email", "text"),
    column("age", "int2", { default: "18" }),
    column("balance", "numeric", { typmod: 655_366 }),
    column("score", "float8", { default: "1.5" }),
    column("ok", "bool", { default: "true" }),
    column("born", "date"),
    column("seen", "timestamptz", { typmod: 3 }),
    column("doc", "jsonb"),
    column("tags", "_text"),
    column("Odd Name", "uuid"),
  ],
  primaryKey: { name: "person_pkey", columns: ["id"] },
  unique: [
    { name: "person_email_key", columns: ["email"] },
    { name: "person_name_age_key", columns: ["name", "age"] },
  ],
  unversioned: false,
};

export const DECLARED_SQL = `CREATE TABLE person (
  id int PRIMARY KEY, name varchar(40) NOT NULL, email text UNIQUE, age smallint DEFAULT 18, balance numeric(10,2),
  score float8 DEFAULT 1.5, ok boolean DEFAULT true, born date, seen timestamptz(3), doc jsonb, tags text[], "Odd Name" uuid,
  UNIQUE (name, age))`;

const table = (tid: number, info: Partial<TableInfo> & { name: string }): TableInfo => ({
  tid,
  definition: null,
  fields: [],
  kinds: 1,
  ...info,
});

const TABLES = [
  table(1, { name: "person", definition: DECLARED }),
  table(2, {
    name: "city",
    kinds: 0b11,
    fields: [
      { name: "name", seen: SEEN.string },
      { name: "population", seen: SEEN.integer | SEEN.null },
      { name: "lat", seen: SEEN.number | SEEN.integer },
      { name: "capital", seen: SEEN.boolean },
      { name: "tags", seen: SEEN.array | SEEN.string },
    ],
  }),
];

export const CATALOG_SNAPSHOT: CatalogSnapshot = { version: 1, tables: new Map(TABLES.map((info) => [info.name, info])) };

export const FACTS: SessionFacts = {
  database: "chrondb",
  user: "ada",
  databases: ["chrondb", "other"],
  now: 0,
  catalog: CATALOG_SNAPSHOT,
  setting: (name) => (name === "search_path" ? '"$user", public' : name === "server_version" ? "15.18" : null),
  lists: {
    prepared: () => [{ name: "p", text: "PREPARE p AS SELECT 1", preparedAt: 1, parameterOids: [23], fromSql: true }],
    cursors: () => [{ name: "c", text: "DECLARE c", declaredAt: 1, hold: false, binary: false, scroll: true }],
    channels: () => ["news"],
  },
  settings: () => [{ name: "TimeZone", value: "UTC", description: "Time zone." }],
};

/** A relation's rows by column name. */
export function rowsOf(
  relation: { columns: readonly { name: string }[]; rows(facts: SessionFacts): readonly (readonly unknown[])[] } | undefined,
): Record<string, unknown>[] {
  if (relation === undefined) throw new Error("there is no such relation");
  return relation.rows(FACTS).map((row) => Object.fromEntries(relation.columns.map((each, at) => [each.name, row[at]])));
}
