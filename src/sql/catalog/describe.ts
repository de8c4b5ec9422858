// Catalogue objects as SQL text, the way PostgreSQL prints them.
import { findType, showType } from "../types/index.ts";
import type { CatalogColumn, CatalogIndex, CatalogTable } from "./objects.ts";
import { quoteIdentifier } from "./quote.ts";

/** `CREATE UNIQUE INDEX t_pkey ON public.t USING btree (id)` */
export function indexDefinition(table: CatalogTable, index: CatalogIndex): string {
  return `CREATE UNIQUE INDEX ${quoteIdentifier(index.name)} ON public.${quoteIdentifier(table.name)} USING btree (${columnList(index)})`;
}

/** `PRIMARY KEY (id)` */
export function constraintDefinition(index: CatalogIndex): string {
  return `${index.primary ? "PRIMARY KEY" : "UNIQUE"} (${columnList(index)})`;
}

function columnList(index: CatalogIndex): string {
  return index.columns.map((column) => quoteIdentifier(column.name)).join(", ");
}

/** The name PostgreSQL's information schema makes up for a NOT NULL. */
export function notNullName(table: CatalogTable, column: CatalogColumn): string {
  return `2200_${table.oid}_${column.attribute}_not_null`;
}

/** information_schema's data_type: without modifiers, arrays as ARRAY. */
export function dataType(typeOid: number): string {
  const type = findType(typeOid);
  return type !== undefined && type.elementOid !== 0 && type.category === "A" ? "ARRAY" : showType(typeOid);
}
