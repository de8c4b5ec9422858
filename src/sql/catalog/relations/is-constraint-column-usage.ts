import { catalogRows } from "../define.ts";
import { objectsOf } from "../objects.ts";

export const isConstraintColumnUsage = catalogRows("information_schema.constraint_column_usage", ({ catalog, database }) =>
  objectsOf(catalog).tables.flatMap((table) =>
    table.indexes.flatMap((index) =>
      index.columns.map((column) => ({
        table_catalog: database,
        table_schema: "public",
        table_name: table.name,
        column_name: column.name,
        constraint_catalog: database,
        constraint_schema: "public",
        constraint_name: index.name,
      })),
    ),
  ),
);
