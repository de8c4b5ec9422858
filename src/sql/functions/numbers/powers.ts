// exp, ln, log and power of exact decimals: computed with guard digits over BigInt and rounded to the scale PostgreSQL would
// choose, at least 16 significant digits and no less than the arguments show.
import { fail } from "../../errors.ts";
import { type Decimal, fromInteger, multiply, pow10, printDecimal, rescale, sign, toDecimal } from "../../types/decimal.ts";

const SIGNIFICANT = 16;
const MAX_SHOWN = 1000;
const GUARD = 12;
/** Beyond this natural logarithm a power has more digits than numeric holds. */
const MAX_LN = 6020;
const { LOG10E: LOG10_E } = Math;
const LN_10 = Math.LN10;

const overflows = (): never => fail("22003", "value overflows numeric format");
const plain = (digits: bigint, scale: number): Decimal => ({ digits, scale, special: null });
const named = (text: string): Decimal => toDecimal(text);
const size = (digits: bigint): number => (digits < 0n ? -digits : digits).toString().length;
const shown = (scale: number, ...least: number[]): number => Math.min(Math.max(scale, 0, ...least), MAX_SHOWN);

/** Fixed-point numbers: an integer that stands for itself over `unit`. */
const times = (a: bigint, b: bigint, unit: bigint): bigint => (a * b) / unit;

