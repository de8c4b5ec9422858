import { catalogRows } from "../define.ts";
import { rolesOf } from "../roles.ts";

export const pgRoles = catalogRows("pg_catalog.pg_roles", (facts) =>
  rolesOf(facts).map(({ oid, name }) => ({
    rolname: name,
    rolsuper: 1,
    rolinherit: 1,
    rolcreaterole: 1,
    rolcreatedb: 1,
    rolcanlogin: 1,
    rolreplication: 0,
    rolconnlimit: -1,
    rolpassword: "********",
    rolbypassrls: 1,
    oid,
  })),
);
