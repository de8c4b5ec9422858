// Window frames: the grammar's bits to the words SQLite shares with PostgreSQL.
import type { WindowDef } from "libpg-query";
import { fail, unsupported } from "../errors.ts";
import { OID } from "../types/index.ts";
import type { Checker } from "./checker.ts";
import { coerce } from "./coerce.ts";
import { checkExpression } from "./expression.ts";
import type { Scope } from "./scope.ts";
import type { Expression, SortItem } from "./tree.ts";

const BIT = {
  nonDefault: 0x1,
  range: 0x2,
  rows: 0x4,
  groups: 0x8,
  startUnboundedPreceding: 0x20,
  endUnboundedPreceding: 0x40,
  startUnboundedFollowing: 0x80,
  endUnboundedFollowing: 0x100,
  startCurrent: 0x200,
  endCurrent: 0x400,
  startPreceding: 0x800,
  endPreceding: 0x1000,
  startFollowing: 0x2000,
  endFollowing: 0x4000,
  excludeCurrent: 0x8000,
  excludeGroup: 0x10000,
  excludeTies: 0x20000,
} as const;

function offsetText(expression: Expression, at: number): string {
  if (expression.kind !== "constant" || expression.value === null)
    return unsupported("a frame offset that is not a constant", at);
  const value = Number(expression.value);
  if (value < 0) return fail("22013", "frame starting offset must not be negative", { at });
  return String(value);
}

/** `ROWS BETWEEN 1 PRECEDING AND CURRENT ROW`; "" for the default frame. */
export function checkFrame(definition: WindowDef, order: readonly SortItem[], scope: Scope, checker: Checker): string {
  const options = definition.frameOptions ?? 0;
  if ((options & BIT.nonDefault) === 0) return "";
  const at = definition.location ?? -1;
  const has = (bit: number): boolean => (options & bit) !== 0;
  const mode = has(BIT.rows) ? "ROWS" : has(BIT.groups) ? "GROUPS" : "RANGE";
  if (mode === "GROUPS" && order.length === 0) fail("42P20", "GROUPS mode requires an ORDER BY clause", { at });
  const offset = (node: WindowDef["startOffset"]): string => {
    if (mode === "RANGE") return unsupported("RANGE with an offset", at);
    return offsetText(coerce(checkExpression(node, scope, checker), OID.int8, -1, "implicit", checker.parameters), at);
  };
  const start = has(BIT.startUnboundedPreceding)
    ? "UNBOUNDED PRECEDING"
    : has(BIT.startCurrent)
      ? "CURRENT ROW"
      : has(BIT.startPreceding)
        ? `${offset(definition.startOffset)} PRECEDING`
        : has(BIT.startFollowing)
          ? `${offset(definition.startOffset)} FOLLOWING`
          : unsupported("this frame start", at);
  const end = has(BIT.endUnboundedFollowing)
    ? "UNBOUNDED FOLLOWING"
    : has(BIT.endCurrent)
      ? "CURRENT ROW"
      : has(BIT.endPreceding)
        ? `${offset(definition.endOffset)} PRECEDING`
        : has(BIT.endFollowing)
          ? `${offset(definition.endOffset)} FOLLOWING`
          : unsupported("this frame end", at);
  const exclude = has(BIT.excludeCurrent)
    ? " EXCLUDE CURRENT ROW"
    : has(BIT.excludeGroup)
      ? " EXCLUDE GROUP"
      : has(BIT.excludeTies)
        ? " EXCLUDE TIES"
        : "";
  return `${mode} BETWEEN ${start} AND ${end}${exclude}`;
}