function bigRoot(value: bigint): bigint {
  if (value < 2n) return value;
  let root = 1n << BigInt(Math.ceil(value.toString(2).length / 2));
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

/** ln of a fixed-point number between 0.1 and 10. */
function lnFixed(value: bigint, unit: bigint): bigint {
  let x = value;
  let doublings = 0;
  // Roots bring the value near one, where the series is short.
  while ((x > unit ? x - unit : unit - x) * 32n > unit) {
    x = bigRoot(x * unit);
    doublings++;
  }
  const z = ((x - unit) * unit) / (x + unit);
  const square = times(z, z, unit);
  let sum = 0n;
  let term = z;
  for (let n = 1n; term !== 0n; n += 2n) {
    sum += term / n;
    term = times(term, square, unit);
  }
  return (2n * sum) << BigInt(doublings);
}

const LN_TENS = new Map<number, bigint>();
function lnTen(places: number): bigint {
  const known = LN_TENS.get(places);
  if (known !== undefined) return known;
  const value = lnFixed(10n * pow10(places), pow10(places));
  if (LN_TENS.size < 64) LN_TENS.set(places, value);
  return value;
}

/** ln of a positive decimal as a fixed-point number of `places` places. */
function lnPlaces(value: Decimal, places: number): bigint {
  // Roots and doublings cost some places; so does a value very near one.
  const work = places + 20;
  const unit = pow10(work);
  const exponent = size(value.digits) - value.scale - 1;
  const power = work - value.scale - exponent;
  const mantissa = power >= 0 ? value.digits * pow10(power) : value.digits / pow10(-power);
  // Between 0.5 and 5 rather than 1 and 10, so that 0.99 is not -0.01 = ln 9.9 - ln 10.
  const high = mantissa > 5n * unit;
  const ln = lnFixed(high ? mantissa / 10n : mantissa, unit) + BigInt(exponent + (high ? 1 : 0)) * lnTen(work);
  return ln / pow10(20);
}

/** Significant digits of e^x for a fixed-point x: digits and how many stand after the point. */
function expPlaces(x: bigint, places: number, wanted: number): Decimal {
  const work = Math.max(wanted, 20) + GUARD + 8;
  const unit = pow10(work);
  const fixed = work >= places ? x * pow10(work - places) : x / pow10(places - work);
  const ten = lnTen(work);
  let tens = fixed / ten;
  if (fixed < 0n) tens -= 1n;
  let rest = fixed - tens * ten;
  const halvings = 24n;
  rest >>= halvings;
  let sum = unit;
  let term = unit;
  for (let n = 1n; term !== 0n; n++) {
    term = times(term, rest, unit) / n;
    sum += term;
  }
  for (let n = 0n; n < halvings; n++) sum = times(sum, sum, unit);
  const scale = work - Number(tens);
  return scale >= 0 ? plain(sum, scale) : plain(sum * pow10(-scale), 0);
}

/** First digits of the base-10,000 form: value of the first `groups` groups and the decimal weight of the last of them. */
function leadingGroups(value: Decimal, groups: number): { digits: number; weight: number } {
  const absolute = value.digits < 0n ? -value.digits : value.digits;
  const weight = Math.floor((size(absolute) - value.scale - 1) / 4);
  // As the stored form has no groups of zeros at its end, there may be fewer than asked for.
  const significant = absolute.toString().replace(/0+$/, "");
  const lowest = Math.floor((size(absolute) - significant.length - value.scale) / 4);
  const count = Math.min(groups, weight - lowest + 1);
  const last = (weight - count + 1) * 4;
  const power = last + value.scale;
  return { digits: Number(power >= 0 ? absolute / pow10(power) : absolute * pow10(-power)), weight: last };
}

const ONE = fromInteger(1);

/** About how many decimal digits ln(value) has before its point. */
function lnWeight(value: Decimal): number {
  if (value.digits === 0n) return 0;
  const near = value.digits * 10n;
  const unit = pow10(value.scale);
  if (near >= 9n * unit && near <= 11n * unit) {
    const distance = plain(value.digits - unit, value.scale);
    if (distance.digits === 0n) return 0;
    const { digits, weight } = leadingGroups(distance, 1);
    return weight + Math.trunc(Math.log10(digits));
  }
  const { digits, weight } = leadingGroups(value, 2);
  return Math.trunc(Math.log10(Math.abs(Math.log(digits) + weight * LN_10)));
}

const positive = (value: Decimal): void => {
  const signOf = sign(value);
  if (value.special === "NaN") return;
  if (signOf === 0) fail("2201E", "cannot take logarithm of zero");
  if (signOf < 0) fail("2201E", "cannot take logarithm of a negative number");
};

export function ln(value: Decimal): Decimal {
  positive(value);
  if (value.special !== null) return value;
  const scale = shown(SIGNIFICANT - lnWeight(value), value.scale);
  return rescale(plain(lnPlaces(value, scale + GUARD), scale + GUARD), scale);
}

export function log(base: Decimal, value: Decimal): Decimal {
  if (base.special === "NaN" || value.special === "NaN") return named("NaN");
  positive(base);
  positive(value);
  if (base.special !== null || value.special !== null) {
    if (base.special !== null && value.special !== null) return named("NaN");
    return base.special === null ? divideSign(value, base) : fromInteger(0);
  }
  const baseWeight = lnWeight(base);
  const valueWeight = lnWeight(value);
  const scale = shown(SIGNIFICANT - (valueWeight - baseWeight), base.scale, value.scale);
  const places = scale + Math.abs(valueWeight) + Math.abs(baseWeight) + GUARD;
  const bottom = lnPlaces(base, places);
  if (bottom === 0n) return fail("22012", "division by zero");
  const quotient = (lnPlaces(value, places) * pow10(scale + GUARD)) / bottom;
  return rescale(plain(quotient, scale + GUARD), scale);
}

/** log of infinity: its sign depends on whether the base is above one. */
function divideSign(value: Decimal, base: Decimal): Decimal {
  return base.digits > pow10(base.scale)
    ? value
    : base.digits === pow10(base.scale)
      ? fail("22012", "division by zero")
      : named("-Infinity");
}

export const log10 = (value: Decimal): Decimal => log(fromInteger(10), value);

export function exp(value: Decimal): Decimal {
  if (value.special !== null) return value.special === "-Infinity" ? fromInteger(0) : value;
  const approximate = Number(printDecimal(value));
  if (Math.abs(approximate) >= 6000) return approximate > 0 ? overflows() : plain(0n, MAX_SHOWN);
  const weight = approximate * LOG10_E;
  const scale = shown(SIGNIFICANT - Math.trunc(weight), value.scale);
  return rescale(expPlaces(value.digits, value.scale, scale + Math.max(0, Math.trunc(weight))), scale);
}

/** Powers with whole exponents, by squaring what is rounded to enough digits. */
function wholePower(base: Decimal, exponent: number): Decimal {
  let decimalWeight = 0;
  if (base.digits !== 0n) {
    const { digits, weight } = leadingGroups(base, 4);
    decimalWeight = (Math.log10(digits) + weight) * exponent;
  }
  if (decimalWeight > 131_072) return overflows();
  if (decimalWeight + 1 < -MAX_SHOWN) return plain(0n, MAX_SHOWN);
  const scale = shown(SIGNIFICANT, base.scale);
  if (exponent === 0) return rescale(ONE, scale);
  if (exponent === 1) return rescale(base, scale);
  if (exponent === 2) return rescale(multiply(base, base), scale);
  if (base.digits === 0n) return exponent < 0 ? fail("22012", "division by zero") : plain(0n, scale);
  const digits = scale + Math.max(0, Math.ceil(decimalWeight)) + GUARD + Math.ceil(Math.log10(Math.abs(exponent) + 1)) + 8;
  let result = { digits: 1n, exponent: 0 };
  let square = cutDigits(base.digits, -base.scale, digits);
  for (let left = Math.abs(exponent); left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result = cutDigits(result.digits * square.digits, result.exponent + square.exponent, digits);
    if (left > 1) square = cutDigits(square.digits * square.digits, 2 * square.exponent, digits);
  }
  if (exponent < 0) {
    const top = digits + size(result.digits);
    result = { digits: pow10(top) / result.digits, exponent: -result.exponent - top };
  }
  const value = result.exponent >= 0 ? plain(result.digits * pow10(result.exponent), 0) : plain(result.digits, -result.exponent);
  return checkSize(rescale(value, scale));
}

/** Keeps the first digits of a number that is digits times ten to the exponent. */
function cutDigits(digits: bigint, exponent: number, most: number): { digits: bigint; exponent: number } {
  const extra = size(digits) - most;
  return extra <= 0 ? { digits, exponent } : { digits: digits / pow10(extra), exponent: exponent + extra };
}

function checkSize(value: Decimal): Decimal {
  return size(value.digits) - value.scale > 131_072 ? overflows() : value;
}

const isWhole = (value: Decimal): boolean => value.scale === 0 || value.digits % pow10(value.scale) === 0n;

export function power(base: Decimal, exponent: Decimal): Decimal {
  const special = specialPower(base, exponent);
  if (special !== null) return special;
  if (base.digits === 0n && exponent.digits < 0n) return fail("2201F", "zero raised to a negative power is undefined");
  const whole = isWhole(exponent);
  if (base.digits < 0n && !whole) {
    return fail("2201F", "a negative number raised to a non-integer power yields a complex result");
  }
  const count = whole ? exponent.digits / pow10(exponent.scale) : 0n;
  if (whole && BigInt.asIntN(32, count) === count) return wholePower(base, Number(count));
  if (base.digits === 0n) return plain(0n, SIGNIFICANT);
  const negative = base.digits < 0n && count % 2n !== 0n;
  const positiveBase = base.digits < 0n ? plain(-base.digits, base.scale) : base;
  const weight = lnWeight(positiveBase);
  const rough = shown(8 - weight);
  const product = Number(printDecimal(multiply(rescale(plain(lnPlaces(positiveBase, rough + 4), rough + 4), rough), exponent)));
  if (Math.abs(product) > MAX_LN) return product > 0 ? overflows() : plain(0n, MAX_SHOWN);
  const decimalWeight = Math.trunc(product * LOG10_E);
  const scale = shown(SIGNIFICANT - decimalWeight, base.scale, exponent.scale);
  const wanted = Math.max(0, scale + decimalWeight);
  const places = wanted + size(exponent.digits) + GUARD;
  const logarithm = lnPlaces(positiveBase, places);
  const value = rescale(expPlaces(logarithm * exponent.digits, places + exponent.scale, wanted + 4), scale);
  return checkSize(negative ? plain(-value.digits, value.scale) : value);
}

/** Powers where a side is NaN or infinite, as POSIX has them; null for plain numbers. */
function specialPower(base: Decimal, exponent: Decimal): Decimal | null {
  if (base.special === null && exponent.special === null) return null;
  const isOne = (value: Decimal): boolean => value.special === null && value.digits === pow10(value.scale);
  const isZero = (value: Decimal): boolean => value.special === null && value.digits === 0n;
  if (base.special === "NaN") return isZero(exponent) ? ONE : base;
  if (exponent.special === "NaN") return isOne(base) ? ONE : exponent;
  if (isZero(base) && sign(exponent) < 0) return fail("2201F", "zero raised to a negative power is undefined");
  if (isOne(base) || isZero(exponent)) return ONE;
  if (isZero(base)) return fromInteger(0);
  if (exponent.special !== null) {
    const absolute = base.special !== null ? 1 : base.digits < 0n ? plain(-base.digits, base.scale) : base;
    if (typeof absolute !== "number" && isOne(absolute)) return ONE;
    const grows = typeof absolute === "number" || absolute.digits > pow10(absolute.scale);
    return grows === (exponent.special === "Infinity") ? named("Infinity") : fromInteger(0);
  }
  if (base.special === "-Infinity" && !isWhole(exponent)) {
    return fail("2201F", "a negative number raised to a non-integer power yields a complex result");
  }
  if (sign(exponent) < 0) return fromInteger(0);
  const odd = isWhole(exponent) && (exponent.digits / pow10(exponent.scale)) % 2n !== 0n;
  return base.special === "-Infinity" && odd ? base : named("Infinity");
}

const MOST_FACTORIAL = 32_177n;

export function factorial(value: bigint): Decimal {
  if (value < 0n) return fail("22003", "factorial of a negative number is undefined");
  if (value > MOST_FACTORIAL) return overflows();
  let result = 1n;
  for (let n = 2n; n <= value; n++) result *= n;
  return fromInteger(result);
}

function whole(a: Decimal, b: Decimal): [bigint, bigint, number] {
  const scale = Math.max(a.scale, b.scale);
  return [rescale(a, scale).digits, rescale(b, scale).digits, scale];
}

const absolute = (value: bigint): bigint => (value < 0n ? -value : value);

function commonDivisor(a: bigint, b: bigint): bigint {
  let [x, y] = [absolute(a), absolute(b)];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}

export function gcd(a: Decimal, b: Decimal): Decimal {
  if (a.special !== null || b.special !== null) return named("NaN");
  const [x, y, scale] = whole(a, b);
  return plain(commonDivisor(x, y), scale);
}

export function lcm(a: Decimal, b: Decimal): Decimal {
  if (a.special !== null || b.special !== null) return named("NaN");
  const [x, y, scale] = whole(a, b);
  if (x === 0n || y === 0n) return plain(0n, scale);
  return checkSize(plain(absolute((x / commonDivisor(x, y)) * y), scale));
}

export function minScale(value: Decimal): number | null {
  if (value.special !== null) return null;
  let { digits, scale } = value;
  while (scale > 0 && digits % 10n === 0n) {
    digits /= 10n;
    scale--;
  }
  return digits === 0n ? 0 : scale;
}

/** Which of `count` equal parts between two bounds a number falls in, counting from 1. */
export function widthBucket(operand: Decimal, low: Decimal, high: Decimal, count: bigint): bigint {
  if (count <= 0n) fail("2201G", "count must be greater than zero");
  if (operand.special === "NaN" || low.special === "NaN" || high.special === "NaN") {
    return fail("2201G", "operand, lower bound, and upper bound cannot be NaN");
  }
  if (low.special !== null || high.special !== null) return fail("2201G", "lower and upper bounds must be finite");
  const scale = Math.max(operand.scale, low.scale, high.scale);
  const [from, to] = [rescale(low, scale).digits, rescale(high, scale).digits];
  if (from === to) return fail("2201G", "lower bound cannot equal upper bound");
  if (operand.special !== null) return (operand.special === "Infinity") === from < to ? count + 1n : 0n;
  const at = rescale(operand, scale).digits;
  const [distance, range] = from < to ? [at - from, to - from] : [from - at, from - to];
  if (distance < 0n) return 0n;
  if (distance >= range) return count + 1n;
  return (distance * count) / range + 1n;
}
