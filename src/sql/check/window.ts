// Window frames: the grammar's bits to the words SQLite shares with PostgreSQL.
import type { Node, WindowDef } from "libpg-query";
import { fail, unsupported } from "../errors.ts";
import { OID, showType } from "../types/index.ts";
import { unpackInterval } from "../types/interval-value.ts";
import type { Checker } from "./checker.ts";
import { tryCoerce } from "./coerce.ts";
import { checkExpression } from "./expression.ts";
import { visitDeep } from "./grouping.ts";
import type { Scope } from "./scope.ts";
import type { Expression, Frame, FrameBound, SortItem } from "./tree.ts";

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

export const hasFrame = (definition: WindowDef): boolean => ((definition.frameOptions ?? 0) & BIT.nonDefault) !== 0;

const WHOLE: ReadonlySet<number> = new Set([OID.int2, OID.int4, OID.int8]);
const REAL: ReadonlySet<number> = new Set([OID.float4, OID.float8]);
export const MOMENTS: ReadonlySet<number> = new Set([OID.date, OID.timestamp, OID.timestamptz, OID.time]);

/** The type of a RANGE offset for a sort key. */
function offsetType(key: number, at: number): number {
  if (WHOLE.has(key)) return OID.int8;
  if (REAL.has(key)) return OID.float8;
  if (MOMENTS.has(key)) return OID.interval;
  if (key === OID.numeric || key === OID.interval)
    return unsupported(`RANGE with an offset over a column of type ${showType(key)}`, at);
  return fail("0A000", `RANGE with offset PRECEDING/FOLLOWING is not supported for column type ${showType(key)}`, { at });
}

/** Null for the default frame. */
export function checkFrame(definition: WindowDef, order: readonly SortItem[], scope: Scope, checker: Checker): Frame | null {
  if (!hasFrame(definition)) return null;
  const options = definition.frameOptions ?? 0;
  const at = definition.location ?? -1;
  const has = (bit: number): boolean => (options & bit) !== 0;
  const mode = has(BIT.rows) ? "ROWS" : has(BIT.groups) ? "GROUPS" : "RANGE";
  if (mode === "GROUPS" && order.length === 0) fail("42P20", "GROUPS mode requires an ORDER BY clause", { at });
  const offset = (node: Node | undefined, which: "starting" | "ending"): Expression => {
    const [key] = order;
    if (mode === "RANGE" && (key === undefined || order.length !== 1)) {
      return fail("42P20", "RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column", { at });
    }
    const written = checkExpression(node, scope, checker);
    // 1.5 beside a float column is a float at once.
    const real = written.kind === "constant" && REAL.has(key?.expression.type ?? 0) && written.type === OID.numeric;
    const given: Expression = real ? { ...written, type: OID.float8, value: Number(written.value) } : written;
    const type = mode === "RANGE" ? offsetType(key?.expression.type ?? 0, given.at) : OID.int8;
    const expression =
      tryCoerce(given, type, -1, mode === "RANGE" ? "implicit" : "assignment", checker.parameters) ??
      (mode === "RANGE"
        ? fail(
            "0A000",
            `RANGE with offset PRECEDING/FOLLOWING is not supported for column type ${showType(key?.expression.type ?? 0)} and offset type ${showType(given.type)}`,
            { at: given.at, hint: "Cast the offset value to an appropriate type." },
          )
        : fail("42804", `argument of ${mode} must be type bigint, not type ${showType(given.type)}`, { at: given.at }));
    visitDeep(expression, (part) => {
      if (part.kind === "column") fail("42P10", `argument of ${mode} must not contain variables`, { at: part.at });
    });
    return constantOffset(expression, mode, which);
  };
  const start: FrameBound = has(BIT.startUnboundedPreceding)
    ? { words: "UNBOUNDED PRECEDING", offset: null }
    : has(BIT.startCurrent)
      ? { words: "CURRENT ROW", offset: null }
      : { words: has(BIT.startPreceding) ? "PRECEDING" : "FOLLOWING", offset: offset(definition.startOffset, "starting") };
  const end: FrameBound = has(BIT.endUnboundedFollowing)
    ? { words: "UNBOUNDED FOLLOWING", offset: null }
    : has(BIT.endCurrent)
      ? { words: "CURRENT ROW", offset: null }
      : { words: has(BIT.endPreceding) ? "PRECEDING" : "FOLLOWING", offset: offset(definition.endOffset, "ending") };
  const exclude = has(BIT.excludeCurrent)
    ? " EXCLUDE CURRENT ROW"
    : has(BIT.excludeGroup)
      ? " EXCLUDE GROUP"
      : has(BIT.excludeTies)
        ? " EXCLUDE TIES"
        : "";
  return { mode, start, end, exclude };
}

/** SQLite wants the offset as a number it knows beforehand. */
function constantOffset(expression: Expression, mode: string, which: string): Expression {
  if (expression.kind === "parameter" && mode !== "RANGE") return expression;
  if (expression.kind !== "constant") return unsupported("a frame offset that is not a constant", expression.at);
  if (expression.value === null) return fail("22004", `frame ${which} offset must not be null`);
  if (expression.type !== OID.interval) {
    if (Number(expression.value) < 0 || Number.isNaN(Number(expression.value))) {
      return mode === "RANGE"
        ? fail("22013", "invalid preceding or following size in window function")
        : fail("22013", `frame ${which} offset must not be negative`);
    }
    return expression;
  }
  const { months, days, micros } = unpackInterval(String(expression.value));
  if (months !== 0) return unsupported("RANGE with an offset of months or years", expression.at);
  const whole = BigInt(days) * 86_400_000_000n + micros;
  if (whole < 0n) return fail("22013", "invalid preceding or following size in window function");
  return { ...expression, type: OID.int8, value: whole };
}
