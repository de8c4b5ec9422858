// Aggregates. Those whose answer SQLite gets right are printed; the others run here.

import { fail } from "../../errors.ts";
import { dimensionsOf, type Elements, packArray, unpackArray } from "../../types/array.ts";
import * as decimal from "../../types/decimal.ts";
import { holdFloat, readFloat } from "../../types/floats.ts";
import { OID, type Raw, TYPES, typeByOid } from "../../types/index.ts";
import { addIntervals, intervalKey, packInterval, scaleInterval, unpackInterval } from "../../types/interval-value.ts";
import { printJsonb, readJson } from "../../types/json-tree.ts";
import { type AggregateBody, aggregate, type CallTypes, type SqlFunction } from "../define.ts";
import { jsonOf } from "../jsons/convert.ts";
import {
  any,
  anyelement,
  bool,
  bytea,
  float4,
  float8,
  int2,
  int4,
  int8,
  interval,
  json,
  jsonb,
  numeric,
  text,
} from "../short.ts";
import { regressions } from "./regressions.ts";

const base = { volatility: "immutable", kind: "aggregate" } as const;

function native(name: string, args: readonly number[], returns: number, sqlite: (args: string[]) => string): SqlFunction {
  return { ...base, name, args, returns, sqlite };
}

function custom<State>(
  name: string,
  args: readonly number[],
  returns: number,
  body: AggregateBody<State>,
  more: Partial<SqlFunction> = {},
): SqlFunction {
  return { ...base, name, args, returns, aggregate: aggregate(body), ...more };
}

interface Total {
  count: number;
  sum: bigint;
}

/** Sums of integers past 64 bits, and their averages. */
const integerTotal = (result: (total: Total) => Raw): AggregateBody<Total> => ({
  start: () => ({ count: 0, sum: 0n }),
  step: (total, [value]) => {
    total.count++;
    total.sum += BigInt(value as bigint);
    return total;
  },
  inverse: (total, [value]) => {
    total.count--;
    total.sum -= BigInt(value as bigint);
    return total;
  },
  result: (total) => (total.count === 0 ? null : result(total)),
});

interface DecimalTotal {
  count: number;
  sum: decimal.Decimal;
  squares: decimal.Decimal;
}

const ZERO = decimal.fromInteger(0);

const decimalTotal = (squares: boolean, result: (total: DecimalTotal) => decimal.Decimal | null): AggregateBody<DecimalTotal> => {
  const move = (total: DecimalTotal, raw: Raw | undefined, sign: 1 | -1): DecimalTotal => {
    const value = decimal.toDecimal(String(raw));
    const join = sign === 1 ? decimal.add : decimal.subtract;
    total.count += sign;
    total.sum = join(total.sum, value);
    if (squares) total.squares = join(total.squares, decimal.multiply(value, value));
    return total;
  };
  return {
    start: () => ({ count: 0, sum: ZERO, squares: ZERO }),
    step: (total, [value]) => move(total, value, 1),
    inverse: (total, [value]) => move(total, value, -1),
    result: (total) => {
      const value = total.count === 0 ? null : result(total);
      return value === null ? null : decimal.printDecimal(value);
    },
  };
};

/** Variance of decimals as numeric_stddev_internal computes it; null below the least count. */
function variance(total: DecimalTotal, sample: boolean): decimal.Decimal | null {
  if (total.count < (sample ? 2 : 1)) return null;
  const n = decimal.fromInteger(total.count);
  const top = decimal.subtract(decimal.multiply(n, total.squares), decimal.multiply(total.sum, total.sum));
  if (decimal.sign(top) <= 0) return ZERO;
  return decimal.divide(top, decimal.multiply(n, sample ? decimal.fromInteger(total.count - 1) : n));
}

const root = (value: decimal.Decimal | null): decimal.Decimal | null =>
  value === null ? null : decimal.sign(value) === 0 ? value : decimal.squareRoot(value, value.scale);

