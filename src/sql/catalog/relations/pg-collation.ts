import { fixedRows } from "../define.ts";
import { OWNER, SCHEMA_OIDS } from "../oids.ts";

const COLLATIONS = [
  { oid: 100, collname: "default", collprovider: "d", locale: null },
  { oid: 950, collname: "C", collprovider: "c", locale: "C" },
  { oid: 951, collname: "POSIX", collprovider: "c", locale: "POSIX" },
] as const;

/** Text sorts by code point, which is what PostgreSQL calls C. */
export const pgCollation = fixedRows("pg_catalog.pg_collation", () =>
  COLLATIONS.map(({ oid, collname, collprovider, locale }) => ({
    oid,
    collname,
    collnamespace: SCHEMA_OIDS.pg_catalog,
    collowner: OWNER.oid,
    collprovider,
    collisdeterministic: 1,
    collencoding: -1,
    collcollate: locale,
    collctype: locale,
  })),
);
