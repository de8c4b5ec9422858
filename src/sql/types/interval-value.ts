// Intervals: months, days and microseconds kept apart, as PostgreSQL does. Internal form `months days micros`.
import { fail } from "../errors.ts";
import { DAY_MICROS, two } from "./calendar.ts";
import type { IntervalFormat } from "./style.ts";

export interface Interval {
  readonly months: number;
  readonly days: number;
  readonly micros: bigint;
}

export const packInterval = (value: Interval): string => `${value.months} ${value.days} ${value.micros}`;

export function unpackInterval(raw: string): Interval {
  const [months = "0", days = "0", micros = "0"] = raw.split(" ");
  return { months: Number(months), days: Number(days), micros: BigInt(micros) };
}

const TOTAL_BIAS = 10n ** 24n;

/** Text ordered as intervals are compared: a month is 30 days, a day 24 hours. */
export function intervalKey(raw: string): string {
  const { months, days, micros } = unpackInterval(raw);
  return (BigInt(months * 30 + days) * DAY_MICROS + micros + TOTAL_BIAS).toString().padStart(25, "0");
}

const UNITS: ReadonlySet<string> = new Set(
  "microsecond millisecond second minute hour day week month year decade century millennium".split(" "),
);

const ALIASES: Readonly<Record<string, string>> = {
  us: "microsecond",
  usec: "microsecond",
  usecs: "microsecond",
  microseconds: "microsecond",
  useconds: "microsecond",
  ms: "millisecond",
  msec: "millisecond",
  msecs: "millisecond",
  milliseconds: "millisecond",
  mseconds: "millisecond",
  s: "second",
  sec: "second",
  secs: "second",
  seconds: "second",
  m: "minute",
  min: "minute",
  mins: "minute",
  minutes: "minute",
  h: "hour",
  hr: "hour",
  hrs: "hour",
  hours: "hour",
  d: "day",
  days: "day",
  w: "week",
  weeks: "week",
  mon: "month",
  mons: "month",
  months: "month",
  y: "year",
  yr: "year",
  yrs: "year",
  years: "year",
  dec: "decade",
  decs: "decade",
  decades: "decade",
  c: "century",
  cent: "century",
  centuries: "century",
  mil: "millennium",
  mils: "millennium",
  millennia: "millennium",
  millenia: "millennium",
};

/** A written unit's name in full; undefined when there is none. Used by extract and date_trunc too. */
export function unitName(word: string): string | undefined {
  const lower = word.toLowerCase();
  return UNITS.has(lower) ? lower : ALIASES[lower];
}

/** PostgreSQL's `postgres` interval style: `1 year 2 mons 3 days 04:05:06.7`. */
export function showInterval(raw: string): string {
  const { months, days, micros } = unpackInterval(raw);
  const parts: string[] = [];
  let negative = false;
  const part = (count: number, unit: string): void => {
    if (count === 0) return;
    // A positive part after a negative one carries its sign.
    parts.push(`${negative && count > 0 ? "+" : ""}${count} ${unit}${count === 1 ? "" : "s"}`);
    negative = count < 0;
  };
  part(Math.trunc(months / 12), "year");
  part(months % 12, "mon");
  part(days, "day");
  if (micros !== 0n || parts.length === 0) {
    const absolute = micros < 0n ? -micros : micros;
    const seconds = absolute / 1_000_000n;
    const fraction = String(absolute % 1_000_000n)
      .padStart(6, "0")
      .replace(/0+$/, "");
    const sign = micros < 0n ? "-" : negative ? "+" : "";
    const hours = seconds / 3600n;
    const clock = `${hours < 10n ? `0${hours}` : hours}:${two(Number((seconds / 60n) % 60n))}:${two(Number(seconds % 60n))}`;
    parts.push(`${sign}${clock}${fraction === "" ? "" : `.${fraction}`}`);
  }
  return parts.join(" ");
}

const MICROS_OF_SECOND = 1_000_000n;

/** Seconds with their fraction, without sign and zeros at the end. */
function secondsText(micros: bigint, digits: number): string {
  const absolute = micros < 0n ? -micros : micros;
  const fraction = String(absolute % MICROS_OF_SECOND)
    .padStart(6, "0")
    .replace(/0+$/, "");
  return `${String(absolute / MICROS_OF_SECOND).padStart(digits, "0")}${fraction === "" ? "" : `.${fraction}`}`;
}

interface Broken {
  readonly years: number;
  readonly months: number;
  readonly days: number;
  readonly hours: bigint;
  readonly minutes: bigint;
  /** Seconds and their fraction. */
  readonly micros: bigint;
}

function broken(raw: string): Broken {
  const { months, days, micros } = unpackInterval(raw);
  return {
    years: Math.trunc(months / 12),
    months: months % 12,
    days,
    hours: micros / 3_600_000_000n,
    minutes: (micros / 60_000_000n) % 60n,
    micros: micros % 60_000_000n,
  };
}

