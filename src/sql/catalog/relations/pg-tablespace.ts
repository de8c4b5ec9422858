import { fixedRows } from "../define.ts";
import { OWNER, TABLESPACE_OID } from "../oids.ts";

export const pgTablespace = fixedRows("pg_catalog.pg_tablespace", () => [
  { oid: TABLESPACE_OID, spcname: "pg_default", spcowner: OWNER.oid },
  { oid: TABLESPACE_OID + 1, spcname: "pg_global", spcowner: OWNER.oid },
]);
