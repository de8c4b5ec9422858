import { catalogRows } from "../define.ts";
import { rolesOf } from "../roles.ts";

export const pgUser = catalogRows("pg_catalog.pg_user", (facts) =>
  rolesOf(facts).map(({ oid, name }) => ({
    usename: name,
    usesysid: oid,
    usecreatedb: 1,
    usesuper: 1,
    userepl: 0,
    usebypassrls: 1,
    passwd: "********",
  })),
);
