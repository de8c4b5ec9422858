// pg_get_viewdef and its kin, for kinds of objects that do not exist yet: null, as PostgreSQL answers for an unknown OID.
import { OID } from "../../types/index.ts";
import { defineFunction, type SqlFunction } from "../define.ts";

const none = { returns: OID.text, volatility: "stable", kind: "scalar", sqlite: (): string => "NULL" } as const;

export const definitions: readonly SqlFunction[] = [
  defineFunction({ ...none, name: "pg_get_viewdef", args: [OID.oid, OID.bool], optional: 1 }),
  defineFunction({ ...none, name: "pg_get_ruledef", args: [OID.oid, OID.bool], optional: 1 }),
  defineFunction({ ...none, name: "pg_get_triggerdef", args: [OID.oid, OID.bool], optional: 1 }),
  defineFunction({ ...none, name: "pg_get_functiondef", args: [OID.oid] }),
  defineFunction({ ...none, name: "pg_get_function_arguments", args: [OID.oid] }),
  defineFunction({ ...none, name: "pg_get_function_identity_arguments", args: [OID.oid] }),
  defineFunction({ ...none, name: "pg_get_function_result", args: [OID.oid] }),
  defineFunction({ ...none, name: "pg_get_function_sqlbody", args: [OID.oid] }),
  defineFunction({ ...none, name: "pg_get_statisticsobjdef_columns", args: [OID.oid] }),
  defineFunction({ ...none, name: "pg_get_partkeydef", args: [OID.oid] }),
  defineFunction({ ...none, name: "pg_get_serial_sequence", args: [OID.text, OID.text] }),
  defineFunction({ ...none, name: "pg_describe_object", args: [OID.oid, OID.oid, OID.int4] }),
  defineFunction({ ...none, name: "pg_index_column_has_property", args: [OID.regclass, OID.int4, OID.text], returns: OID.bool }),
];
