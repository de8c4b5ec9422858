import { catalogRows, RELATIONS } from "../define.ts";
import { objectsOf } from "../objects.ts";

export const isTables = catalogRows("information_schema.tables", ({ catalog, database }) => [
  ...objectsOf(catalog).tables.map((table) => ({
    table_catalog: database,
    table_schema: "public",
    table_name: table.name,
    table_type: "BASE TABLE",
    is_insertable_into: "YES",
    is_typed: "NO",
  })),
  ...RELATIONS.map((relation) => ({
    table_catalog: database,
    table_schema: relation.schema,
    table_name: relation.name,
    table_type: relation.kind === "v" ? "VIEW" : "BASE TABLE",
    is_insertable_into: "NO",
    is_typed: "NO",
  })),
]);
