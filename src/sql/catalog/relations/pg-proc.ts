import { numbers } from "../arrays.ts";
import { fixedRows } from "../define.ts";
import { OWNER, SCHEMA_OIDS } from "../oids.ts";
import { PROCS } from "../procs.ts";

const LANGUAGE_INTERNAL = 12;

/** The functions that other catalogues refer to. */
export const pgProc = fixedRows("pg_catalog.pg_proc", () =>
  PROCS.map((proc) => ({
    oid: proc.oid,
    proname: proc.name,
    pronamespace: SCHEMA_OIDS.pg_catalog,
    proowner: OWNER.oid,
    prolang: LANGUAGE_INTERNAL,
    procost: 1,
    prorows: proc.returnsSet ? 1000 : 0,
    provariadic: 0,
    prosupport: 0,
    prokind: proc.kind,
    prosecdef: 0,
    proleakproof: 0,
    proisstrict: proc.strict ? 1 : 0,
    proretset: proc.returnsSet ? 1 : 0,
    provolatile: proc.volatility,
    proparallel: "s",
    pronargs: proc.args.length,
    pronargdefaults: 0,
    prorettype: proc.returns,
    proargtypes: numbers(proc.args),
    prosrc: proc.name,
  })),
);
