// real and double precision. NaN is the text 'NaN' inside SQLite (which has no NaN and sorts text after numbers).
import { fail } from "../errors.ts";
import { badInput, defineType, wrongLength } from "./define.ts";
import { OID } from "./oids.ts";
import type { Present, SqlType } from "./type.ts";

const SHAPE = /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/;
const WORDS: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  infinity: Infinity,
  "+infinity": Infinity,
  inf: Infinity,
  "+inf": Infinity,
  "-infinity": -Infinity,
  "-inf": -Infinity,
};

/** A JavaScript number as SQLite is to hold it. */
export const holdFloat = (value: number): number | string => (Number.isNaN(value) ? "NaN" : value);
export const readFloat = (raw: Present): number => (raw === "NaN" ? Number.NaN : Number(raw));

/** Digits and exponent to PostgreSQL's print: scientific below 1e-4 and from `limit` on. */
function printShortest(digits: string, limit: number): string {
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(digits);
  if (match === null) return digits;
  const [, sign = "", first = "", rest = ""] = match;
  const exponent = Number(match[4]);
  if (exponent < -4 || exponent >= limit) {
    const size = Math.abs(exponent);
    return `${sign}${first}${rest === "" ? "" : `.${rest}`}e${exponent < 0 ? "-" : "+"}${size < 10 ? `0${size}` : size}`;
  }
  const all = first + rest;
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${all}`;
  if (all.length <= exponent + 1) return sign + all.padEnd(exponent + 1, "0");
  return `${sign}${all.slice(0, exponent + 1)}.${all.slice(exponent + 1)}`;
}

function special(value: number): string | null {
  if (Number.isNaN(value)) return "NaN";
  if (value === Infinity) return "Infinity";
  if (value === -Infinity) return "-Infinity";
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  return null;
}

export function showFloat8(value: number): string {
  return special(value) ?? printShortest(value.toExponential(), 15);
}

export function showFloat4(value: number): string {
  const known = special(value);
  if (known !== null) return known;
  for (let precision = 1; precision <= 9; precision++) {
    const text = value.toExponential(precision - 1);
    if (Math.fround(Number(text)) === Math.fround(value)) return printShortest(text.replace(/\.?0+e/, "e"), 6);
  }
  return printShortest(value.toExponential(), 6);
}

/** With fewer digits than a float has, as extra_float_digits asks for. */
function showDigits(value: number, digits: number): string {
  return special(value) ?? printShortest(Number(value.toPrecision(digits)).toExponential(), digits);
}

function float(
  display: string,
  round: (value: number) => number,
  show: (value: number) => string,
  digits: number,
  rest: Pick<SqlType, "oid" | "arrayOid" | "name" | "length" | "preferred" | "decode" | "encode" | "member">,
): SqlType {
  return defineType({
    ...rest,
    display,
    category: "N",
    storage: "real",
    input: (text) => {
      const word = WORDS[text.trim().toLowerCase()];
      if (word !== undefined) return holdFloat(word);
      if (!SHAPE.test(text)) return badInput(display, text);
      const exact = Number(text);
      const value = round(exact);
      const zero = value === 0 && /[1-9]/.test(text.replace(/[eE].*$/s, ""));
      if (!Number.isFinite(value) || zero) fail("22003", `"${text.trim()}" is out of range for type ${display}`);
      return value;
    },
    output: (raw, style) =>
      style.floatDigits > 0 ? show(readFloat(raw)) : showDigits(readFloat(raw), Math.max(1, digits + style.floatDigits)),
    toJson: (raw) => {
      const text = show(readFloat(raw));
      return /[a-zA-Z]$/.test(text) ? JSON.stringify(text) : text;
    },
  });
}

export const float4 = float("real", Math.fround, showFloat4, 6, {
  oid: OID.float4,
  arrayOid: 1021,
  name: "float4",
  length: 4,
  preferred: false,
  member: (body, path) => `float4_member(${body} ->> ${path})`,
  decode: (bytes) => (bytes.length === 4 ? showFloat4(bytes.readFloatBE()) : wrongLength("real")),
  encode: (text) => {
    const bytes = Buffer.alloc(4);
    bytes.writeFloatBE(Number(text));
    return bytes;
  },
});

export const float8 = float("double precision", (value) => value, showFloat8, 15, {
  oid: OID.float8,
  arrayOid: 1022,
  name: "float8",
  length: 8,
  preferred: true,
  // `+ 0.0` makes a whole number written 5 a REAL, while the texts NaN and ±Infinity stay what they are.
  member: (body, path) => `float8_member(${body} ->> ${path})`,
  decode: (bytes) => (bytes.length === 8 ? showFloat8(bytes.readDoubleBE()) : wrongLength("double precision")),
  encode: (text) => {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleBE(Number(text));
    return bytes;
  },
});
