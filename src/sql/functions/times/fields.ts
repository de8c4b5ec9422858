// extract(), date_part() and date_trunc().
import { fail } from "../../errors.ts";
import { DAY_MICROS, dateOf, daysOf, zoneOffset } from "../../types/calendar.ts";
import { add, type Decimal, divide, printDecimal } from "../../types/decimal.ts";
import { OID, showType } from "../../types/index.ts";
import { unitName, unpackInterval } from "../../types/interval-value.ts";
import {
  daysOfText,
  instantText,
  isInfinite,
  microsOf,
  microsOfTime,
  momentText,
  toInstant,
  toLocal,
} from "../../types/moment.ts";
import { style } from "../context.ts";

const scaled = (digits: bigint, scale: number): string => printDecimal({ digits, scale, special: null });

function isoWeek(days: number): { year: number; week: number } {
  const weekday = (((days + 3) % 7) + 7) % 7;
  const thursday = days - weekday + 3;
  const { year } = dateOf(thursday);
  return { year, week: Math.floor((thursday - daysOf(year, 1, 1)) / 7) + 1 };
}

function unknownUnit(field: string, type: number): never {
  return fail("22023", `unit "${field}" not recognized for type ${showType(type)}`);
}

/** Units of a clock, which a date does not have. */
const CLOCK_UNITS: ReadonlySet<string> = new Set([
  "hour",
  "minute",
  "second",
  "millisecond",
  "microsecond",
  "timezone",
  "timezone_hour",
  "timezone_minute",
]);

/** The year as people count: there is none between 1 BC and AD 1. */
const written = (year: number): number => (year > 0 ? year : year - 1);
/** Centuries and millennia begin with their year 1 and, before it, count backwards. */
const spans = (year: number, of: number): number => (year > 0 ? Math.ceil(year / of) : -Math.ceil((1 - year) / of));

/** Units that only grow, and those that come round again. */
const GROWING: ReadonlySet<string> = new Set(["year", "decade", "century", "millennium", "julian", "isoyear", "epoch"]);
const ROUND: ReadonlySet<string> = new Set(["day", "month", "quarter", "week", "dow", "isodow", "doy"]);
const CALENDAR_UNITS: ReadonlySet<string> = new Set([...GROWING, ...ROUND].filter((unit) => unit !== "epoch"));
const isZoneUnit = (unit: string): boolean => /^timezone(_[hm].*)?$/.test(unit);

function notSupported(field: string, type: number): never {
  return fail("0A000", `unit "${field}" not supported for type ${showType(type)}`);
}

function infiniteField(lower: string, raw: string, type: number): string | null {
  const unit = unitName(lower) ?? lower;
  if (GROWING.has(unit)) return raw === "infinity" ? "Infinity" : "-Infinity";
  if (ROUND.has(unit)) return null;
  if (!CLOCK_UNITS.has(unit) && !isZoneUnit(unit)) return unknownUnit(lower, type);
  if (type === OID.date || (type === OID.timestamp && isZoneUnit(unit))) return notSupported(lower, type);
  return null;
}

const floorDiv = (a: bigint, b: bigint): bigint => (a % b < 0n ? a / b - 1n : a / b);

/** The value of a field as numeric text. */
export function fieldOf(field: string, raw: string, type: number): string | null {
  const lower = field.toLowerCase();
  if (type === OID.interval) return intervalField(lower, raw);
  if (type === OID.time) {
    if (CALENDAR_UNITS.has(unitName(lower) ?? lower) || isZoneUnit(lower)) notSupported(lower, type);
    return clockField(lower, BigInt(microsOfTime(raw)), field, type);
  }
  if (isInfinite(raw)) return infiniteField(lower, raw, type);
  const absolute = type === OID.date ? BigInt(daysOfText(raw)) * DAY_MICROS : microsOf(raw);
  const zone = style().timeZone;
  const local = type === OID.timestamptz ? toLocal(absolute, zone) : absolute;
  const days = Number(floorDiv(local, DAY_MICROS));
  const { year, month, day } = dateOf(days);
  const weekday = (((days + 4) % 7) + 7) % 7;
  switch (unitName(lower) ?? lower) {
    case "epoch":
      return type === OID.date ? String(absolute / 1_000_000n) : scaled(absolute, 6);
    case "year":
      return String(written(year));
    case "month":
      return String(month);
    case "day":
      return String(day);
    case "quarter":
      return String(Math.floor((month - 1) / 3) + 1);
    case "dow":
      return String(weekday);
    case "isodow":
      return String(weekday === 0 ? 7 : weekday);
    case "doy":
      return String(days - daysOf(year, 1, 1) + 1);
    case "week":
      return String(isoWeek(days).week);
    case "isoyear":
      return String(written(isoWeek(days).year));
    case "decade":
      return String(Math.floor(year / 10));
    case "century":
      return String(spans(year, 100));
    case "millennium":
      return String(spans(year, 1000));
    case "julian":
      return type === OID.date
        ? String(days + 2_440_588)
        : printDecimal(decimalSum(BigInt(days + 2_440_588), local - BigInt(days) * DAY_MICROS));
    case "timezone":
      if (type === OID.timestamptz) return String(zoneOffset(zone, Number(absolute / 1000n)));
      break;
    case "timezone_hour":
      if (type === OID.timestamptz) return String(Math.trunc(zoneOffset(zone, Number(absolute / 1000n)) / 3600));
      break;
    case "timezone_minute":
      if (type === OID.timestamptz) return String(Math.trunc((zoneOffset(zone, Number(absolute / 1000n)) % 3600) / 60));
      break;
  }
  if (type === OID.date) {
    return CLOCK_UNITS.has(unitName(lower) ?? lower) || isZoneUnit(lower) ? notSupported(lower, type) : unknownUnit(lower, type);
  }
  if (isZoneUnit(lower)) return notSupported(lower, type);
  return clockField(lower, local - BigInt(days) * DAY_MICROS, field, type);
}

