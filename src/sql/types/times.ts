// date, time, timestamp and timestamptz (forms: moment.ts).
import { SqlError } from "../contract.ts";
import { fail } from "../errors.ts";
import { DAY_MICROS } from "./calendar.ts";
import { defineType, scalarText, wrongLength } from "./define.ts";
import {
  dateText,
  daysOfText,
  instantText,
  isInfinite,
  microsOf,
  microsOfTime,
  momentText,
  parseMoment,
  roundMicros,
  shortTime,
  showDate,
  showInstant,
  showTimestamp,
  timeText,
  toInstant,
  toLocal,
} from "./moment.ts";
import { OID } from "./oids.ts";
import { PLAIN_STYLE, type Style } from "./style.ts";
import type { Present } from "./type.ts";

/** Days and microseconds between 1970 and PostgreSQL's epoch, 2000-01-01. */
const EPOCH_DAYS = 10_957;
const EPOCH_MICROS = BigInt(EPOCH_DAYS) * DAY_MICROS;
const INFINITY = 2n ** 63n - 1n;

const precision = (name: string) => ({
  showModifier: (typmod: number): string => (typmod < 0 ? "" : `(${typmod})`),
  readModifier: ([digits = 6]: number[]): number => {
    if (digits < 0) fail("22023", `${name}(${digits}) precision must not be negative`);
    return Math.min(digits, 6);
  },
});

/** Says which text was out of range. */
function inRange(what: string, text: string, make: () => string): string {
  try {
    return make();
  } catch (thrown) {
    if (thrown instanceof SqlError && thrown.fields.sqlstate === "22008") fail("22008", `${what} out of range: "${text}"`);
    throw thrown;
  }
}

const FAR = /^[/:]\d{7}-\d\d-\d\d(?:T\d\d:\d\d:\d\d\.\d{6}Z?)?$/;

/** Documents hold years before the first and past 9999 in the internal form. */
const stored =
  (type: string, input: (text: string, typmod: number, style: Style) => Present) =>
  (json: string, style: Style): Present => {
    const text = scalarText(json, type);
    return FAR.test(text) ? text : input(text, -1, style);
  };

const readDate = (text: string, _typmod: number, style: Style): Present => {
  const parsed = parseMoment(text, "date", style);
  if (parsed.special !== null) return parsed.special;
  if (parsed.days === null) return fail("22007", `invalid input syntax for type date: "${text}"`);
  // 'now' is an instant; its day is the session's.
  if (parsed.zone !== null && text.trim().toLowerCase() === "now") {
    return dateText(Math.floor(Number(toLocal(BigInt(style.now), style.timeZone)) / 86_400_000_000));
  }
  return inRange("date", text, () => dateText(parsed.days ?? 0));
};

export const date = defineType({
  oid: OID.date,
  arrayOid: 1182,
  name: "date",
  length: 4,
  category: "D",
  storage: "text",
  input: readDate,
  fromJson: stored("date", readDate),
  output: (raw, style) => showDate(String(raw), style),
  decode: (bytes) => {
    if (bytes.length !== 4) return wrongLength("date");
    const days = bytes.readInt32BE();
    return days === 2_147_483_647
      ? "infinity"
      : days === -2_147_483_648
        ? "-infinity"
        : showDate(dateText(days + EPOCH_DAYS), PLAIN_STYLE);
  },
  encode: (text) => {
    const bytes = Buffer.alloc(4);
    const internal = String(date.input(text, -1, PLAIN_STYLE));
    bytes.writeInt32BE(
      internal === "infinity" ? 2_147_483_647 : internal === "-infinity" ? -2_147_483_648 : daysOfText(internal) - EPOCH_DAYS,
    );
    return bytes;
  },
});

