// + - * / % ^ and the bit operators on numbers. Integers are checked for range after each step, division for zero.
import { fail } from "../errors.ts";
import type { SqlFunction } from "../functions/define.ts";
import { power as numericPower } from "../functions/numbers/powers.ts";
import * as decimal from "../types/decimal.ts";
import { holdFloat, readFloat } from "../types/floats.ts";
import { OID, type Raw, typeByOid } from "../types/index.ts";
import { computed, printed } from "./define.ts";

type Integer = typeof OID.int2 | typeof OID.int4 | typeof OID.int8;
const WIDTH: Readonly<Record<Integer, number>> = { [OID.int2]: 2, [OID.int4]: 4, [OID.int8]: 8 };
const INTEGERS: readonly Integer[] = [OID.int2, OID.int4, OID.int8];

const divisionByZero = (): never => fail("22012", "division by zero");

/** Native arithmetic is 64-bit and turns to REAL past that, which the check sees. */
function checked(type: Integer, sql: string): string {
  return type === OID.int8
    ? `int8_result(${sql})`
    : `CAST(${type === OID.int2 ? "int2_check" : "int4_check"}(${sql}) AS INTEGER)`;
}

const wrap = (type: Integer, value: bigint): bigint =>
  BigInt.asIntN(WIDTH[type] * 8, value) === value ? value : fail("22003", `${typeByOid(type).display} out of range`);

function integers(left: Integer, right: Integer): SqlFunction[] {
  const type = WIDTH[left] >= WIDTH[right] ? left : right;
  const args = [left, right];
  const big = (run: (a: bigint, b: bigint) => bigint) => ({
    js: (a: Raw, b: Raw): Raw => wrap(type, run(BigInt(a as bigint), BigInt(b as bigint))),
  });
  return [
    ...["+", "-", "*"].map((name) => printed(name, args, type, ([a = "", b = ""]) => checked(type, `(${a} ${name} ${b})`))),
    computed("/", args, type, big((a, b) => (b === 0n ? divisionByZero() : a / b)).js, { big: true }),
    computed("%", args, type, big((a, b) => (b === 0n ? divisionByZero() : a % b)).js, { big: true }),
  ];
}

function bits(type: Integer): SqlFunction[] {
  const args = [type, type];
  return [
    printed("&", args, type, ([a = "", b = ""]) => `(${a} & ${b})`),
    printed("|", args, type, ([a = "", b = ""]) => `(${a} | ${b})`),
    printed("#", args, type, ([a = "", b = ""]) => `((${a} | ${b}) - (${a} & ${b}))`),
    printed("~", [type], type, ([a = ""]) => `(~ ${a})`),
    computed("<<", [type, OID.int4], type, (a, b) => BigInt.asIntN(WIDTH[type] * 8, BigInt(a as bigint) << BigInt(b as bigint)), {
      big: true,
    }),
    computed(">>", [type, OID.int4], type, (a, b) => BigInt(a as bigint) >> BigInt(b as bigint), { big: true }),
    printed("-", [type], type, ([a = ""]) => checked(type, `(- ${a})`)),
    printed("+", [type], type, ([a = ""]) => a),
    printed("@", [type], type, ([a = ""]) => checked(type, `abs(${a})`)),
  ];
}

const DECIMAL: readonly (readonly [string, (a: decimal.Decimal, b: decimal.Decimal) => decimal.Decimal])[] = [
  ["+", decimal.add],
  ["-", decimal.subtract],
  ["*", decimal.multiply],
  ["/", decimal.divide],
  ["%", decimal.remainder],
  ["^", numericPower],
];

/** A float result, refused when finite operands gave an infinite one. */
function floatResult(value: number, a: number, b: number, round: (value: number) => number): Raw {
  const result = round(value);
  if (!Number.isFinite(result) && !Number.isNaN(result) && Number.isFinite(a) && Number.isFinite(b))
    fail("22003", "value out of range: overflow");
  return holdFloat(result);
}

const FLOAT: readonly (readonly [string, (a: number, b: number) => number])[] = [
  ["+", (a, b) => a + b],
  ["-", (a, b) => a - b],
  ["*", (a, b) => a * b],
  ["/", (a, b) => (b === 0 && !Number.isNaN(a) ? divisionByZero() : a / b)],
];

function floats(left: number, right: number): SqlFunction[] {
  const type = left === OID.float4 && right === OID.float4 ? OID.float4 : OID.float8;
  const round = type === OID.float4 ? Math.fround : (value: number): number => value;
  return FLOAT.map(([name, run]) =>
    computed(name, [left, right], type, (x, y) => {
      const a = readFloat(x ?? 0);
      const b = readFloat(y ?? 0);
      return floatResult(run(a, b), a, b, round);
    }),
  );
}

/** x ^ y on doubles, with PostgreSQL's refusals. */
export function power(a: number, b: number): number {
  if (a === 0 && b < 0) return fail("2201F", "zero raised to a negative power is undefined");
  if (a < 0 && !Number.isInteger(b) && Number.isFinite(b))
    return fail("2201F", "a negative number raised to a non-integer power yields a complex result");
  if (a === 1 || b === 0) return 1;
  return a ** b;
}

export const arithmetic: readonly SqlFunction[] = [
  ...INTEGERS.flatMap((left) => INTEGERS.flatMap((right) => integers(left, right))),
  ...INTEGERS.flatMap(bits),
  ...DECIMAL.map(([name, run]) =>
    computed(name, [OID.numeric, OID.numeric], OID.numeric, (a, b) =>
      decimal.printDecimal(run(decimal.toDecimal(String(a)), decimal.toDecimal(String(b)))),
    ),
  ),
  computed("-", [OID.numeric], OID.numeric, (a) => decimal.printDecimal(decimal.negate(decimal.toDecimal(String(a))))),
  printed("+", [OID.numeric], OID.numeric, ([a = ""]) => a),
  computed("@", [OID.numeric], OID.numeric, (a) => String(a).replace("-", "")),
  computed("|/", [OID.float8], OID.float8, (a) => {
    const value = readFloat(a ?? 0);
    return value < 0 ? fail("2201F", "cannot take square root of a negative number") : holdFloat(Math.sqrt(value));
  }),
  computed("||/", [OID.float8], OID.float8, (a) => holdFloat(Math.cbrt(readFloat(a ?? 0)))),
  ...floats(OID.float4, OID.float4),
  ...floats(OID.float8, OID.float8),
  ...floats(OID.float4, OID.float8),
  ...floats(OID.float8, OID.float4),
  ...[OID.float4, OID.float8].flatMap((type) => [
    computed("-", [type], type, (a) => holdFloat(-readFloat(a ?? 0))),
    printed("+", [type], type, ([a = ""]) => a),
    computed("@", [type], type, (a) => holdFloat(Math.abs(readFloat(a ?? 0)))),
  ]),
  computed("^", [OID.float8, OID.float8], OID.float8, (x, y) => {
    const a = readFloat(x ?? 0);
    const b = readFloat(y ?? 0);
    return floatResult(power(a, b), a, b, (value) => value);
  }),
];
