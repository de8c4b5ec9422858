// Functions on dates and times.

import { fail } from "../../errors.ts";
import { daysInMonth, daysOf, knownZone } from "../../types/calendar.ts";
import { checkedInterval, type Interval, packInterval, unpackInterval } from "../../types/interval-value.ts";
import { dateText, instantText, isInfinite, microsOf, momentText, timeText, toInstant, toLocal } from "../../types/moment.ts";
import { zoneWord } from "../../types/moment-words.ts";
import { context, style } from "../context.ts";
import type { SqlFunction } from "../define.ts";
import { bool, date, float8, int4, interval, js, numeric, text, time, timestamp, timestamptz, truth } from "../short.ts";
import { ageBetween } from "./age.ts";
import { fieldOf, truncateMoment } from "./fields.ts";
import { toCharMoment, toMoment } from "./format.ts";

/** A zone by its name, its offset or its abbreviation. */
function zoneOf(given: unknown): string {
  const name = String(given);
  const word = zoneWord(name.toLowerCase());
  if (typeof word === "string") return word;
  if (word !== undefined && word !== 0) {
    const absolute = Math.abs(word) / 60;
    // As POSIX writes it, west is positive.
    return `<${word < 0 ? "-" : "+"}0>${word < 0 ? "+" : "-"}${Math.floor(absolute / 60)}:${String(absolute % 60).padStart(2, "0")}`;
  }
  return knownZone(name) ?? fail("22023", `time zone "${name}" not recognized`);
}
/** make_timestamptz takes an offset with ISO's sign. */
function zoneOrOffset(name: string): string | number {
  const offset = /^([+-])(\d{1,2})(?::?(\d{2}))?(?::(\d{2}))?$/.exec(name);
  if (offset === null)
    return /^\d/.test(name)
      ? fail("22023", `invalid input syntax for type numeric time zone: "${name}"`, {
          hint: 'Numeric time zones must have "-" or "+" as first character.',
        })
      : zoneOf(name);
  const seconds = Number(offset[2]) * 3600 + Number(offset[3] ?? 0) * 60 + Number(offset[4] ?? 0);
  if (seconds >= 16 * 3600) fail("22023", `numeric time zone "${name}" out of range`);
  return offset[1] === "-" ? -seconds : seconds;
}

const stable = { volatility: "stable" } as const;

function checkedDays(given: number, month: number, day: number): number {
  // A negative year is one before the first.
  const year = given < 0 ? given + 1 : given;
  if (given === 0 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) {
    fail("22008", `date field value out of range: ${given}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`);
  }
  return daysOf(year, month, day);
}

function timeOf(hour: number, minute: number, second: number): number {
  const past = hour === 24 && (minute > 0 || second > 0);
  if (hour < 0 || hour > 24 || minute < 0 || minute > 59 || !(second >= 0 && second <= 60) || past) {
    fail("22008", `time field value out of range: ${hour}:${String(minute).padStart(2, "0")}:${second}`);
  }
  return (hour * 60 + minute) * 60 * 1_000_000 + Math.round(second * 1e6);
}

const nowText = (): string => instantText(BigInt(style().now));

