// Printing points in time and their internal forms, all ordered as text:
//   timestamptz 2026-11-22T20:16:43.123456Z · timestamp the same without Z · date 2026-11-22 · time 20:16:43.123456
// with 'infinity' (after every digit) and '-infinity' (before). Years past 9999 are `:0010000`, years before the first are
// `/` and their distance from -9999999, so that they too stand where they belong. Reading: moment-reader.ts.
import { fail } from "../errors.ts";
import { DAY_MICROS, dateOf, daysOf, four, localOffset, showOffset, two, zoneName, zoneOffset } from "./calendar.ts";
import type { Style } from "./style.ts";

export { parseMoment } from "./moment-reader.ts";

const FIRST_DAY = daysOf(-4713, 11, 24);
const LAST_DAY = daysOf(5_874_897, 12, 31);
const FIRST_MICROS = BigInt(FIRST_DAY) * DAY_MICROS;
const END_MICROS = BigInt(daysOf(294_277, 1, 1)) * DAY_MICROS;
const BEFORE = 9_999_999;

export function timeText(micros: number): string {
  const seconds = Math.floor(micros / 1_000_000);
  const fraction = String(micros - seconds * 1_000_000).padStart(6, "0");
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}.${fraction}`;
}

export function dateText(days: number): string {
  if (days < FIRST_DAY || days > LAST_DAY) fail("22008", "date out of range");
  const { year, month, day } = dateOf(days);
  const shown = year > 9999 ? `:${String(year).padStart(7, "0")}` : year < 1 ? `/${BEFORE + year}` : four(year);
  return `${shown}-${two(month)}-${two(day)}`;
}

/** How many characters of an internal form are its date. */
export const dateLength = (text: string): number => (text.charCodeAt(0) === 47 || text.charCodeAt(0) === 58 ? 14 : 10);

/** Year (0 is 1 BC), month and day of an internal form. */
export function dateParts(text: string): { year: number; month: number; day: number } {
  const first = text.charCodeAt(0);
  if (first !== 47 && first !== 58) {
    return { year: Number(text.slice(0, 4)), month: Number(text.slice(5, 7)), day: Number(text.slice(8, 10)) };
  }
  const year = Number(text.slice(1, 8)) - (first === 47 ? BEFORE : 0);
  return { year, month: Number(text.slice(9, 11)), day: Number(text.slice(12, 14)) };
}

/** Internal timestamp text of microseconds since 1970 (without Z). */
export function momentText(micros: bigint): string {
  let days = micros / DAY_MICROS;
  let rest = micros % DAY_MICROS;
  if (rest < 0n) {
    rest += DAY_MICROS;
    days -= 1n;
  }
  if (micros < FIRST_MICROS || micros >= END_MICROS) fail("22008", "timestamp out of range");
  return `${dateText(Number(days))}T${timeText(Number(rest))}`;
}

export const instantText = (micros: bigint): string => `${momentText(micros)}Z`;

export const isInfinite = (text: string): boolean => text === "infinity" || text === "-infinity";

export function daysOfText(text: string): number {
  const { year, month, day } = dateParts(text);
  return daysOf(year, month, day);
}

export function microsOfTime(text: string): number {
  return (
    ((Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5))) * 60 + Number(text.slice(6, 8))) * 1_000_000 +
    Number(text.slice(9, 15))
  );
}

/** Microseconds since 1970 of an internal timestamp or timestamptz. */
export function microsOf(text: string): bigint {
  return BigInt(daysOfText(text)) * DAY_MICROS + BigInt(microsOfTime(text.slice(dateLength(text) + 1)));
}

/** Wall-clock microseconds of a zone to the instant. */
export function toInstant(localMicros: bigint, zone: string | number): bigint {
  const seconds = typeof zone === "number" ? zone : localOffset(zone, Number(localMicros / 1000n));
  return localMicros - BigInt(seconds) * 1_000_000n;
}

/** An instant to the wall clock of a zone. */
export function toLocal(micros: bigint, zone: string): bigint {
  return micros + BigInt(zoneOffset(zone, Number(micros / 1000n))) * 1_000_000n;
}

/** `12:30:00.5`: fixed fraction to PostgreSQL's, without zeros at the end. */
export function shortTime(text: string): string {
  let end = 15;
  while (text.charCodeAt(end - 1) === 48 && end > 8) end--;
  if (end === 9) end = 8;
  return text.slice(0, end);
}

const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Parts of a date as the styles print them, and the BC behind it all. */
function written(text: string): { year: string; month: string; day: string; era: string } {
  const { year, month, day } = dateParts(text);
  return { year: four(year > 0 ? year : 1 - year), month: two(month), day: two(day), era: year > 0 ? "" : " BC" };
}

export function showDate(internal: string, style: Style): string {
  if (isInfinite(internal)) return internal;
  if (style.dateFormat === "ISO" && dateLength(internal) === 10) return internal;
  const { year, month, day, era } = written(internal);
  const dayFirst = style.dateOrder === "DMY";
  switch (style.dateFormat) {
    case "ISO":
      return `${year}-${month}-${day}${era}`;
    case "SQL":
      return `${dayFirst ? `${day}/${month}` : `${month}/${day}`}/${year}${era}`;
    case "German":
      return `${day}.${month}.${year}${era}`;
    case "Postgres":
      return `${dayFirst ? `${day}-${month}` : `${month}-${day}`}-${year}${era}`;
  }
}

/** A wall clock in the session's style; `offset` null: it has no zone. */
function showClock(internal: string, style: Style, offset: number | null, name: () => string | null): string {
  const length = dateLength(internal);
  const time = shortTime(internal.slice(length + 1));
  const { year, month, day, era } = written(internal);
  const dayFirst = style.dateOrder === "DMY";
  if (style.dateFormat === "ISO") return `${year}-${month}-${day} ${time}${offset === null ? "" : showOffset(offset)}${era}`;
  const known = offset === null ? "" : name();
  switch (style.dateFormat) {
    case "SQL": {
      const zone = offset === null ? "" : known === null ? showOffset(offset) : ` ${known}`;
      return `${dayFirst ? `${day}/${month}` : `${month}/${day}`}/${year} ${time}${zone}${era}`;
    }
    case "German": {
      const zone = offset === null ? "" : known === null ? showOffset(offset) : ` ${known}`;
      return `${day}.${month}.${year} ${time}${zone}${era}`;
    }
    case "Postgres": {
      const days = daysOfText(internal);
      const weekday = WEEKDAYS[(((days + 4) % 7) + 7) % 7] ?? "";
      const name = MONTHS[Number(month) - 1] ?? "";
      const zone = offset === null ? "" : ` ${known ?? showOffset(offset)}`;
      return `${weekday} ${dayFirst ? `${day} ${name}` : `${name} ${day}`} ${time} ${year}${zone}${era}`;
    }
  }
}

export function showTimestamp(internal: string, style: Style): string {
  if (isInfinite(internal)) return internal;
  if (style.dateFormat === "ISO" && dateLength(internal) === 10) {
    return `${internal.slice(0, 10)} ${shortTime(internal.slice(11))}`;
  }
  return showClock(internal, style, null, () => null);
}

export function showInstant(internal: string, style: Style): string {
  if (isInfinite(internal)) return internal;
  const zone = style.timeZone;
  if (zone === "UTC" && style.dateFormat === "ISO" && dateLength(internal) === 10) {
    return `${internal.slice(0, 10)} ${shortTime(internal.slice(11))}+00`;
  }
  const micros = microsOf(internal);
  const millis = Number(micros / 1000n);
  const offset = zoneOffset(zone, millis);
  return showClock(momentText(micros + BigInt(offset) * 1_000_000n), style, offset, () => zoneName(zone, millis, offset));
}

/** Rounds microseconds to `digits` digits of a second. */
export function roundMicros(micros: bigint, digits: number): bigint {
  if (digits < 0 || digits >= 6) return micros;
  const unit = 10n ** BigInt(6 - digits);
  const floor = ((micros % unit) + unit) % unit;
  return floor * 2n >= unit ? micros - floor + unit : micros - floor;
}
