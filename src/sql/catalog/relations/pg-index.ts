import { numbers } from "../arrays.ts";
import { catalogRows } from "../define.ts";
import { objectsOf } from "../objects.ts";
import { defaultOpclass } from "../opclasses.ts";
import { TYPES_BY_OID } from "../type-facts.ts";

/** The indexes behind primary keys and unique constraints. */
export const pgIndex = catalogRows("pg_catalog.pg_index", ({ catalog }) =>
  objectsOf(catalog).tables.flatMap((table) =>
    table.indexes.map((index) => ({
      indexrelid: index.oid,
      indrelid: table.oid,
      indnatts: index.columns.length,
      indnkeyatts: index.columns.length,
      indisunique: 1,
      indnullsnotdistinct: 0,
      indisprimary: index.primary ? 1 : 0,
      indisexclusion: 0,
      indimmediate: 1,
      indisclustered: 0,
      indisvalid: 1,
      indcheckxmin: 0,
      indisready: 1,
      indislive: 1,
      indisreplident: 0,
      indkey: numbers(index.columns.map((column) => column.attribute)),
      indcollation: numbers(index.columns.map((column) => TYPES_BY_OID.get(column.typeOid)?.collation ?? 0)),
      indclass: numbers(index.columns.map((column) => defaultOpclass(column.typeOid))),
      indoption: numbers(index.columns.map(() => 0)),
    })),
  ),
);
