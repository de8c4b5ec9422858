import { catalogRows } from "../define.ts";
import { indexDefinition } from "../describe.ts";
import { objectsOf } from "../objects.ts";

export const pgIndexes = catalogRows("pg_catalog.pg_indexes", ({ catalog }) =>
  objectsOf(catalog).tables.flatMap((table) =>
    table.indexes.map((index) => ({
      schemaname: "public",
      tablename: table.name,
      indexname: index.name,
      indexdef: indexDefinition(table, index),
    })),
  ),
);
