// Exact decimal addition for INCRBYFLOAT and HINCRBYFLOAT. Redis adds long doubles and prints 17 fractional digits with the
// trailing zeros cut; exact decimals give the same where a long double is exact enough, and the right digits where it is not.

export interface Decimal {
  /** The value is `digits` divided by ten to the `scale`. */
  readonly digits: bigint;
  readonly scale: number;
}

const FORM = /^([+-]?)(?:([0-9]+)(?:\.([0-9]*))?|\.([0-9]+))(?:[eE]([+-]?[0-9]{1,6}))?$/;
/** Longest text Redis reads as a number, and the exponents of its long double. */
const MAX_TEXT = 5_120;
const MAX_EXPONENT = 4_932;
const MIN_EXPONENT = -4_951;
const PRINTED_DIGITS = 17;

/** Undefined when the text is no number (or out of a long double's range); "infinite" for inf. */
export function parseDecimal(text: string): Decimal | "infinite" | undefined {
  if (text.length === 0 || text.length >= MAX_TEXT) return undefined;
  if (/^[+-]?inf(inity)?$/i.test(text)) return "infinite";
  const match = FORM.exec(text);
  if (match === null) return undefined;
  const fraction = match[3] ?? match[4] ?? "";
  const magnitude = BigInt(`${match[2] ?? ""}${fraction}`);
  if (magnitude === 0n) return { digits: 0n, scale: 0 };
  const exponent = Number(match[5] ?? "0");
  const leading = String(magnitude).length - fraction.length + exponent;
  if (leading > MAX_EXPONENT + 1 || leading < MIN_EXPONENT) return undefined;
  const digits = match[1] === "-" ? -magnitude : magnitude;
  const scale = fraction.length - exponent;
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 };
}

export function addDecimals(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale);
  return { digits: a.digits * 10n ** BigInt(scale - a.scale) + b.digits * 10n ** BigInt(scale - b.scale), scale };
}

/** At most 17 fractional digits, rounded half away from zero, without trailing zeros. */
export function printDecimal(value: Decimal): string {
  let { digits, scale } = value;
  const negative = digits < 0n;
  if (negative) digits = -digits;
  if (scale > PRINTED_DIGITS) {
    const unit = 10n ** BigInt(scale - PRINTED_DIGITS);
    digits = (digits + unit / 2n) / unit;
    scale = PRINTED_DIGITS;
  }
  const text = String(digits).padStart(scale + 1, "0");
  const whole = text.slice(0, text.length - scale);
  const fraction = text.slice(text.length - scale).replace(/0+$/, "");
  const printed = fraction === "" ? whole : `${whole}.${fraction}`;
  return negative && printed !== "0" ? `-${printed}` : printed;
}
