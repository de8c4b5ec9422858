import { catalogRows } from "../define.ts";
import { objectsOf } from "../objects.ts";

/** Which tables there are; ChronDB keeps no counts for them here (see /metrics), so those columns are null. */
export const pgStatUserTables = catalogRows("pg_catalog.pg_stat_user_tables", ({ catalog }) =>
  objectsOf(catalog).tables.map((table) => ({ relid: table.oid, schemaname: "public", relname: table.name })),
);