export const time = defineType({
  oid: OID.time,
  arrayOid: 1183,
  name: "time",
  display: "time without time zone",
  length: 8,
  category: "D",
  storage: "text",
  input: (text, typmod, style) => {
    const parsed = parseMoment(text, "time", style);
    const micros = text.trim().toLowerCase() === "now" ? toLocal(BigInt(style.now), style.timeZone) % DAY_MICROS : parsed.micros;
    if (micros === null) return fail("22007", `invalid input syntax for type time: "${text}"`);
    return timeText(Number(roundMicros(BigInt(micros), typmod)));
  },
  output: (raw) => shortTime(String(raw)),
  decode: (bytes) => (bytes.length === 8 ? shortTime(timeText(Number(bytes.readBigInt64BE()))) : wrongLength("time")),
  encode: (text) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64BE(BigInt(microsOfTime(String(time.input(text, -1, PLAIN_STYLE)))));
    return bytes;
  },
  modify: (raw, typmod) => timeText(Number(roundMicros(BigInt(microsOfTime(String(raw))), typmod))),
  ...precision("TIME"),
});

const isNow = (text: string): boolean => text.trim().toLowerCase() === "now";

function readTimestamp(text: string, typmod: number, style: Style): Present {
  if (isNow(text)) return momentText(roundMicros(toLocal(BigInt(style.now), style.timeZone), typmod));
  const parsed = parseMoment(text, "timestamp", style);
  if (parsed.special !== null) return parsed.special;
  if (parsed.days === null) return fail("22007", `invalid input syntax for type timestamp: "${text}"`);
  const { days, micros } = parsed;
  return inRange("timestamp", text, () => momentText(roundMicros(BigInt(days) * DAY_MICROS + BigInt(micros ?? 0), typmod)));
}

function readInstant(text: string, typmod: number, style: Style): Present {
  const parsed = parseMoment(text, "timestamp with time zone", style);
  if (parsed.special !== null) return parsed.special;
  if (parsed.days === null) return fail("22007", `invalid input syntax for type timestamp with time zone: "${text}"`);
  const local = BigInt(parsed.days) * DAY_MICROS + BigInt(parsed.micros ?? 0);
  const instant = toInstant(local, parsed.zone ?? style.timeZone);
  return inRange("timestamp", text, () => instantText(roundMicros(instant, typmod)));
}

const encodeMicros = (internal: string): Buffer => {
  const bytes = Buffer.alloc(8);
  if (internal === "infinity") bytes.writeBigInt64BE(INFINITY);
  else if (internal === "-infinity") bytes.writeBigInt64BE(-INFINITY - 1n);
  else bytes.writeBigInt64BE(microsOf(internal) - EPOCH_MICROS);
  return bytes;
};

function decodeMicros(bytes: Buffer, what: string, show: (micros: bigint) => string): string {
  if (bytes.length !== 8) return wrongLength(what);
  const micros = bytes.readBigInt64BE();
  return micros === INFINITY ? "infinity" : micros === -INFINITY - 1n ? "-infinity" : show(micros + EPOCH_MICROS);
}

export const timestamp = defineType({
  oid: OID.timestamp,
  arrayOid: 1115,
  name: "timestamp",
  display: "timestamp without time zone",
  length: 8,
  category: "D",
  storage: "text",
  input: readTimestamp,
  fromJson: stored("timestamp without time zone", readTimestamp),
  output: (raw, style) => showTimestamp(String(raw), style),
  decode: (bytes) => decodeMicros(bytes, "timestamp", (micros) => showTimestamp(momentText(micros), PLAIN_STYLE)),
  encode: (text) => encodeMicros(String(readTimestamp(text, -1, PLAIN_STYLE))),
  modify: (raw, typmod) => (isInfinite(String(raw)) ? raw : momentText(roundMicros(microsOf(String(raw)), typmod))),
  ...precision("TIMESTAMP"),
});

export const timestamptz = defineType({
  oid: OID.timestamptz,
  arrayOid: 1185,
  name: "timestamptz",
  display: "timestamp with time zone",
  length: 8,
  category: "D",
  preferred: true,
  storage: "text",
  input: readInstant,
  fromJson: stored("timestamp with time zone", readInstant),
  output: (raw, style) => showInstant(String(raw), style),
  decode: (bytes) => decodeMicros(bytes, "timestamp with time zone", (micros) => showInstant(instantText(micros), PLAIN_STYLE)),
  encode: (text) => encodeMicros(String(readInstant(text, -1, PLAIN_STYLE))),
  modify: (raw, typmod) => (isInfinite(String(raw)) ? raw : instantText(roundMicros(microsOf(String(raw)), typmod))),
  ...precision("TIMESTAMP"),
});
