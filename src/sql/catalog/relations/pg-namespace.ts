import { fixedRows } from "../define.ts";
import { OWNER, SCHEMA_OIDS } from "../oids.ts";

/** Schemas. Branch `main` is `public`. */
export const pgNamespace = fixedRows("pg_catalog.pg_namespace", () =>
  Object.entries(SCHEMA_OIDS).map(([nspname, oid]) => ({ oid, nspname, nspowner: OWNER.oid })),
);
