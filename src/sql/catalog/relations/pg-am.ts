import { fixedRows } from "../define.ts";
import { BTREE_OID, HEAP_OID } from "../oids.ts";

/** Access methods: how tables and indexes present themselves. */
export const pgAm = fixedRows("pg_catalog.pg_am", () => [
  { oid: HEAP_OID, amname: "heap", amhandler: 3, amtype: "t" },
  { oid: BTREE_OID, amname: "btree", amhandler: 330, amtype: "i" },
]);
