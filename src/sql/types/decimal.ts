// Exact decimals over BigInt with PostgreSQL's rules for scale (how many digits stand after the point).
import { fail } from "../errors.ts";

export interface Decimal {
  /** The value is digits / 10^scale. */
  readonly digits: bigint;
  readonly scale: number;
  /** Set for the three values that are no number. */
  readonly special: "NaN" | "Infinity" | "-Infinity" | null;
}

const SHAPE = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;
const MAX_SCALE = 16383;
const MAX_DIGITS = 131072;
let most: bigint | null = null;

/** Refuses what has more digits before the point than numeric can hold. */
function fits(value: Decimal): Decimal {
  most ??= 10n ** BigInt(MAX_DIGITS);
  const absolute = value.digits < 0n ? -value.digits : value.digits;
  if (absolute < most || absolute / pow10(value.scale) < most) return value;
  return fail("22003", "value overflows numeric format");
}

const special = (kind: "NaN" | "Infinity" | "-Infinity"): Decimal => ({ digits: 0n, scale: 0, special: kind });
export const NAN = special("NaN");

const POWERS: bigint[] = [1n];
export function pow10(n: number): bigint {
  for (let i = POWERS.length; i <= n && i < 100; i++) POWERS.push((POWERS[i - 1] ?? 1n) * 10n);
  return POWERS[n] ?? 10n ** BigInt(n);
}

const decimal = (digits: bigint, scale: number): Decimal => ({ digits, scale, special: null });

/** Reads a decimal; null when the text is none. */
export function parseDecimal(text: string): Decimal | null {
  const match = SHAPE.exec(text);
  if (match === null) {
    const word = text.trim().toLowerCase();
    if (word === "nan") return NAN;
    if (word === "infinity" || word === "+infinity" || word === "inf" || word === "+inf") return special("Infinity");
    if (word === "-infinity" || word === "-inf") return special("-Infinity");
    return text === text.trim() ? null : parseDecimal(text.trim());
  }
  const whole = match[2] ?? "";
  const fraction = match[3] ?? "";
  if (whole === "" && fraction === "") return null;
  let digits = BigInt(whole + fraction);
  if (match[1] === "-") digits = -digits;
  let scale = fraction.length;
  if (match[4] !== undefined) {
    const exponent = Number(match[4]);
    if (Math.abs(exponent) > MAX_DIGITS) return fail("22003", "value overflows numeric format");
    scale -= exponent;
    if (scale < 0) {
      digits *= pow10(-scale);
      scale = 0;
    }
  }
  if (scale > MAX_SCALE || whole.length > MAX_DIGITS) return fail("22003", "value overflows numeric format");
  return decimal(digits, scale);
}

export function toDecimal(text: string): Decimal {
  return parseDecimal(text) ?? fail("22P02", `invalid input syntax for type numeric: "${text}"`);
}

export function printDecimal(value: Decimal): string {
  if (value.special !== null) return value.special;
  const negative = value.digits < 0n;
  const text = (negative ? -value.digits : value.digits).toString();
  const sign = negative ? "-" : "";
  if (value.scale === 0) return sign + text;
  const padded = text.padStart(value.scale + 1, "0");
  return `${sign}${padded.slice(0, -value.scale)}.${padded.slice(-value.scale)}`;
}

/** Division rounding half away from zero. */
function divideRounded(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  const rest = a % b;
  const twice = (rest < 0n ? -rest : rest) * 2n;
  if (twice < (b < 0n ? -b : b)) return quotient;
  return a < 0n === b < 0n ? quotient + 1n : quotient - 1n;
}

export function rescale(value: Decimal, scale: number): Decimal {
  if (value.special !== null || scale === value.scale) return value;
  if (scale > value.scale) return decimal(value.digits * pow10(scale - value.scale), scale);
  const rounded = divideRounded(value.digits, pow10(value.scale - scale));
  return scale >= 0 ? decimal(rounded, scale) : decimal(rounded * pow10(-scale), 0);
}

export function truncate(value: Decimal, scale: number): Decimal {
  if (value.special !== null) return value;
  if (scale >= value.scale) return rescale(value, scale);
  const cut = value.digits / pow10(value.scale - scale);
  return scale >= 0 ? decimal(cut, scale) : decimal(cut * pow10(-scale), 0);
}