/** `@ 1 year 2 mons -3 days 4 hours 5 mins 6.7 secs ago`: the first part's sign is told at the end. */
function verboseInterval(raw: string): string {
  const { years, months, days, hours, minutes, micros } = broken(raw);
  const parts: string[] = [];
  let before: boolean | null = null;
  const part = (count: bigint, unit: string): void => {
    if (count === 0n) return;
    before ??= count < 0n;
    const shown = before ? -count : count;
    parts.push(`${shown} ${unit}${shown === 1n ? "" : "s"}`);
  };
  part(BigInt(years), "year");
  part(BigInt(months), "mon");
  part(BigInt(days), "day");
  part(hours, "hour");
  part(minutes, "min");
  if (micros !== 0n) {
    const first: boolean = before ?? micros < 0n;
    before = first;
    const sign = micros < 0n === first ? "" : "-";
    const whole = micros === MICROS_OF_SECOND || micros === -MICROS_OF_SECOND;
    parts.push(`${sign}${secondsText(micros, 1)} sec${whole ? "" : "s"}`);
  }
  return `@ ${parts.length === 0 ? "0" : parts.join(" ")}${before === true ? " ago" : ""}`;
}

/** The SQL standard's: `1-2`, `3 4:05:06`, and both with signs of their own where one is not enough. */
function standardInterval(raw: string): string {
  let { years, months, days, hours, minutes, micros } = broken(raw);
  const numbers = [years, months, days, Number(hours), Number(minutes), Number(micros)];
  const negative = numbers.some((number) => number < 0);
  const positive = numbers.some((number) => number > 0);
  if (!negative && !positive) return "0";
  const ofMonths = years !== 0 || months !== 0;
  const ofTime = days !== 0 || hours !== 0n || minutes !== 0n || micros !== 0n;
  const absolute = (value: bigint): bigint => (value < 0n ? -value : value);
  const clock = (): string => `${absolute(hours)}:${String(absolute(minutes)).padStart(2, "0")}:${secondsText(micros, 2)}`;
  if ((negative && positive) || (ofMonths && ofTime)) {
    const sign = (isNegative: boolean): string => (isNegative ? "-" : "+");
    const early = `${sign(years < 0 || months < 0)}${Math.abs(years)}-${Math.abs(months)}`;
    return `${early} ${sign(days < 0)}${Math.abs(days)} ${sign(hours < 0n || minutes < 0n || micros < 0n)}${clock()}`;
  }
  const sign = negative ? "-" : "";
  if (negative) [years, months, days] = [-years, -months, -days];
  if (ofMonths) return `${sign}${years}-${months}`;
  return days === 0 ? `${sign}${clock()}` : `${sign}${days} ${clock()}`;
}

/** ISO 8601 with designators: `P1Y2M3DT4H5M6.7S`. */
function isoText(raw: string): string {
  const { years, months, days, hours, minutes, micros } = broken(raw);
  const part = (count: bigint | number, unit: string): string => (Number(count) === 0 ? "" : `${count}${unit}`);
  const date = part(years, "Y") + part(months, "M") + part(days, "D");
  const seconds = micros === 0n ? "" : `${micros < 0n ? "-" : ""}${secondsText(micros, 1)}S`;
  const time = part(hours, "H") + part(minutes, "M") + seconds;
  return date === "" && time === "" ? "PT0S" : `P${date}${time === "" ? "" : `T${time}`}`;
}

/** In the session's interval style. */
export function showIntervalAs(raw: string, format: IntervalFormat): string {
  switch (format) {
    case "postgres":
      return showInterval(raw);
    case "postgres_verbose":
      return verboseInterval(raw);
    case "sql_standard":
      return standardInterval(raw);
    case "iso_8601":
      return isoText(raw);
  }
}

const INT32 = 2_147_483_647;

/** Refuses what does not fit PostgreSQL's fields. */
export function checkedInterval(value: Interval): Interval {
  const { months, days, micros } = value;
  const small = (count: number): boolean => count >= -INT32 - 1 && count <= INT32;
  const fits = small(months) && small(days) && BigInt.asIntN(64, micros) === micros;
  return fits ? value : fail("22008", "interval out of range");
}

export const addIntervals = (a: Interval, b: Interval, sign: 1 | -1): Interval =>
  checkedInterval({
    months: a.months + sign * b.months,
    days: a.days + sign * b.days,
    micros: sign === 1 ? a.micros + b.micros : a.micros - b.micros,
  });

/** Interval times a factor; fractions of months and days spill down. */
export function scaleInterval(value: Interval, factor: number): Interval {
  const months = value.months * factor;
  const wholeMonths = Math.trunc(months);
  const monthRest = Number(((months - wholeMonths) * 30).toFixed(9));
  const days = value.days * factor + 0;
  const wholeDays = Math.trunc(days);
  const dayRest = Number((days - wholeDays + (monthRest - Math.trunc(monthRest))).toFixed(9));
  return checkedInterval({
    months: wholeMonths,
    days: wholeDays + Math.trunc(monthRest) + Math.trunc(dayRest),
    micros: BigInt(Math.round(Number(value.micros) * factor + (dayRest - Math.trunc(dayRest)) * 86_400_000_000)),
  });
}
