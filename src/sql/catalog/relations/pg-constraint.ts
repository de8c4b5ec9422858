import { numbers } from "../arrays.ts";
import { catalogRows } from "../define.ts";
import { objectsOf } from "../objects.ts";
import { SCHEMA_OIDS } from "../oids.ts";

/** Primary keys and unique constraints. */
export const pgConstraint = catalogRows("pg_catalog.pg_constraint", ({ catalog }) =>
  objectsOf(catalog).tables.flatMap((table) =>
    table.indexes.map((index) => ({
      oid: index.constraintOid,
      conname: index.name,
      connamespace: SCHEMA_OIDS.public,
      contype: index.primary ? "p" : "u",
      condeferrable: 0,
      condeferred: 0,
      convalidated: 1,
      conrelid: table.oid,
      contypid: 0,
      conindid: index.oid,
      conparentid: 0,
      confrelid: 0,
      confupdtype: " ",
      confdeltype: " ",
      confmatchtype: " ",
      conislocal: 1,
      coninhcount: 0,
      connoinherit: 1,
      conkey: numbers(index.columns.map((column) => column.attribute)),
    })),
  ),
);
