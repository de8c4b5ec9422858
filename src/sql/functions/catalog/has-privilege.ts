// has_table_privilege and its kin. Whoever is past the door is an administrator, so the answer is yes for every object that
// exists; what does not exist is an error by name and null by OID, as in PostgreSQL.

import { RELATIONS } from "../../catalog/define.ts";
import { nameResolver } from "../../catalog/names.ts";
import { objectsOf } from "../../catalog/objects.ts";
import { fail } from "../../errors.ts";
import { OID, type Raw } from "../../types/index.ts";
import { facts } from "../context.ts";
import { defineFunction, type SqlFunction } from "../define.ts";

type Check = (object: Raw, byName: boolean) => Raw;

const tableExists: Check = (object, byName) => {
  const known = facts();
  if (byName) {
    if (nameResolver(known).toOid("regclass", String(object)) !== null) return 1;
    return fail("42P01", `relation "${object}" does not exist`);
  }
  const oid = Number(object);
  const objects = objectsOf(known.catalog);
  return objects.tableByOid.has(oid) || objects.indexByOid.has(oid) || RELATIONS.some((relation) => relation.oid === oid)
    ? 1
    : null;
};

const schemaExists: Check = (object, byName) => {
  const names = nameResolver(facts());
  if (!byName) return names.toName("regnamespace", Number(object)) === null ? null : 1;
  return names.toOid("regnamespace", String(object)) === null ? fail("3F000", `schema "${object}" does not exist`) : 1;
};

const databaseExists: Check = (object, byName) => {
  if (!byName) return 1;
  return facts().databases.includes(String(object)) ? 1 : fail("3D000", `database "${object}" does not exist`);
};

const granted: Check = () => 1;

const KINDS: readonly [name: string, check: Check][] = [
  ["has_table_privilege", tableExists],
  ["has_any_column_privilege", tableExists],
  ["has_schema_privilege", schemaExists],
  ["has_database_privilege", databaseExists],
  ["has_function_privilege", granted],
  ["has_language_privilege", granted],
  ["has_sequence_privilege", tableExists],
  ["has_tablespace_privilege", granted],
  ["has_type_privilege", granted],
  ["has_foreign_data_wrapper_privilege", granted],
  ["has_server_privilege", granted],
];

const shared = { returns: OID.bool, volatility: "stable", kind: "scalar", catalog: true } as const;

/** Each takes the object by name or OID, with or without a role (by name or OID) before it. */
function family(name: string, check: Check): SqlFunction[] {
  return [OID.text, OID.oid].flatMap((object) => [
    defineFunction({ ...shared, name, args: [object, OID.text], js: (given = null) => check(given, object === OID.text) }),
    ...[OID.name, OID.oid].map((role) =>
      defineFunction({
        ...shared,
        name,
        args: [role, object, OID.text],
        js: (_role, given = null) => check(given, object === OID.text),
      }),
    ),
  ]);
}

/** has_column_privilege(table, column, privilege): the column by name or number. */
const columnFamily: readonly SqlFunction[] = [OID.text, OID.oid].flatMap((object) =>
  [OID.text, OID.int2].map((column) =>
    defineFunction({
      ...shared,
      name: "has_column_privilege",
      args: [object, column, OID.text],
      js: (given = null) => tableExists(given, object === OID.text),
    }),
  ),
);

/** pg_has_role([user,] role, privilege). */
const roleFamily: readonly SqlFunction[] = [OID.name, OID.oid].flatMap((role) => [
  defineFunction({ ...shared, name: "pg_has_role", args: [role, OID.text], js: () => 1 }),
  ...[OID.name, OID.oid].map((user) =>
    defineFunction({ ...shared, name: "pg_has_role", args: [user, role, OID.text], js: () => 1 }),
  ),
]);

export const hasPrivilege: readonly SqlFunction[] = [
  ...KINDS.flatMap(([name, check]) => family(name, check)),
  ...columnFamily,
  ...roleFamily,
];
