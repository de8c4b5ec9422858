// obj_description and its kin. COMMENT does not exist yet, so nothing has a description.
import { OID } from "../../types/index.ts";
import { defineFunction, type SqlFunction } from "../define.ts";

const none = { returns: OID.text, volatility: "stable", kind: "scalar", sqlite: (): string => "NULL" } as const;

export const descriptions: readonly SqlFunction[] = [
  defineFunction({ ...none, name: "obj_description", args: [OID.oid, OID.name], optional: 1 }),
  defineFunction({ ...none, name: "shobj_description", args: [OID.oid, OID.name] }),
  defineFunction({ ...none, name: "col_description", args: [OID.oid, OID.int4] }),
];