function aligned(a: Decimal, b: Decimal): [bigint, bigint, number] {
  if (a.scale === b.scale) return [a.digits, b.digits, a.scale];
  const scale = Math.max(a.scale, b.scale);
  return [a.digits * pow10(scale - a.scale), b.digits * pow10(scale - b.scale), scale];
}

const negateSpecial = (value: Decimal): Decimal =>
  value.special === "Infinity" ? special("-Infinity") : value.special === "-Infinity" ? special("Infinity") : value;

export function negate(value: Decimal): Decimal {
  return value.special === null ? decimal(-value.digits, value.scale) : negateSpecial(value);
}

export function add(a: Decimal, b: Decimal): Decimal {
  if (a.special !== null || b.special !== null) {
    if (a.special === "NaN" || b.special === "NaN") return NAN;
    if (a.special !== null && b.special !== null) return a.special === b.special ? a : NAN;
    return a.special === null ? b : a;
  }
  const [x, y, scale] = aligned(a, b);
  return fits(decimal(x + y, scale));
}

export const subtract = (a: Decimal, b: Decimal): Decimal => add(a, negate(b));

const signOf = (value: Decimal): number =>
  value.special === "Infinity" ? 1 : value.special === "-Infinity" ? -1 : value.digits > 0n ? 1 : value.digits < 0n ? -1 : 0;

export function multiply(a: Decimal, b: Decimal): Decimal {
  if (a.special !== null || b.special !== null) {
    if (a.special === "NaN" || b.special === "NaN") return NAN;
    const sign = signOf(a) * signOf(b);
    return sign === 0 ? NAN : special(sign > 0 ? "Infinity" : "-Infinity");
  }
  const product = fits(decimal(a.digits * b.digits, a.scale + b.scale));
  return product.scale > MAX_SCALE ? rescale(product, MAX_SCALE) : product;
}

const divisionByZero = (): never => fail("22012", "division by zero");

/** Weight and value of the first base-10,000 digit, by which PostgreSQL chooses the scale of a quotient. */
function leading(value: Decimal): { weight: number; first: bigint } {
  const absolute = value.digits < 0n ? -value.digits : value.digits;
  if (absolute === 0n) return { weight: 0, first: 0n };
  const weight = Math.floor((absolute.toString().length - value.scale - 1) / 4);
  const power = weight * 4 + value.scale;
  return { weight, first: power >= 0 ? absolute / pow10(power) : absolute * pow10(-power) };
}

function quotientScale(a: Decimal, b: Decimal): number {
  const x = leading(a);
  const y = leading(b);
  const weight = x.weight - y.weight - (x.first <= y.first ? 1 : 0);
  return Math.min(Math.max(16 - weight * 4, a.scale, b.scale, 0), 1000);
}

export function divide(a: Decimal, b: Decimal): Decimal {
  if (a.special !== null || b.special !== null) {
    if (a.special === "NaN" || b.special === "NaN") return NAN;
    if (b.special !== null) return a.special === null ? decimal(0n, 0) : NAN;
    if (b.digits === 0n) return divisionByZero();
    return signOf(a) * signOf(b) > 0 ? special("Infinity") : special("-Infinity");
  }
  if (b.digits === 0n) return divisionByZero();
  const scale = quotientScale(a, b);
  const shift = scale + b.scale - a.scale;
  return decimal(
    shift >= 0 ? divideRounded(a.digits * pow10(shift), b.digits) : divideRounded(a.digits, b.digits * pow10(-shift)),
    scale,
  );
}

/** Quotient truncated to a whole number. */
export function divideWhole(a: Decimal, b: Decimal): Decimal {
  if (a.special !== null || b.special !== null) return divide(a, b);
  if (b.digits === 0n) return divisionByZero();
  const [x, y] = aligned(a, b);
  return decimal(x / y, 0);
}

