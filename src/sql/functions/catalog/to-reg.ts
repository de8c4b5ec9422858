// to_regclass and its kin: like the casts, but null for what does not exist.
import { nameResolver } from "../../catalog/names.ts";
import { OID } from "../../types/index.ts";
import { facts } from "../context.ts";
import { defineFunction, type SqlFunction } from "../define.ts";

const KINDS = [
  ["regclass", OID.regclass],
  ["regtype", OID.regtype],
  ["regproc", OID.regproc],
  ["regprocedure", OID.regprocedure],
  ["regnamespace", OID.regnamespace],
  ["regrole", OID.regrole],
] as const;

export const toReg: readonly SqlFunction[] = KINDS.map(([kind, returns]) =>
  defineFunction({
    name: `to_${kind}`,
    args: [OID.text],
    returns,
    volatility: "stable",
    kind: "scalar",
    catalog: true,
    js: (name) => nameResolver(facts()).toOid(kind, String(name)),
  }),
);
