// interval (value and forms: interval-value.ts). A document holds the text PostgreSQL prints.
import { fail } from "../errors.ts";
import { defineType, wrongLength } from "./define.ts";
import { FIELD, FULL_RANGE, parseInterval } from "./interval-reader.ts";
import { type Interval, packInterval, showInterval, showIntervalAs, unpackInterval } from "./interval-value.ts";
import { roundMicros } from "./moment.ts";
import { OID } from "./oids.ts";

const rangeOf = (typmod: number): number => (typmod < 0 ? FULL_RANGE : (typmod >> 16) & 0x7fff);
const digitsOf = (typmod: number): number => typmod & 0xffff;

/** Cuts what is below the type's last field; rounds seconds to the type's digits. */
function limited(value: Interval, typmod: number): Interval {
  if (typmod < 0) return value;
  const range = rangeOf(typmod);
  const down = (unit: bigint): Interval => ({ ...value, micros: (value.micros / unit) * unit });
  if (range !== FULL_RANGE && (range & FIELD.second) === 0) {
    if ((range & FIELD.minute) !== 0) return down(60_000_000n);
    if ((range & FIELD.hour) !== 0) return down(3_600_000_000n);
    if ((range & FIELD.day) !== 0) return { ...value, micros: 0n };
    const months = (range & FIELD.month) === 0 ? Math.trunc(value.months / 12) * 12 : value.months;
    return { months, days: 0, micros: 0n };
  }
  return digitsOf(typmod) > 6 ? value : { ...value, micros: roundMicros(value.micros, digitsOf(typmod)) };
}

/** ` day to second`: the fields of a range by their names. */
function rangeText(range: number): string {
  if (range === FULL_RANGE) return "";
  const names = (["year", "month", "day", "hour", "minute", "second"] as const).filter((name) => (range & FIELD[name]) !== 0);
  return names.length < 2 ? ` ${names[0] ?? ""}` : ` ${names[0]} to ${names.at(-1)}`;
}

export const interval = defineType({
  oid: OID.interval,
  arrayOid: 1187,
  name: "interval",
  length: 16,
  category: "T",
  preferred: true,
  storage: "text",
  input: (text, typmod, style) => packInterval(limited(parseInterval(text, rangeOf(typmod), style.intervalFormat), typmod)),
  output: (raw, style) => showIntervalAs(String(raw), style.intervalFormat),
  decode: (bytes) =>
    bytes.length === 16
      ? showInterval(packInterval({ micros: bytes.readBigInt64BE(0), days: bytes.readInt32BE(8), months: bytes.readInt32BE(12) }))
      : wrongLength("interval"),
  encode: (text) => {
    const value = parseInterval(text);
    const bytes = Buffer.alloc(16);
    bytes.writeBigInt64BE(value.micros, 0);
    bytes.writeInt32BE(value.days, 8);
    bytes.writeInt32BE(value.months, 12);
    return bytes;
  },
  key: (sql) => `interval_key(${sql})`,
  member: (body, path) => `interval_member(${body} ->> ${path})`,
  toJson: (raw) => JSON.stringify(showInterval(String(raw))),
  modify: (raw, typmod) => (typmod < 0 ? raw : packInterval(limited(unpackInterval(String(raw)), typmod))),
  showModifier: (typmod) => {
    if (typmod < 0) return "";
    return `${rangeText(rangeOf(typmod))}${digitsOf(typmod) > 6 ? "" : `(${digitsOf(typmod)})`}`;
  },
  readModifier: ([range = FULL_RANGE, digits = 0xffff]) => {
    if (digits < 0) fail("22023", `INTERVAL(${digits}) precision must not be negative`);
    return (range << 16) | (digits === 0xffff ? digits : Math.min(digits, 6));
  },
});