export function remainder(a: Decimal, b: Decimal): Decimal {
  if (a.special !== null || b.special !== null) {
    if (a.special === "NaN" || b.special === "NaN") return NAN;
    if (a.special !== null) return b.special === null && b.digits === 0n ? divisionByZero() : NAN;
    return a;
  }
  if (b.digits === 0n) return divisionByZero();
  const [x, y, scale] = aligned(a, b);
  return decimal(x % y, scale);
}

export function compare(a: Decimal, b: Decimal): number {
  const rank = (value: Decimal): number =>
    value.special === "NaN" ? 2 : value.special === "Infinity" ? 1 : value.special === "-Infinity" ? -1 : 0;
  if (a.special !== null || b.special !== null) return Math.sign(rank(a) - rank(b));
  const [x, y] = aligned(a, b);
  return x < y ? -1 : x > y ? 1 : 0;
}

/** `wanted`: digits after the point; left out: as sqrt() has them. */
export function squareRoot(a: Decimal, wanted?: number): Decimal {
  if (a.special !== null) return a.special === "-Infinity" ? fail("2201F", "cannot take square root of a negative number") : a;
  if (a.digits < 0n) return fail("2201F", "cannot take square root of a negative number");
  const weight = a.digits === 0n ? 0 : leading(a).weight;
  const half = weight >= 0 ? Math.trunc(((weight + 1) * 4) / 2) - 1 : 1 - Math.trunc(((1 - weight) * 4) / 2);
  const scale = wanted ?? Math.min(Math.max(16 - half, a.scale, 0), 1000);
  // The root is taken with guard digits, then rounded.
  const guard = scale + 4;
  const target = (a.digits * pow10(2 * guard)) / pow10(a.scale);
  let root = 0n;
  if (target > 0n) {
    root = 1n << BigInt(Math.ceil(target.toString(2).length / 2));
    for (;;) {
      const next = (root + target / root) >> 1n;
      if (next >= root) break;
      root = next;
    }
  }
  return rescale(decimal(root, guard), scale);
}

export function floor(value: Decimal): Decimal {
  if (value.special !== null || value.scale === 0) return value;
  const unit = pow10(value.scale);
  const whole = value.digits / unit;
  return decimal(value.digits < 0n && whole * unit !== value.digits ? whole - 1n : whole, 0);
}

export const ceiling = (value: Decimal): Decimal => negate(floor(negate(value)));

/** The same value without zeros at its end. */
export function trimmed(value: Decimal): Decimal {
  if (value.special !== null) return value;
  let { digits, scale } = value;
  while (scale > 0 && digits % 10n === 0n) {
    digits /= 10n;
    scale--;
  }
  return decimal(digits, scale);
}

export const fromInteger = (value: bigint | number): Decimal => decimal(BigInt(value), 0);
export const sign = signOf;

const KEY_BIAS = 200_000;
const complement = (digits: string): string => digits.replace(/\d/g, (digit) => String(9 - Number(digit)));

/**
 * A text whose byte order is numeric order, equal for equal values (1.10 and 1.1): a class digit, the exponent, the digits.
 * Negative numbers are written in nines' complement with a closing `~`.
 */
export function sortKey(text: string): string {
  const match = SHAPE.exec(text);
  if (match === null || match[4] !== undefined) return keyOf(toDecimal(text));
  let whole = match[2] ?? "";
  const fraction = match[3] ?? "";
  let at = 0;
  while (whole.charCodeAt(at) === 48) at++;
  whole = whole.slice(at);
  return keyParts(match[1] === "-", whole + fraction, whole.length);
}

function keyOf(value: Decimal): string {
  if (value.special !== null) return value.special === "NaN" ? "4" : value.special === "Infinity" ? "3" : "-";
  const digits = (value.digits < 0n ? -value.digits : value.digits).toString();
  return keyParts(value.digits < 0n, digits, digits.length - value.scale);
}

function keyParts(negative: boolean, all: string, point: number): string {
  let from = 0;
  while (all.charCodeAt(from) === 48) from++;
  let to = all.length;
  while (to > from && all.charCodeAt(to - 1) === 48) to--;
  if (from === to) return "1";
  const digits = all.slice(from, to);
  const exponent = point - from + KEY_BIAS;
  return negative ? `0${999_999 - exponent}${complement(digits)}~` : `2${exponent}${digits}`;
}
