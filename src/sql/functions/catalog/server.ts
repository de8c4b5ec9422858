// Small facts about the server that clients ask for.
import { OID } from "../../types/index.ts";
import { facts } from "../context.ts";
import { defineFunction, type SqlFunction } from "../define.ts";

const shared = { volatility: "stable", kind: "scalar" } as const;

export const server: readonly SqlFunction[] = [
  defineFunction({
    ...shared,
    name: "pg_backend_pid",
    args: [],
    returns: OID.int4,
    catalog: true,
    // The number of BackendKeyData, by which a CancelRequest finds the session.
    js: () => Number(facts().setting("chrondb.backend_pid") ?? 0),
  }),
  defineFunction({ ...shared, name: "pg_is_in_recovery", args: [], returns: OID.bool, sqlite: () => "0" }),
  defineFunction({ ...shared, name: "pg_my_temp_schema", args: [], returns: OID.oid, sqlite: () => "0" }),
  defineFunction({ ...shared, name: "pg_is_other_temp_schema", args: [OID.oid], returns: OID.bool, sqlite: () => "0" }),
  // Only what lies outside the data directory has a location, and nothing does.
  defineFunction({ ...shared, name: "pg_tablespace_location", args: [OID.oid], returns: OID.text, sqlite: () => "''" }),
  defineFunction({ ...shared, name: "pg_relation_is_publishable", args: [OID.regclass], returns: OID.bool, sqlite: () => "0" }),
];