interface FloatTotal {
  count: number;
  sum: number;
  /** Sum of squared distances from the mean (Youngs and Cramer). */
  spread: number;
}

const floatTotal = (result: (total: FloatTotal) => number | null): AggregateBody<FloatTotal> => ({
  start: () => ({ count: 0, sum: 0, spread: 0 }),
  step: (total, [raw]) => {
    const value = readFloat(raw ?? 0);
    total.count++;
    total.sum += value;
    if (total.count > 1) {
      const distance = value * total.count - total.sum;
      total.spread += (distance * distance) / (total.count * (total.count - 1));
    }
    if (!Number.isFinite(value)) total.spread = Number.NaN;
    if (!Number.isFinite(total.sum) && Number.isFinite(value) && !Number.isNaN(total.sum))
      fail("22003", "value out of range: overflow");
    return total;
  },
  result: (total) => {
    const value = total.count === 0 ? null : result(total);
    return value === null ? null : holdFloat(value);
  },
});

const floatVariance = (sample: boolean, of: (value: number) => number) => (total: FloatTotal) =>
  total.count < (sample ? 2 : 1) ? null : of(total.spread / (sample ? total.count - 1 : total.count));

/** Least or greatest by a key. */
function extreme(keyOf: (raw: Raw) => string, greatest: boolean): AggregateBody<{ key: string | null; value: Raw }> {
  return {
    start: () => ({ key: null, value: null }),
    step: (state, [raw]) => {
      const key = keyOf(raw ?? null);
      if (state.key === null || (greatest ? key > state.key : key < state.key)) {
        state.key = key;
        state.value = raw ?? null;
      }
      return state;
    },
    result: (state) => state.value,
  };
}

const SORTABLE = TYPES.filter(
  (type) =>
    type.comparable &&
    type.key === null &&
    type.category !== "P" &&
    type.category !== "A" &&
    type.oid !== OID.bool &&
    type.oid !== OID.unknown &&
    type.oid !== OID.jsonb &&
    type.oid !== OID.uuid &&
    type.oid !== OID.bytea &&
    type.oid !== OID.char,
).map((type) => type.oid);

const extremes = (["min", "max"] as const).flatMap((name) => [
  ...SORTABLE.map((type) => native(name, [type], type, ([a = ""]) => `${name}(${a})`)),
  custom(
    name,
    [numeric],
    numeric,
    extreme((raw) => decimal.sortKey(String(raw)), name === "max"),
  ),
  custom(
    name,
    [interval],
    interval,
    extreme((raw) => intervalKey(String(raw)), name === "max"),
  ),
  native(name, [OID.bpchar], OID.bpchar, ([a = ""]) => `${name}(${a})`),
]);

const typesOf = (raw: Raw | undefined): readonly number[] => (JSON.parse(String(raw)) as CallTypes).args;
interface List {
  types: readonly number[] | null;
  parts: string[];
}

const listOf = (
  one: (types: readonly number[], args: Raw[]) => string,
  finish: (parts: string[], types: readonly number[]) => string,
): AggregateBody<List> => ({
  start: () => ({ types: null, parts: [] }),
  step: (state, [types, ...args]) => {
    state.types ??= typesOf(types);
    state.parts.push(one(state.types, args));
    return state;
  },
  result: (state) => (state.types === null ? null : finish(state.parts, state.types)),
});

const typed = { typed: true, strict: false } as const;

/** Rows are put on lines of their own, as json_agg does. */
const glue = (types: readonly number[]): string => {
  const type = types[0] ?? 0;
  return type === OID.record || typeByOid(type).category === "A" ? ", \n " : ", ";
};

function memberOf(types: readonly number[], [key, value]: Raw[]): string {
  if (key === null || key === undefined) fail("22004", "field name must not be null");
  const name = jsonOf(types[0] ?? text, key);
  return `${name.startsWith('"') ? name : JSON.stringify(name)} : ${jsonOf(types[1] ?? text, value ?? null)}`;
}

