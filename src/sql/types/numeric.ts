// numeric: exact text, compared through a sort key.
import { fail } from "../errors.ts";
import { type Decimal, parseDecimal, pow10, printDecimal, rescale, toDecimal } from "./decimal.ts";
import { badInput, defineType, wrongLength } from "./define.ts";
import { OID } from "./oids.ts";

const precisionOf = (typmod: number): number => ((typmod - 4) >> 16) & 0xffff;
const scaleOf = (typmod: number): number => (((typmod - 4) & 0x7ff) ^ 1024) - 1024;

export function fitNumeric(value: Decimal, typmod: number): Decimal {
  if (typmod < 4 || value.special === "NaN") return value;
  const precision = precisionOf(typmod);
  const scale = scaleOf(typmod);
  const overflow = (): never =>
    fail("22003", "numeric field overflow", {
      detail:
        value.special !== null
          ? `A field with precision ${precision}, scale ${scale} cannot hold an infinite value.`
          : `A field with precision ${precision}, scale ${scale} must round to an absolute value less than ${
              precision === scale ? "1" : `10^${precision - scale}`
            }.`,
    });
  if (value.special !== null) return overflow();
  const rounded = rescale(value, scale);
  const absolute = rounded.digits < 0n ? -rounded.digits : rounded.digits;
  if (absolute >= pow10(precision) * (scale < 0 ? pow10(-scale) : 1n)) overflow();
  return rounded;
}

/** A number as written anywhere (JSON too) to the way numeric prints it. */
export function showNumeric(raw: string): string {
  return /^-?\d+(\.\d+)?$/.test(raw) && !raw.startsWith("-0") && !/^0\d/.test(raw) ? raw : printDecimal(toDecimal(raw));
}

function decode(bytes: Buffer): string {
  if (bytes.length < 8) return wrongLength("numeric");
  const count = bytes.readUInt16BE(0);
  const weight = bytes.readInt16BE(2);
  const sign = bytes.readUInt16BE(4);
  const scale = bytes.readUInt16BE(6);
  if (sign === 0xc000) return "NaN";
  if (sign === 0xd000) return "Infinity";
  if (sign === 0xf000) return "-Infinity";
  if (bytes.length !== 8 + count * 2) return wrongLength("numeric");
  let digits = 0n;
  for (let at = 0; at < count; at++) digits = digits * 10_000n + BigInt(bytes.readUInt16BE(8 + at * 2));
  // The last base-10,000 digit stands at 10000^(weight - count + 1).
  const power = (weight - count + 1) * 4;
  const value = { digits: power >= 0 ? digits * pow10(power) : digits, scale: power >= 0 ? 0 : -power, special: null };
  const fitted = rescale(value, scale);
  return printDecimal(sign === 0x4000 ? { ...fitted, digits: -fitted.digits } : fitted);
}

function encode(text: string): Buffer {
  const value = toDecimal(text);
  if (value.special !== null) {
    const bytes = Buffer.alloc(8);
    // PostgreSQL sends a scale of 32 with its infinities.
    if (value.special !== "NaN") bytes.writeUInt16BE(32, 6);
    bytes.writeUInt16BE(value.special === "NaN" ? 0xc000 : value.special === "Infinity" ? 0xd000 : 0xf000, 4);
    return bytes;
  }
  const shown = printDecimal(value).replace("-", "");
  const [whole = "", fraction = ""] = shown.split(".");
  const left = whole.padStart(Math.ceil(whole.length / 4) * 4, "0");
  const right = fraction.padEnd(Math.ceil(fraction.length / 4) * 4, "0");
  let groups = ((left + right).match(/.{4}/g) ?? []).map(Number);
  let weight = left.length / 4 - 1;
  while (groups.length > 0 && groups[0] === 0) {
    groups = groups.slice(1);
    weight--;
  }
  while (groups.length > 0 && groups.at(-1) === 0) groups.pop();
  const bytes = Buffer.alloc(8 + groups.length * 2);
  bytes.writeUInt16BE(groups.length, 0);
  bytes.writeInt16BE(groups.length === 0 ? 0 : weight, 2);
  bytes.writeUInt16BE(value.digits < 0n ? 0x4000 : 0, 4);
  bytes.writeUInt16BE(value.scale, 6);
  for (const [at, group] of groups.entries()) bytes.writeUInt16BE(group, 8 + at * 2);
  return bytes;
}

export const numeric = defineType({
  oid: OID.numeric,
  arrayOid: 1231,
  name: "numeric",
  length: -1,
  category: "N",
  storage: "text",
  input: (text, typmod) => printDecimal(fitNumeric(parseDecimal(text) ?? badInput("numeric", text), typmod)),
  output: (raw) => showNumeric(String(raw)),
  decode,
  encode,
  key: (sql) => `numeric_key(${sql})`,
  // `->` hands a JSON number over as written, where `->>` would turn it into a float.
  // NaN and the infinities are JSON strings there.
  member: (body, path) => `replace(nullif(${body} -> ${path}, 'null'), '"', '')`,
  toJson: (raw) => {
    const text = showNumeric(String(raw));
    return /[a-z]/.test(text) ? JSON.stringify(text) : text;
  },
  modify: (raw, typmod) => printDecimal(fitNumeric(toDecimal(String(raw)), typmod)),
  showModifier: (typmod) => (typmod < 4 ? "" : `(${precisionOf(typmod)},${scaleOf(typmod)})`),
  readModifier: ([precision = 0, scale = 0, ...more]) => {
    if (more.length > 0) fail("22023", "invalid NUMERIC type modifier");
    if (precision < 1 || precision > 1000) fail("22023", `NUMERIC precision ${precision} must be between 1 and 1000`);
    if (scale < -1000 || scale > 1000) fail("22023", `NUMERIC scale ${scale} must be between -1000 and 1000`);
    return ((precision << 16) | (scale & 0x7ff)) + 4;
  },
});
