import { catalogRows, RELATIONS } from "../define.ts";
import { objectsOf } from "../objects.ts";
import { OWNER } from "../oids.ts";

export const pgTables = catalogRows("pg_catalog.pg_tables", ({ catalog }) => [
  ...objectsOf(catalog).tables.map((table) => ({
    schemaname: "public",
    tablename: table.name,
    tableowner: OWNER.name,
    hasindexes: table.indexes.length > 0 ? 1 : 0,
    hasrules: 0,
    hastriggers: 0,
    rowsecurity: 0,
  })),
  ...RELATIONS.filter((relation) => relation.kind === "r").map((relation) => ({
    schemaname: relation.schema,
    tablename: relation.name,
    tableowner: OWNER.name,
    hasindexes: 0,
    hasrules: 0,
    hastriggers: 0,
    rowsecurity: 0,
  })),
]);
