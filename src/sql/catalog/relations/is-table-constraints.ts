import { type CatalogRow, catalogRows } from "../define.ts";
import { notNullName } from "../describe.ts";
import { objectsOf } from "../objects.ts";

/** Primary keys, unique constraints, and, as the standard wants it, a CHECK for each NOT NULL. */
export const isTableConstraints = catalogRows("information_schema.table_constraints", ({ catalog, database }) => {
  const row = (table: string, name: string, type: string): CatalogRow => ({
    constraint_catalog: database,
    constraint_schema: "public",
    constraint_name: name,
    table_catalog: database,
    table_schema: "public",
    table_name: table,
    constraint_type: type,
    is_deferrable: "NO",
    initially_deferred: "NO",
    enforced: "YES",
    nulls_distinct: type === "UNIQUE" ? "YES" : null,
  });
  return objectsOf(catalog).tables.flatMap((table) => [
    ...table.indexes.map((index) => row(table.name, index.name, index.primary ? "PRIMARY KEY" : "UNIQUE")),
    ...table.columns.filter((column) => column.notNull).map((column) => row(table.name, notNullName(table, column), "CHECK")),
  ]);
});
