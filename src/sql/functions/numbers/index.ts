// Mathematical functions.

import { fail } from "../../errors.ts";
import { power } from "../../operators/arithmetic.ts";
import * as decimal from "../../types/decimal.ts";
import { holdFloat, readFloat } from "../../types/floats.ts";
import { OID, type Raw } from "../../types/index.ts";
import { context } from "../context.ts";
import type { SqlFunction } from "../define.ts";
import { float8, int2, int4, int8, js, native, numeric, text } from "../short.ts";
import * as powers from "./powers.ts";
import { toCharNumber, toNumber } from "./template.ts";

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
const stable = { volatility: "stable" } as const;

/** A function of decimals: internal texts in and out. */
const decimals =
  (run: (...values: decimal.Decimal[]) => decimal.Decimal) =>
  (...raws: Raw[]): Raw =>
    decimal.printDecimal(run(...raws.map((raw) => decimal.toDecimal(String(raw)))));

/** How far round and trunc may be told to go. */
const places = (n: Raw | undefined): number => Math.max(-131_072, Math.min(16_383, Number(n)));

const degrees = (value: number): number => (value * 180) / Math.PI;
/** Exact at the multiples of 30 and 45 degrees where the function is. */
const SINES: Readonly<Record<number, number>> = { 0: 0, 30: 0.5, 90: 1, 150: 0.5, 180: 0, 210: -0.5, 270: -1, 330: -0.5 };
function sind(value: number): number {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? value : fail("22003", "input is out of range");
  const turn = value % 360;
  const angle = turn < 0 ? turn + 360 : turn;
  // sin 30° is sin 150°: each quadrant is folded to the first.
  const known = SINES[angle];
  if (known !== undefined) return known;
  const folded = angle > 180 ? 360 - angle : angle;
  const first = folded > 90 ? 180 - folded : folded;
  const size =
    first <= 30
      ? Math.sin((first * Math.PI) / 180)
      : first >= 60
        ? Math.cos(((90 - first) * Math.PI) / 180)
        : Math.sin((first * Math.PI) / 180);
  return angle > 180 ? -size : size;
}
const cosd = (value: number): number => sind((value % 360) + 90);
function tand(value: number): number {
  const turn = ((value % 180) + 180) % 180;
  if (turn === 45) return 1;
  if (turn === 135) return -1;
  if (turn === 90) return ((value % 360) + 360) % 360 === 90 ? Infinity : -Infinity;
  return sind(value) / cosd(value);
}
const cotd = (value: number): number => {
  const turn = ((value % 180) + 180) % 180;
  if (turn === 45) return 1;
  if (turn === 135) return -1;
  if (turn === 0) return ((value % 360) + 360) % 360 === 0 ? Infinity : -Infinity;
  return cosd(value) / sind(value);
};
/** Inverse functions in degrees, exact where the answer is a round number. */
const rounded = (value: number): number => {
  const whole = Math.round(value);
  return Math.abs(value - whole) < 1e-12 ? whole : value;
};
const bounded = (run: (value: number) => number) => (value: number) =>
  value < -1 || value > 1 ? fail("22003", "input is out of range") : rounded(degrees(run(value)));

/** A double shows 15 significant digits to a template, a real 6. */
function numberText(raw: Raw, type: number): string {
  if (type !== float8 && type !== OID.float4) return String(raw);
  const value = readFloat(raw ?? 0);
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
  return decimal.printDecimal(decimal.toDecimal(value.toPrecision(type === float8 ? 15 : 6)));
}

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
    const value = decimal.rescale(decimal.toDecimal(String(a)), places(n));
    return decimal.printDecimal(value);
  }),
  js("trunc", [numeric, int4], numeric, (a, n) =>
    decimal.printDecimal(decimal.truncate(decimal.toDecimal(String(a)), places(n))),
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
  js("scale", [numeric], int4, (a) => {
    const value = decimal.toDecimal(String(a));
    return value.special === null ? value.scale : null;
  }),
  js("min_scale", [numeric], int4, (a) => powers.minScale(decimal.toDecimal(String(a)))),
  ...["exp", "ln", "log", "log10"].map((name) =>
    js(
      name,
      [numeric],
      numeric,
      decimals((value) => (name === "exp" ? powers.exp : name === "ln" ? powers.ln : powers.log10)(value as decimal.Decimal)),
    ),
  ),
  js(
    "log",
    [numeric, numeric],
    numeric,
    decimals((base, value) => powers.log(base as decimal.Decimal, value as decimal.Decimal)),
  ),
  ...["power", "pow"].map((name) =>
    js(
      name,
      [numeric, numeric],
      numeric,
      decimals((base, exponent) => powers.power(base as decimal.Decimal, exponent as decimal.Decimal)),
    ),
  ),
  js(
    "gcd",
    [numeric, numeric],
    numeric,
    decimals((a, b) => powers.gcd(a as decimal.Decimal, b as decimal.Decimal)),
  ),
  js(
    "lcm",
    [numeric, numeric],
    numeric,
    decimals((a, b) => powers.lcm(a as decimal.Decimal, b as decimal.Decimal)),
  ),
  js("factorial", [int8], numeric, (a) => decimal.printDecimal(powers.factorial(BigInt(a as bigint))), big),
  js(
    "numeric_inc",
    [numeric],
    numeric,
    decimals((a) => decimal.add(a as decimal.Decimal, decimal.fromInteger(1))),
  ),
  js(
    "width_bucket",
    [numeric, numeric, numeric, int4],
    int4,
    (a, low, high, count) => {
      const [value, from, to] = [a, low, high].map((raw) => decimal.toDecimal(String(raw)));
      if (value === undefined || from === undefined || to === undefined) return null;
      const bucket = powers.widthBucket(value, from, to, BigInt(count as bigint));
      return bucket > 2_147_483_647n ? fail("22003", "integer out of range") : bucket;
    },
    big,
  ),
  ...[int4, int8, numeric, float8].map((type) =>
    js(
      "to_char",
      [type, text],
      text,
      (a, pattern) => (pattern === "" ? "" : toCharNumber(numberText(a ?? null, type), String(pattern))),
      {
        ...stable,
        big: type === int8,
      },
    ),
  ),
  js(
    "to_char",
    [OID.float4, text],
    text,
    (a, pattern) => toCharNumber(numberText(a ?? null, OID.float4), String(pattern)),
    stable,
  ),
  js("to_number", [text, text], numeric, (a, pattern) => (pattern === "" ? null : toNumber(String(a), String(pattern))), stable),
  ...Object.entries({
    sind,
    cosd,
    tand,
    cotd,
    asind: bounded(Math.asin),
    acosd: bounded(Math.acos),
    atand: (value: number) => rounded(degrees(Math.atan(value))),
  }).map(([name, run]) => js(name, [float8], float8, (a) => holdFloat(run(readFloat(a ?? 0))))),
  js("cot", [float8], float8, (a) => holdFloat(1 / Math.tan(readFloat(a ?? 0)))),
  js("atan2d", [float8, float8], float8, (a, b) => holdFloat(rounded(degrees(Math.atan2(readFloat(a ?? 0), readFloat(b ?? 0)))))),
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
