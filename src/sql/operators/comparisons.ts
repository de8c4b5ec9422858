// = <> < <= > >=. The checker only asks which types can be compared; the printer compares keys (see check/tree.ts Comparison).
import type { SqlFunction } from "../functions/define.ts";
import { OID, TYPES } from "../types/index.ts";
import { printed } from "./define.ts";

const NAMES = ["=", "<>", "<", "<=", ">", ">="] as const;

function pair(left: number, right: number): SqlFunction[] {
  return NAMES.map((name) => printed(name, [left, right], OID.bool, ([a = "", b = ""]) => `(${a} ${name} ${b})`));
}

const INTEGERS = [OID.int2, OID.int4, OID.int8];
const FLOATS = [OID.float4, OID.float8];
const POLYMORPHIC: ReadonlySet<number> = new Set([OID.record, OID.any, OID.anyelement, OID.anyarray, OID.anynonarray]);

// Types that compare through text or oid by an implicit cast have no operator of their own.
const BORROWED: ReadonlySet<number> = new Set([OID.varchar, OID.unknown, OID.pg_node_tree, OID.aclitem, OID.int2vector]);
const isNamed = (name: string): boolean => name.startsWith("reg");

export const comparisons: readonly SqlFunction[] = [
  ...TYPES.filter(
    (type) =>
      type.comparable &&
      type.category !== "A" &&
      type.category !== "P" &&
      !BORROWED.has(type.oid) &&
      !isNamed(type.name) &&
      !POLYMORPHIC.has(type.oid),
  ).flatMap((type) => pair(type.oid, type.oid)),
  ...INTEGERS.flatMap((left) => INTEGERS.filter((right) => right !== left).flatMap((right) => pair(left, right))),
  ...FLOATS.flatMap((left) => FLOATS.filter((right) => right !== left).flatMap((right) => pair(left, right))),
  ...pair(OID.name, OID.text),
  ...pair(OID.text, OID.name),
  ...pair(OID.xid, OID.int4),
  ...pair(OID.oidvector, OID.oidvector),
  ...pair(OID.anyarray, OID.anyarray),
  ...pair(OID.record, OID.record),
];