export const timeFunctions: readonly SqlFunction[] = [
  ...["now", "transaction_timestamp", "statement_timestamp"].map((name) => js(name, [], timestamptz, nowText, stable)),
  js("clock_timestamp", [], timestamptz, () => instantText(BigInt(context().clock())), { volatility: "volatile" }),
  js("timeofday", [], text, () => instantText(BigInt(context().clock())), { volatility: "volatile" }),
  ...[timestamp, timestamptz, date, interval, time].flatMap((type) => {
    const more = type === timestamptz ? stable : {};
    return [
      js("extract", [text, type], numeric, (field, value) => fieldOf(String(field), String(value), type), more),
      js(
        "date_part",
        [text, type],
        float8,
        (field, value) => {
          const found = fieldOf(String(field), String(value), type);
          return found === null ? null : Number(found);
        },
        more,
      ),
    ];
  }),
  js("date_trunc", [text, timestamp], timestamp, (unit, value) => truncateMoment(String(unit), String(value), null)),
  js(
    "date_trunc",
    [text, timestamptz],
    timestamptz,
    (unit, value) => truncateMoment(String(unit), String(value), style().timeZone),
    stable,
  ),
  js(
    "date_trunc",
    [text, timestamptz, text],
    timestamptz,
    (unit, value, zone) => truncateMoment(String(unit), String(value), zoneOf(zone)),
    stable,
  ),
  js("timezone", [text, timestamptz], timestamp, (zone, value) =>
    isInfinite(String(value)) ? String(value) : momentText(toLocal(microsOf(String(value)), zoneOf(zone))),
  ),
  js("timezone", [text, timestamp], timestamptz, (zone, value) =>
    isInfinite(String(value)) ? String(value) : instantText(toInstant(microsOf(String(value)), zoneOf(zone))),
  ),
  js("timezone", [interval, timestamptz], timestamp, (zone, value) =>
    momentText(microsOf(String(value)) + unpackInterval(String(zone)).micros),
  ),
  js("timezone", [interval, timestamp], timestamptz, (zone, value) =>
    instantText(microsOf(String(value)) - unpackInterval(String(zone)).micros),
  ),
  js("age", [timestamp, timestamp], interval, (a, b) => ageBetween(microsOf(String(a)), microsOf(String(b)))),
  js(
    "age",
    [timestamptz, timestamptz],
    interval,
    (a, b) => {
      const zone = style().timeZone;
      return ageBetween(toLocal(microsOf(String(a)), zone), toLocal(microsOf(String(b)), zone));
    },
    stable,
  ),
  js("age", [timestamp], interval, (b) => ageBetween(midnight(), microsOf(String(b))), stable),
  js("age", [timestamptz], interval, (b) => ageBetween(midnight(), toLocal(microsOf(String(b)), style().timeZone)), stable),
  js("isfinite", [timestamp], bool, (a) => truth(!isInfinite(String(a)))),
  js("isfinite", [timestamptz], bool, (a) => truth(!isInfinite(String(a)))),
  js("isfinite", [date], bool, (a) => truth(!isInfinite(String(a)))),
  js("to_timestamp", [float8], timestamptz, (a) => instantText(BigInt(Math.round(Number(a) * 1e6)))),
  js(
    "to_timestamp",
    [text, text],
    timestamptz,
    (a, pattern) => instantText(toInstant(toMoment(String(a), String(pattern)), style().timeZone)),
    stable,
  ),
  js("to_date", [text, text], date, (a, pattern) =>
    dateText(Math.floor(Number(toMoment(String(a), String(pattern))) / 86_400_000_000)),
  ),
  js(
    "to_char",
    [timestamp, text],
    text,
    (a, pattern) => (isInfinite(String(a)) ? null : toCharMoment(microsOf(String(a)), String(pattern), null)),
    stable,
  ),
  js(
    "to_char",
    [timestamptz, text],
    text,
    (a, pattern) => (isInfinite(String(a)) ? null : toCharMoment(microsOf(String(a)), String(pattern), style().timeZone)),
    stable,
  ),
  js("make_date", [int4, int4, int4], date, (y, m, d) => dateText(checkedDays(Number(y), Number(m), Number(d)))),
  js("make_time", [int4, int4, float8], time, (h, m, s) => timeText(timeOf(Number(h), Number(m), Number(s)))),
  js("make_timestamp", [int4, int4, int4, int4, int4, float8], timestamp, (y, mo, d, h, mi, s) =>
    momentText(
      BigInt(checkedDays(Number(y), Number(mo), Number(d))) * 86_400_000_000n + BigInt(timeOf(Number(h), Number(mi), Number(s))),
    ),
  ),
  js(
    "make_timestamptz",
    [int4, int4, int4, int4, int4, float8, text],
    timestamptz,
    (y, mo, d, h, mi, s, zone) => {
      const days = BigInt(checkedDays(Number(y), Number(mo), Number(d)));
      const local = days * 86_400_000_000n + BigInt(timeOf(Number(h), Number(mi), Number(s)));
      return instantText(toInstant(local, zone === undefined ? style().timeZone : zoneOrOffset(String(zone))));
    },
    { ...stable, optional: 1 },
  ),
  js(
    "make_interval",
    [int4, int4, int4, int4, int4, int4, float8],
    interval,
    (y = 0, mo = 0, w = 0, d = 0, h = 0, mi = 0, s = 0) =>
      packInterval({
        months: Number(y) * 12 + Number(mo),
        days: Number(w) * 7 + Number(d),
        micros: BigInt((Number(h) * 60 + Number(mi)) * 60_000_000 + Math.round(Number(s) * 1e6)),
      }),
    { optional: 7 },
  ),
  ...[timestamp, timestamptz].map((type) =>
    js("date_bin", [interval, type, type], type, (stride, value, origin) =>
      binned(String(stride), String(value), String(origin), type),
    ),
  ),
  js("justify_interval", [interval], interval, (a) => justified(String(a))),
  js("justify_days", [interval], interval, (a) => {
    const { months, days, micros } = unpackInterval(String(a));
    return packInterval(checkedInterval(sameSign(months + Math.trunc(days / 30), days % 30, micros)));
  }),
  js("justify_hours", [interval], interval, (a) => {
    const { months, days, micros } = unpackInterval(String(a));
    return packInterval(checkedInterval(sameHours(months, days + Number(micros / DAY), micros % DAY)));
  }),
];

