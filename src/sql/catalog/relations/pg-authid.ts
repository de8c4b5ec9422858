import { catalogRows } from "../define.ts";
import { rolesOf } from "../roles.ts";

/** As pg_roles; verifiers never leave the server, so `rolpassword` is null. */
export const pgAuthid = catalogRows("pg_catalog.pg_authid", (facts) =>
  rolesOf(facts).map(({ oid, name }) => ({
    oid,
    rolname: name,
    rolsuper: 1,
    rolinherit: 1,
    rolcreaterole: 1,
    rolcreatedb: 1,
    rolcanlogin: 1,
    rolreplication: 0,
    rolbypassrls: 1,
    rolconnlimit: -1,
  })),
);
