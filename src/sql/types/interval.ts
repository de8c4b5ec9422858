// interval (value and forms: interval-value.ts). A document holds the text PostgreSQL prints.
import { fail } from "../errors.ts";
import { defineType, wrongLength } from "./define.ts";
import { packInterval, parseInterval, showInterval, unpackInterval } from "./interval-value.ts";
import { roundMicros } from "./moment.ts";
import { OID } from "./oids.ts";

const FULL_RANGE = 0x7fff;
const digitsOf = (typmod: number): number => typmod & 0xffff;

export const interval = defineType({
  oid: OID.interval,
  arrayOid: 1187,
  name: "interval",
  length: 16,
  category: "T",
  preferred: true,
  storage: "text",
  input: (text, typmod) => {
    const value = parseInterval(text);
    return packInterval(
      typmod < 0 || digitsOf(typmod) > 6 ? value : { ...value, micros: roundMicros(value.micros, digitsOf(typmod)) },
    );
  },
  output: (raw) => showInterval(String(raw)),
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
  modify: (raw, typmod) => {
    const value = unpackInterval(String(raw));
    return digitsOf(typmod) > 6 ? raw : packInterval({ ...value, micros: roundMicros(value.micros, digitsOf(typmod)) });
  },
  showModifier: (typmod) => (typmod < 0 || digitsOf(typmod) > 6 ? "" : `(${digitsOf(typmod)})`),
  readModifier: ([range = FULL_RANGE, digits = 0xffff]) => {
    if (range !== FULL_RANGE) fail("0A000", "interval with a field range is not supported by ChronDB");
    return (range << 16) | digits;
  },
});
