// Checks the printer puts into SQLite text where SQLite would go on silently: they raise what PostgreSQL raises.
import { fail } from "../errors.ts";
import { OID } from "../types/index.ts";
import { aggregate, defineFunction, type SqlFunction } from "./define.ts";

interface Single {
  rows: number;
  value: unknown;
}

/** Names as printed. */
export const GUARD = { limit: "pg_limit_value_20", offset: "pg_offset_value_20", oneRow: "pg_one_row_2276" } as const;

export const guards: readonly SqlFunction[] = [
  defineFunction({
    name: "limit_value",
    args: [OID.int8],
    returns: OID.int8,
    volatility: "immutable",
    strict: false,
    kind: "scalar",
    big: true,
    js: (value) =>
      value === null ? -1n : BigInt(String(value)) < 0n ? fail("2201W", "LIMIT must not be negative") : BigInt(String(value)),
  }),
  defineFunction({
    name: "offset_value",
    args: [OID.int8],
    returns: OID.int8,
    volatility: "immutable",
    strict: false,
    kind: "scalar",
    big: true,
    js: (value) =>
      value === null ? 0n : BigInt(String(value)) < 0n ? fail("2201X", "OFFSET must not be negative") : BigInt(String(value)),
  }),
  defineFunction({
    name: "one_row",
    args: [OID.any],
    returns: OID.any,
    volatility: "immutable",
    strict: false,
    kind: "aggregate",
    big: true,
    aggregate: aggregate<Single>({
      start: () => ({ rows: 0, value: null }),
      step: (state, [value]) => {
        if (++state.rows > 1) fail("21000", "more than one row returned by a subquery used as an expression");
        state.value = value ?? null;
        return state;
      },
      result: (state) => state.value as never,
    }),
  }),
];
