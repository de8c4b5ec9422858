// Days, months and time zones: the arithmetic under date, time, timestamp and interval.
import { fail } from "../errors.ts";

export const DAY_MICROS = 86_400_000_000n;

/** Days since 1970-01-01 of a proleptic Gregorian date (H. Hinnant's algorithm). */
export function daysOf(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468;
}

export function dateOf(days: number): { year: number; month: number; day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const m = Math.floor((5 * dayOfYear + 2) / 153);
  const month = m < 10 ? m + 3 : m - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day: dayOfYear - Math.floor((153 * m + 2) / 5) + 1 };
}

export const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;

export function daysInMonth(year: number, month: number): number {
  return month === 2 ? (isLeap(year) ? 29 : 28) : month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

export const two = (value: number): string => (value < 10 ? `0${value}` : String(value));
export const four = (value: number): string => String(value).padStart(4, "0");

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      era: "short",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    if (formats.size > 600) formats.clear();
    formats.set(zone, format);
  }
  return format;
}

// An offset written as a zone: `+02`, `<+02>-02` (POSIX signs are reversed, as PostgreSQL keeps them).
const FIXED = /^(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d{2}))?$/i;
const POSIX = /^<[+-]?\d+>([+-])(\d{1,2})(?::?(\d{2}))?$/;

function fixedOffset(zone: string): number | undefined {
  const plain = FIXED.exec(zone);
  const match = plain ?? POSIX.exec(zone);
  if (match === null) return undefined;
  const seconds = Number(match[2]) * 3600 + Number(match[3] ?? 0) * 60;
  return match[1] === "-" ? seconds : -seconds;
}

const names = new Map<string, Intl.DateTimeFormat>();
const OWN_NAMED = /^([A-Z]{3})(\d{1,2})([A-Z]{3})$/;

/** Abbreviations that English speakers of the United States do not use, and so are not known to them. */
const ABBREVIATIONS: Readonly<Record<string, readonly [standard: string, summer: string]>> = {
  "Europe/London": ["GMT", "BST"],
  "Europe/Dublin": ["GMT", "IST"],
  "Europe/Lisbon": ["WET", "WEST"],
  "Europe/Moscow": ["MSK", "MSD"],
  "Europe/Athens": ["EET", "EEST"],
  "Europe/Bucharest": ["EET", "EEST"],
  "Europe/Helsinki": ["EET", "EEST"],
  "Europe/Kiev": ["EET", "EEST"],
  "Europe/Kyiv": ["EET", "EEST"],
  "Europe/Riga": ["EET", "EEST"],
  "Europe/Sofia": ["EET", "EEST"],
  "Europe/Tallinn": ["EET", "EEST"],
  "Europe/Vilnius": ["EET", "EEST"],
  "Asia/Tokyo": ["JST", "JDT"],
  "Asia/Seoul": ["KST", "KDT"],
  "Asia/Shanghai": ["CST", "CDT"],
  "Asia/Hong_Kong": ["HKT", "HKST"],
  "Asia/Kolkata": ["IST", "IST"],
  "Asia/Calcutta": ["IST", "IST"],
  "Asia/Jerusalem": ["IST", "IDT"],
  "Asia/Karachi": ["PKT", "PKST"],
  "Asia/Manila": ["PST", "PDT"],
  "Australia/Sydney": ["AEST", "AEDT"],
  "Australia/Melbourne": ["AEST", "AEDT"],
  "Australia/Hobart": ["AEST", "AEDT"],
  "Australia/Brisbane": ["AEST", "AEDT"],
  "Australia/Adelaide": ["ACST", "ACDT"],
  "Australia/Darwin": ["ACST", "ACDT"],
  "Australia/Perth": ["AWST", "AWDT"],
  "Pacific/Auckland": ["NZST", "NZDT"],
  "Africa/Johannesburg": ["SAST", "SAST"],
  "Africa/Nairobi": ["EAT", "EAT"],
  "Africa/Lagos": ["WAT", "WAT"],
  "Africa/Cairo": ["EET", "EEST"],
};
const CENTRAL =
  /^Europe\/(?:Berlin|Paris|Madrid|Rome|Vienna|Zurich|Amsterdam|Brussels|Prague|Warsaw|Budapest|Stockholm|Oslo|Copenhagen|Belgrade|Zagreb|Luxembourg|Monaco|Malta)$/;

