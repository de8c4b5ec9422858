// pg_get_userbyid(role): the role's name.
import { rolesOf } from "../../catalog/roles.ts";
import { OID } from "../../types/index.ts";
import { facts } from "../context.ts";
import { defineFunction } from "../define.ts";

export const pgGetUserbyid = defineFunction({
  name: "pg_get_userbyid",
  args: [OID.oid],
  returns: OID.name,
  volatility: "stable",
  kind: "scalar",
  catalog: true,
  js: (oid) => rolesOf(facts()).find((role) => role.oid === Number(oid))?.name ?? `unknown (OID=${oid})`,
});
