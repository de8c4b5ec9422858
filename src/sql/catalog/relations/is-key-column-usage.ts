import { catalogRows } from "../define.ts";
import { objectsOf } from "../objects.ts";

export const isKeyColumnUsage = catalogRows("information_schema.key_column_usage", ({ catalog, database }) =>
  objectsOf(catalog).tables.flatMap((table) =>
    table.indexes.flatMap((index) =>
      index.columns.map((column, position) => ({
        constraint_catalog: database,
        constraint_schema: "public",
        constraint_name: index.name,
        table_catalog: database,
        table_schema: "public",
        table_name: table.name,
        column_name: column.name,
        ordinal_position: position + 1,
      })),
    ),
  ),
);