/** A zone's abbreviation at an instant; null where only its offset is known. */
export function zoneName(zone: string, millis: number, offset: number): string | null {
  if (zone === "UTC" || zone === "Etc/UTC") return "UTC";
  if (zone === "GMT") return "GMT";
  if (fixedOffset(zone) !== undefined) return null;
  if (offset % 60 !== 0) return "LMT";
  // EST5EDT says it itself.
  const own = OWN_NAMED.exec(zone);
  if (own !== null) return (offset > -Number(own[2]) * 3600 ? own[3] : own[1]) ?? null;
  const known = CENTRAL.test(zone) ? (["CET", "CEST"] as const) : ABBREVIATIONS[zone];
  if (known !== undefined) {
    const winter = Math.min(zoneOffset(zone, Date.UTC(2021, 0, 1)), zoneOffset(zone, Date.UTC(2021, 6, 1)));
    return offset > winter ? known[1] : known[0];
  }
  let format = names.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "short" });
    if (names.size > 600) names.clear();
    names.set(zone, format);
  }
  const name = format.formatToParts(millis).find((part) => part.type === "timeZoneName")?.value ?? "";
  return /^[A-Z]{2,5}$/.test(name) ? name : null;
}

/** Seconds east of Greenwich in a zone at an instant (milliseconds since 1970). */
export function zoneOffset(zone: string, millis: number): number {
  if (zone === "UTC") return 0;
  const fixed = fixedOffset(zone);
  if (fixed !== undefined) return fixed;
  const parts = new Map(
    formatOf(zone)
      .formatToParts(millis)
      .map((part) => [part.type, part.value]),
  );
  const part = (name: Intl.DateTimeFormatPartTypes): number => Number(parts.get(name) ?? 0);
  const year = parts.get("era") === "BC" ? 1 - part("year") : part("year");
  const local = daysOf(year, part("month"), part("day")) * 86_400 + part("hour") * 3600 + part("minute") * 60 + part("second");
  const offset = local - Math.floor(millis / 1000);
  // EST5EDT and its kin have no city, so no mean time of one before railways.
  return offset % 60 !== 0 && OWN_NAMED.test(zone) ? -Number(OWN_NAMED.exec(zone)?.[2]) * 3600 : offset;
}

/** Offset of a wall-clock time (milliseconds as if it were UTC). Where a clock was set back, the later reading; where one was set
 * forward, a time that was skipped is read by the offset before. */
export function localOffset(zone: string, localMillis: number): number {
  if (zone === "UTC") return 0;
  const before = zoneOffset(zone, localMillis - 86_400_000);
  const after = zoneOffset(zone, localMillis + 86_400_000);
  if (before === after) return zoneOffset(zone, localMillis - before * 1000);
  return zoneOffset(zone, localMillis - after * 1000) === after ? after : before;
}

/** The zone's canonical name; undefined when there is no such zone. */
export function knownZone(name: string): string | undefined {
  const upper = name.toUpperCase();
  if (upper === "UTC" || upper === "Z" || upper === "ZULU" || upper === "ETC/UTC") return upper === "ETC/UTC" ? "Etc/UTC" : "UTC";
  if (upper === "GMT") return "GMT";
  if (fixedOffset(name) !== undefined) return name;
  try {
    formatOf(name);
    return ZONES.get(upper) ?? name;
  } catch (thrown) {
    if (thrown instanceof RangeError) return undefined;
    throw thrown;
  }
}

const ZONES = new Map(Intl.supportedValuesOf("timeZone").map((zone) => [zone.toUpperCase(), zone]));

/** `+00`, `-03:30`, `+05:53:28`: as timestamptz prints an offset. */
export function showOffset(seconds: number): string {
  const absolute = Math.abs(seconds);
  const rest = absolute % 3600;
  const minutes = rest === 0 ? "" : `:${two(Math.floor(rest / 60))}${rest % 60 === 0 ? "" : `:${two(rest % 60)}`}`;
  return `${seconds < 0 ? "-" : "+"}${two(Math.floor(absolute / 3600))}${minutes}`;
}

export function outOfRange(what: string, text: string): never {
  return fail("22008", `${what} out of range: "${text}"`);
}