const asJsonb = (value: string): string => printJsonb(readJson(value));

export const aggregates: readonly SqlFunction[] = [
  native("count", [], int8, () => "count(*)"),
  native("count", [any], int8, ([a = ""]) => `count(${a})`),
  native("sum", [int2], int8, ([a = ""]) => `sum(${a})`),
  native("sum", [int4], int8, ([a = ""]) => `sum(${a})`),
  custom(
    "sum",
    [int8],
    numeric,
    integerTotal((total) => String(total.sum)),
    { big: true },
  ),
  custom(
    "sum",
    [numeric],
    numeric,
    decimalTotal(false, (total) => total.sum),
  ),
  custom(
    "sum",
    [float8],
    float8,
    floatTotal((total) => total.sum),
  ),
  custom(
    "sum",
    [float4],
    float4,
    floatTotal((total) => Math.fround(total.sum)),
  ),
  ...[int2, int4, int8].map((type) =>
    custom(
      "avg",
      [type],
      numeric,
      integerTotal((total) =>
        decimal.printDecimal(decimal.divide(decimal.fromInteger(total.sum), decimal.fromInteger(total.count))),
      ),
      { big: true },
    ),
  ),
  custom(
    "avg",
    [numeric],
    numeric,
    decimalTotal(false, (total) => decimal.divide(total.sum, decimal.fromInteger(total.count))),
  ),
  ...[float4, float8].map((type) =>
    custom(
      "avg",
      [type],
      float8,
      floatTotal((total) => total.sum / total.count),
    ),
  ),
  ...(["sum", "avg"] as const).map((name) =>
    custom<{ count: number; sum: string }>(name, [interval], interval, {
      start: () => ({ count: 0, sum: "0 0 0" }),
      step: (state, [raw]) => ({
        count: state.count + 1,
        sum: packInterval(addIntervals(unpackInterval(state.sum), unpackInterval(String(raw)), 1)),
      }),
      result: (state) =>
        state.count === 0
          ? null
          : name === "sum"
            ? state.sum
            : packInterval(scaleInterval(unpackInterval(state.sum), 1 / state.count)),
    }),
  ),
  ...extremes,
  ...[int2, int4, int8, numeric].flatMap((type) => [
    custom(
      "variance",
      [type],
      numeric,
      decimalTotal(true, (total) => variance(total, true)),
    ),
    custom(
      "var_samp",
      [type],
      numeric,
      decimalTotal(true, (total) => variance(total, true)),
    ),
    custom(
      "var_pop",
      [type],
      numeric,
      decimalTotal(true, (total) => variance(total, false)),
    ),
    custom(
      "stddev",
      [type],
      numeric,
      decimalTotal(true, (total) => root(variance(total, true))),
    ),
    custom(
      "stddev_samp",
      [type],
      numeric,
      decimalTotal(true, (total) => root(variance(total, true))),
    ),
    custom(
      "stddev_pop",
      [type],
      numeric,
      decimalTotal(true, (total) => root(variance(total, false))),
    ),
  ]),
  ...[float4, float8].flatMap((type) => [
    custom("variance", [type], float8, floatTotal(floatVariance(true, (value) => value))),
    custom("var_samp", [type], float8, floatTotal(floatVariance(true, (value) => value))),
    custom("var_pop", [type], float8, floatTotal(floatVariance(false, (value) => value))),
    custom("stddev", [type], float8, floatTotal(floatVariance(true, Math.sqrt))),
    custom("stddev_samp", [type], float8, floatTotal(floatVariance(true, Math.sqrt))),
    custom("stddev_pop", [type], float8, floatTotal(floatVariance(false, Math.sqrt))),
  ]),
  ...regressions,
  native("bool_and", [bool], bool, ([a = ""]) => `min(${a})`),
  native("every", [bool], bool, ([a = ""]) => `min(${a})`),
  native("bool_or", [bool], bool, ([a = ""]) => `max(${a})`),
  ...[int2, int4, int8].flatMap((type) => [
    custom<bigint | null>(
      "bit_and",
      [type],
      type,
      {
        start: () => null,
        step: (state, [raw]) => (state === null ? BigInt(raw as bigint) : state & BigInt(raw as bigint)),
        result: (state) => state,
      },
      { big: true },
    ),
    custom<bigint | null>(
      "bit_or",
      [type],
      type,
      {
        start: () => null,
        step: (state, [raw]) => (state === null ? BigInt(raw as bigint) : state | BigInt(raw as bigint)),
        result: (state) => state,
      },
      { big: true },
    ),
  ]),
  custom<{ text: string | null }>(
    "string_agg",
    [text, text],
    text,
    {
      start: () => ({ text: null }),
      // A null delimiter joins without one; a null value is skipped.
      step: (state, [value, delimiter]) => {
        if (value !== null)
          state.text =
            state.text === null ? String(value) : `${state.text}${delimiter === null ? "" : String(delimiter)}${String(value)}`;
        return state;
      },
      result: (state) => state.text,
    },
    { strict: false },
  ),
  custom<{ parts: Buffer[] }>(
    "string_agg",
    [bytea, bytea],
    bytea,
    {
      start: () => ({ parts: [] }),
      step: (state, [value, delimiter]) => {
        if (!Buffer.isBuffer(value)) return state;
        if (state.parts.length > 0 && Buffer.isBuffer(delimiter)) state.parts.push(delimiter);
        state.parts.push(value);
        return state;
      },
      result: (state) => (state.parts.length === 0 ? null : Buffer.concat(state.parts)),
    },
    { strict: false },
  ),
  custom<{ element: number; items: Elements[] }>(
    "array_agg",
    [OID.anyarray],
    OID.anyarray,
    {
      start: () => ({ element: 0, items: [] }),
      step: (state, [types, value]) => {
        if (state.element === 0) state.element = typeByOid(typesOf(types)[0] ?? 0).elementOid;
        if (value === null || value === undefined) return fail("22004", "cannot accumulate null arrays");
        const items = unpackArray(typeByOid(state.element), String(value));
        if (items.length === 0) fail("2202E", "cannot accumulate empty arrays");
        const first = state.items[0];
        if (first !== undefined && dimensionsOf(first).join() !== dimensionsOf(items).join()) {
          fail("2202E", "cannot accumulate arrays of different dimensionality");
        }
        state.items.push(items);
        return state;
      },
      result: (state) => (state.element === 0 ? null : packArray(typeByOid(state.element), state.items)),
    },
    typed,
  ),
  custom<{ element: number; items: Raw[] }>(
    "array_agg",
    [OID.anynonarray],
    OID.anyarray,
    {
      start: () => ({ element: 0, items: [] }),
      step: (state, [types, value]) => {
        if (state.element === 0) state.element = typesOf(types)[0] ?? 0;
        state.items.push(value ?? null);
        return state;
      },
      result: (state) => (state.element === 0 ? null : packArray(typeByOid(state.element), state.items)),
    },
    { ...typed, big: true },
  ),
  custom(
    "json_agg",
    [anyelement],
    json,
    listOf(
      (types, [value]) => jsonOf(types[0] ?? text, value ?? null),
      (parts, types) => `[${parts.join(glue(types))}]`,
    ),
    typed,
  ),
  custom(
    "jsonb_agg",
    [anyelement],
    jsonb,
    listOf(
      (types, [value]) => jsonOf(types[0] ?? text, value ?? null),
      (parts) => asJsonb(`[${parts.join(",")}]`),
    ),
    typed,
  ),
  custom(
    "json_object_agg",
    [any, any],
    json,
    listOf(memberOf, (parts) => `{ ${parts.join(", ")} }`),
    typed,
  ),
  custom(
    "jsonb_object_agg",
    [any, any],
    jsonb,
    listOf(memberOf, (parts) => asJsonb(`{${parts.join(",")}}`)),
    typed,
  ),
];