const DAY = 86_400_000_000n;

/** Months and days of one sign: a day borrowed is 30th of a month. */
function sameSign(months: number, days: number, micros: bigint): Interval {
  if (months > 0 && days < 0) return { months: months - 1, days: days + 30, micros };
  if (months < 0 && days > 0) return { months: months + 1, days: days - 30, micros };
  return { months, days, micros };
}

function sameHours(months: number, days: number, micros: bigint): Interval {
  if (days > 0 && micros < 0n) return { months, days: days - 1, micros: micros + DAY };
  if (days < 0 && micros > 0n) return { months, days: days + 1, micros: micros - DAY };
  return { months, days, micros };
}

/** Hours to days, days to months, and all of one sign. */
function justified(raw: string): string {
  const given = unpackInterval(raw);
  let days = given.days + Number(given.micros / DAY);
  let micros = given.micros % DAY;
  let months = given.months + Math.trunc(days / 30);
  days %= 30;
  if (months > 0 && (days < 0 || (days === 0 && micros < 0n))) {
    days += 30;
    months--;
  } else if (months < 0 && (days > 0 || (days === 0 && micros > 0n))) {
    days -= 30;
    months++;
  }
  if (days > 0 && micros < 0n) {
    micros += DAY;
    days--;
  } else if (days < 0 && micros > 0n) {
    micros -= DAY;
    days++;
  }
  return packInterval(checkedInterval({ months, days, micros }));
}

/** The start of the stride a moment falls in, counted from an origin. */
function binned(stride: string, value: string, origin: string, type: number): string {
  if (isInfinite(value)) return value;
  if (isInfinite(origin)) fail("22008", "origin out of range");
  const { months, days, micros } = unpackInterval(stride);
  if (months !== 0) fail("0A000", "timestamps cannot be binned into intervals containing months or years");
  const size = BigInt(days) * DAY + micros;
  if (size <= 0n) fail("22008", "stride must be greater than zero");
  const from = microsOf(origin);
  const distance = microsOf(value) - from;
  const rest = distance % size;
  const start = from + distance - rest - (rest < 0n ? size : 0n);
  return type === timestamptz ? instantText(start) : momentText(start);
}

/** Today's start on the session's clock. */
function midnight(): bigint {
  const local = toLocal(BigInt(style().now), style().timeZone);
  return local - (((local % 86_400_000_000n) + 86_400_000_000n) % 86_400_000_000n);
}
