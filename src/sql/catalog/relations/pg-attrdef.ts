import { catalogRows } from "../define.ts";
import { objectsOf } from "../objects.ts";

/** Defaults of columns; `adbin` holds the SQL text, which pg_get_expr hands out. */
export const pgAttrdef = catalogRows("pg_catalog.pg_attrdef", ({ catalog }) =>
  objectsOf(catalog).tables.flatMap((table) =>
    table.columns
      .filter((column) => column.default !== null)
      .map((column) => ({ oid: column.defaultOid, adrelid: table.oid, adnum: column.attribute, adbin: column.default })),
  ),
);
