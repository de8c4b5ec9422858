import { catalogRows } from "../define.ts";
import { databaseOid, OWNER, TABLESPACE_OID } from "../oids.ts";

/** Tenants. */
export const pgDatabase = catalogRows("pg_catalog.pg_database", ({ databases }) =>
  databases.map((datname, position) => ({
    oid: databaseOid(position),
    datname,
    datdba: OWNER.oid,
    encoding: 6,
    datlocprovider: "c",
    datistemplate: 0,
    datallowconn: 1,
    datconnlimit: -1,
    datfrozenxid: 3,
    datminmxid: 1,
    dattablespace: TABLESPACE_OID,
    datcollate: "C.UTF-8",
    datctype: "C.UTF-8",
  })),
);