/** Julian days with the part of the day that is gone. */
function decimalSum(days: bigint, micros: bigint): Decimal {
  const part = divide({ digits: micros, scale: 0, special: null }, { digits: DAY_MICROS, scale: 0, special: null });
  return add({ digits: days, scale: 0, special: null }, part);
}

function clockField(lower: string, micros: bigint, field: string, type: number): string {
  switch (unitName(lower) ?? lower) {
    case "hour":
      return String(micros / 3_600_000_000n);
    case "minute":
      return String((micros / 60_000_000n) % 60n);
    case "second":
      return scaled(micros % 60_000_000n, 6);
    case "millisecond":
      return scaled(micros % 60_000_000n, 3);
    case "microsecond":
      return String(micros % 60_000_000n);
    case "epoch":
      return scaled(micros, 6);
    default:
      return unknownUnit(field, type);
  }
}

function intervalField(lower: string, raw: string): string {
  const { months, days, micros } = unpackInterval(raw);
  const years = Math.trunc(months / 12);
  switch (unitName(lower) ?? lower) {
    case "year":
      return String(years);
    case "month":
      return String(months % 12);
    case "quarter":
      return String(Math.trunc((months % 12) / 3) + 1);
    case "decade":
      return String(Math.trunc(years / 10));
    case "century":
      return String(Math.trunc(years / 100));
    case "millennium":
      return String(Math.trunc(years / 1000));
    case "day":
      return String(days);
    case "epoch": {
      // A year is 365.25 days, a month 30.
      const whole = BigInt(years) * 31_557_600_000_000n + BigInt((months % 12) * 30 + days) * DAY_MICROS + micros;
      return scaled(whole, 6);
    }
    case "hour":
      return String(micros / 3_600_000_000n);
    case "minute":
      return String((micros / 60_000_000n) % 60n);
    case "second":
      return scaled(micros % 60_000_000n, 6);
    case "millisecond":
      return scaled(micros % 60_000_000n, 3);
    case "microsecond":
      return String(micros % 60_000_000n);
    default:
      return unknownUnit(lower, OID.interval);
  }
}

function truncateLocal(unit: string, local: bigint, type: number): bigint {
  const days = Number(floorDiv(local, DAY_MICROS));
  const { year, month } = dateOf(days);
  const start = (y: number, m: number): bigint => BigInt(daysOf(y, m, 1)) * DAY_MICROS;
  const down = (size: bigint): bigint => floorDiv(local, size) * size;
  switch (unitName(unit) ?? unit.toLowerCase()) {
    case "microsecond":
      return local;
    case "millisecond":
      return down(1000n);
    case "second":
      return down(1_000_000n);
    case "minute":
      return down(60_000_000n);
    case "hour":
      return down(3_600_000_000n);
    case "day":
      return down(DAY_MICROS);
    case "week":
      return BigInt(days - ((((days + 3) % 7) + 7) % 7)) * DAY_MICROS;
    case "month":
      return start(year, month);
    case "quarter":
      return start(year, Math.floor((month - 1) / 3) * 3 + 1);
    case "year":
      return start(year, 1);
    case "decade":
      return start(Math.floor(year / 10) * 10, 1);
    case "century":
      return start(Math.floor((year - 1) / 100) * 100 + 1, 1);
    case "millennium":
      return start(Math.floor((year - 1) / 1000) * 1000 + 1, 1);
    default:
      return unknownUnit(unit, type);
  }
}

/** `zone` null: a timestamp without one. */
export function truncateMoment(unit: string, raw: string, zone: string | null): string {
  if (isInfinite(raw)) return raw;
  if (zone === null) return momentText(truncateLocal(unit, microsOf(raw), OID.timestamp));
  return instantText(toInstant(truncateLocal(unit, toLocal(microsOf(raw), zone), OID.timestamptz), zone));
}
