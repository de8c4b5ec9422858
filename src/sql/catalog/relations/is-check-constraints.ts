import { catalogRows } from "../define.ts";
import { notNullName } from "../describe.ts";
import { objectsOf } from "../objects.ts";

export const isCheckConstraints = catalogRows("information_schema.check_constraints", ({ catalog, database }) =>
  objectsOf(catalog).tables.flatMap((table) =>
    table.columns
      .filter((column) => column.notNull)
      .map((column) => ({
        constraint_catalog: database,
        constraint_schema: "public",
        constraint_name: notNullName(table, column),
        check_clause: `${column.name} IS NOT NULL`,
      })),
  ),
);
