// Mathematical functions.

import { fail } from "../../errors.ts";
import { power } from "../../operators/arithmetic.ts";
import * as decimal from "../../types/decimal.ts";
import { holdFloat, readFloat } from "../../types/floats.ts";
import type { Raw } from "../../types/index.ts";
import { context } from "../context.ts";
import type { SqlFunction } from "../define.ts";
import { float8, int2, int4, int8, js, native, numeric } from "../short.ts";

const onDecimal = (run: (value: decimal.Decimal) => decimal.Decimal) => (raw: Raw) =>
  decimal.printDecimal(run(decimal.toDecimal(String(raw))));
const onFloat = (run: (value: number) => number) => (raw: Raw) => {
  const value = readFloat(raw ?? 0);
  const result = run(value);
  if (!Number.isFinite(result) && !Number.isNaN(result) && Number.isFinite(value))
    return fail("22003", "value out of range: overflow");
  return holdFloat(result);
};
const both = (
  name: string,
  onNumeric: (value: decimal.Decimal) => decimal.Decimal,
  onDouble: (value: number) => number,
): SqlFunction[] => [js(name, [numeric], numeric, onDecimal(onNumeric)), js(name, [float8], float8, onFloat(onDouble))];

/** Rounds half to even, as round(double precision) does. */
function roundEven(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

const positive = (run: (value: number) => number) => (value: number) => {
  if (value === 0) fail("2201E", "cannot take logarithm of zero");
  if (value < 0) fail("2201E", "cannot take logarithm of a negative number");
  return run(value);
};

const inDomain = (run: (value: number) => number) => (value: number) => {
  const result = run(value);
  return Number.isNaN(result) && !Number.isNaN(value) ? fail("22003", "input is out of range") : result;
};

const FLOAT_FUNCTIONS: Readonly<Record<string, (value: number) => number>> = {
  exp: Math.exp,
  ln: positive(Math.log),
  log: positive(Math.log10),
  log10: positive(Math.log10),
  cbrt: Math.cbrt,
  sin: inDomain(Math.sin),
  cos: inDomain(Math.cos),
  tan: inDomain(Math.tan),
  asin: inDomain(Math.asin),
  acos: inDomain(Math.acos),
  atan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  asinh: Math.asinh,
  acosh: inDomain(Math.acosh),
  atanh: inDomain(Math.atanh),
  degrees: (value) => (value * 180) / Math.PI,
  radians: (value) => (value * Math.PI) / 180,
};

const gcd = (a: bigint, b: bigint): bigint => {
  let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
};

const big = { big: true } as const;

export const numberFunctions: readonly SqlFunction[] = [
  ...[int2, int4, int8].flatMap((type) => [
    native("abs", [type], type, ([a = ""]) =>
      type === int8 ? `int8_result(abs(${a}))` : `CAST(${type === int2 ? "int2_check" : "int4_check"}(abs(${a})) AS INTEGER)`,
    ),
    js(
      "mod",
      [type, type],
      type,
      (a, b) => (BigInt(b as bigint) === 0n ? fail("22012", "division by zero") : BigInt(a as bigint) % BigInt(b as bigint)),
      big,
    ),
  ]),
  js("gcd", [int4, int4], int4, (a, b) => gcd(BigInt(a as bigint), BigInt(b as bigint)), big),
  js("gcd", [int8, int8], int8, (a, b) => gcd(BigInt(a as bigint), BigInt(b as bigint)), big),
  js(
    "lcm",
    [int8, int8],
    int8,
    (a, b) => {
      const [x, y] = [BigInt(a as bigint), BigInt(b as bigint)];
      return x === 0n || y === 0n ? 0n : ((x < 0n ? -x : x) / gcd(x, y)) * (y < 0n ? -y : y);
    },
    big,
  ),
  ...both("abs", (value) => (decimal.sign(value) < 0 ? decimal.negate(value) : value), Math.abs),
  ...both("ceil", decimal.ceiling, Math.ceil),
  ...both("ceiling", decimal.ceiling, Math.ceil),
  ...both("floor", decimal.floor, Math.floor),
  ...both("round", (value) => decimal.rescale(value, 0), roundEven),
  ...both("trunc", (value) => decimal.truncate(value, 0), Math.trunc),
  ...both("sign", (value) => (value.special === "NaN" ? value : decimal.fromInteger(decimal.sign(value))), Math.sign),
  js("round", [numeric, int4], numeric, (a, n) => {
    const value = decimal.rescale(decimal.toDecimal(String(a)), Math.max(-2000, Math.min(2000, Number(n))));
    return decimal.printDecimal(value);
  }),
  js("trunc", [numeric, int4], numeric, (a, n) =>
    decimal.printDecimal(decimal.truncate(decimal.toDecimal(String(a)), Math.max(-2000, Math.min(2000, Number(n))))),
  ),
  js("mod", [numeric, numeric], numeric, (a, b) =>
    decimal.printDecimal(decimal.remainder(decimal.toDecimal(String(a)), decimal.toDecimal(String(b)))),
  ),
  js("div", [numeric, numeric], numeric, (a, b) =>
    decimal.printDecimal(decimal.divideWhole(decimal.toDecimal(String(a)), decimal.toDecimal(String(b)))),
  ),
  js("sqrt", [numeric], numeric, onDecimal(decimal.squareRoot)),
  js(
    "sqrt",
    [float8],
    float8,
    onFloat((value) => (value < 0 ? fail("2201F", "cannot take square root of a negative number") : Math.sqrt(value))),
  ),
  js("scale", [numeric], int4, (a) => decimal.toDecimal(String(a)).scale),
  js("trim_scale", [numeric], numeric, onDecimal(decimal.trimmed)),
  ...Object.entries(FLOAT_FUNCTIONS).map(([name, run]) => js(name, [float8], float8, onFloat(run))),
  js("power", [float8, float8], float8, (a, b) => holdFloat(power(readFloat(a ?? 0), readFloat(b ?? 0)))),
  js("pow", [float8, float8], float8, (a, b) => holdFloat(power(readFloat(a ?? 0), readFloat(b ?? 0)))),
  js("atan2", [float8, float8], float8, (a, b) => holdFloat(Math.atan2(readFloat(a ?? 0), readFloat(b ?? 0)))),
  native("pi", [], float8, () => `${Math.PI}`),
  js("random", [], float8, () => context().random(), { volatility: "volatile" }),
  js("width_bucket", [float8, float8, float8, int4], int4, (a, low, high, count) => {
    const [value, from, to, n] = [Number(a), Number(low), Number(high), Number(count)];
    if (n <= 0) fail("2201G", "count must be greater than zero");
    if (from === to) fail("2201G", "lower bound cannot equal upper bound");
    const share = (value - from) / (to - from);
    return share < 0 ? 0 : share >= 1 ? n + 1 : Math.floor(share * n) + 1;
  }),
];
