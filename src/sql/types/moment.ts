// Reading and printing points in time. Internal forms, all of fixed width and so ordered as text:
//   timestamptz 2026-11-22T20:16:43.123456Z · timestamp the same without Z · date 2026-11-22 · time 20:16:43.123456
// with 'infinity' (after every digit) and '-infinity' (before). Years 1 to 9999; others are refused, not wrapped.
import { fail } from "../errors.ts";
import {
  DAY_MICROS,
  dateOf,
  daysInMonth,
  daysOf,
  four,
  knownZone,
  localOffset,
  showOffset,
  two,
  zoneOffset,
} from "./calendar.ts";
import type { Style } from "./style.ts";

export interface Parsed {
  special: "infinity" | "-infinity" | null;
  /** Whole days since 1970; null when only a time was given. */
  days: number | null;
  /** Microseconds of the day; null when only a date was given. May be 24:00:00. */
  micros: number | null;
  /** Seconds east of Greenwich, or a zone's name; null when none was given. */
  zone: number | string | null;
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS = /^(sun|mon|tue|wed|thu|fri|sat)[a-z]*$/;
const TIME = /^(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,](\d*))?)?$/;
const OFFSET = /^([+-])(\d{1,2})(?::?(\d{2})(?::?(\d{2}))?)?$/;

class Reader {
  readonly text: string;
  readonly what: string;
  readonly parsed: Parsed = { special: null, days: null, micros: null, zone: null };
  year: number | null = null;
  month: number | null = null;
  day: number | null = null;
  bc = false;
  half: "am" | "pm" | null = null;

  constructor(text: string, what: string) {
    this.text = text;
    this.what = what;
  }

  bad(): never {
    return fail("22007", `invalid input syntax for type ${this.what}: "${this.text}"`);
  }

  range(): never {
    return fail("22008", `date/time field value out of range: "${this.text}"`);
  }

  date(year: number, month: number, day: number): void {
    if (this.year !== null) this.bad();
    this.year = year;
    this.month = month;
    this.day = day;
  }

  time(match: RegExpExecArray): void {
    if (this.parsed.micros !== null) this.bad();
    const [hour, minute, second] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
    const fraction = Math.round(Number(`0.${match[4] === undefined || match[4] === "" ? "0" : match[4]}`) * 1e6);
    if (hour > 24 || minute > 59 || second > 60) this.range();
    const micros = ((hour * 60 + minute) * 60 + second) * 1_000_000 + fraction;
    if (micros > 86_400_000_000) this.range();
    this.parsed.micros = micros;
  }

  offset(match: RegExpExecArray): void {
    const seconds = Number(match[2]) * 3600 + Number(match[3] ?? 0) * 60 + Number(match[4] ?? 0);
    if (seconds > 15 * 3600 + 59 * 60 + 59) fail("22009", `time zone displacement out of range: "${this.text}"`);
    this.parsed.zone = match[1] === "-" ? -seconds : seconds;
  }

  /** One blank-separated piece. */
  piece(piece: string): void {
    const lower = piece.toLowerCase();
    let match: RegExpExecArray | null;
    if ((match = /^(\d{4,6})-(\d{1,2})-(\d{1,2})$/.exec(piece)) || (match = /^(\d{4})[/.](\d{1,2})[/.](\d{1,2})$/.exec(piece))) {
      this.date(Number(match[1]), Number(match[2]), Number(match[3]));
    } else if ((match = /^(\d{4})(\d{2})(\d{2})$/.exec(piece))) this.date(Number(match[1]), Number(match[2]), Number(match[3]));
    else if ((match = /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$/.exec(piece))) {
      this.date(Number(match[3]), Number(match[1]), Number(match[2]));
    } else if ((match = /^(\d{1,2})-([a-z]{3,9})-(\d{4})$/.exec(lower)) && this.monthOf(match[2]) > 0) {
      this.date(Number(match[3]), this.monthOf(match[2]), Number(match[1]));
    } else if ((match = TIME.exec(piece))) this.time(match);
    else if ((match = /^(\d{2})(\d{2})(\d{2})(\.\d*)?$/.exec(piece)) && this.year !== null) {
      const again = TIME.exec(`${match[1]}:${match[2]}:${match[3]}${match[4] ?? ""}`);
      if (again !== null) this.time(again);
    } else if ((match = OFFSET.exec(piece)) && this.parsed.micros !== null) this.offset(match);
    else if (lower === "z" || lower === "utc" || lower === "gmt" || lower === "zulu") this.parsed.zone = 0;
    else if (lower === "am" || lower === "pm") this.half = lower;
    else if (lower === "ad") return;
    else if (lower === "bc") this.bc = true;
    else if (this.monthOf(lower) > 0 && this.month === null) this.month = this.monthOf(lower);
    else if (WEEKDAYS.test(lower)) return;
    else if (/^\d{1,2}$/.test(piece) && this.day === null) this.day = Number(piece);
    else if (/^\d{4}$/.test(piece) && this.year === null && this.month !== null) this.year = Number(piece);
    else if (/^[a-z]/i.test(piece) && knownZone(piece) !== undefined) this.parsed.zone = knownZone(piece) ?? piece;
    else if (/^[a-z_]+\/[a-z_/]+$/.test(lower)) fail("22023", `time zone "${lower}" not recognized`);
    else this.bad();
  }

  monthOf(word: string | undefined): number {
    return word !== undefined && word.length >= 3 && /^[a-z]+$/.test(word) ? MONTHS.indexOf(word.slice(0, 3)) + 1 : 0;
  }

  finish(): Parsed {
    if (this.half !== null) {
      if (this.parsed.micros === null) this.bad();
      const hour = Math.floor(this.parsed.micros / 3_600_000_000);
      if (hour > 12) this.range();
      if (this.half === "pm" && hour < 12) this.parsed.micros += 12 * 3_600_000_000;
      if (this.half === "am" && hour === 12) this.parsed.micros -= 12 * 3_600_000_000;
    }
    if (this.year !== null || this.month !== null || this.day !== null) {
      if (this.year === null || this.month === null || this.day === null) this.bad();
      if (this.month < 1 || this.month > 12 || this.day < 1 || this.day > 31) {
        fail("22008", `date/time field value out of range: "${this.text}"`, {
          hint: 'Perhaps you need a different "datestyle" setting.',
        });
      }
      if (this.day > daysInMonth(this.year, this.month)) this.range();
      if (this.bc || this.year < 1 || this.year > 9999) {
        fail("22008", `${this.what} out of range: "${this.text}" (ChronDB keeps the years 1 to 9999)`);
      }
      this.parsed.days = daysOf(this.year, this.month, this.day);
    }
    return this.parsed;
  }
}

/** Reads any of PostgreSQL's ways to write a date, a time or both. */
export function parseMoment(text: string, what: string, style: Style): Parsed {
  const reader = new Reader(text, what);
  const trimmed = text.trim();
  const lower = trimmed.toLowerCase();
  if (lower === "infinity" || lower === "+infinity") return { ...reader.parsed, special: "infinity" };
  if (lower === "-infinity") return { ...reader.parsed, special: "-infinity" };
  if (lower === "epoch") return { special: null, days: 0, micros: 0, zone: 0 };
  const today = (): number => {
    const local = style.now / 1000 + zoneOffset(style.timeZone, Math.floor(style.now / 1000)) * 1000;
    return Math.floor(local / 86_400_000);
  };
  if (lower === "now") {
    const days = Math.floor(style.now / 86_400_000_000);
    return { special: null, days, micros: style.now - days * 86_400_000_000, zone: 0 };
  }
  const named = { today: 0, tomorrow: 1, yesterday: -1 }[lower];
  if (named !== undefined) return { special: null, days: today() + named, micros: 0, zone: null };
  if (trimmed === "") reader.bad();
  // ISO's T, a zone glued to the time, commas and "10pm" become blanks.
  const spaced = trimmed
    .replace(/(\d)[tT](\d)/, "$1 $2")
    .replace(/(:\d{1,2}(?:[.,]\d*)?)([zZ]|[+-]\d{1,2}(?::?\d{2}){0,2}|[aApP][mM])/, "$1 $2")
    .replace(/(\d)\s*([aApP][mM])\b/, "$1 $2")
    .replace(/,(?!\d)/g, " ");
  for (const piece of spaced.split(/\s+/)) {
    if (piece === "") continue;
    const zoned = /^([a-z/_]+)([+-]\d.*)$/i.exec(piece);
    if (zoned !== null && /^(utc|gmt)$/i.test(zoned[1] ?? "")) reader.piece(zoned[2] ?? "");
    else reader.piece(piece);
  }
  return reader.finish();
}

export function timeText(micros: number): string {
  const seconds = Math.floor(micros / 1_000_000);
  const fraction = String(micros - seconds * 1_000_000).padStart(6, "0");
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}.${fraction}`;
}

export function dateText(days: number): string {
  const { year, month, day } = dateOf(days);
  if (year < 1 || year > 9999) fail("22008", "date out of range (ChronDB keeps the years 1 to 9999)");
  return `${four(year)}-${two(month)}-${two(day)}`;
}

/** Internal timestamp text of microseconds since 1970 (without Z). */
export function momentText(micros: bigint): string {
  let days = micros / DAY_MICROS;
  let rest = micros % DAY_MICROS;
  if (rest < 0n) {
    rest += DAY_MICROS;
    days -= 1n;
  }
  if (days < -719_162n || days > 2_932_896n) fail("22008", "timestamp out of range (ChronDB keeps the years 1 to 9999)");
  return `${dateText(Number(days))}T${timeText(Number(rest))}`;
}

export const instantText = (micros: bigint): string => `${momentText(micros)}Z`;

export const isInfinite = (text: string): boolean => text === "infinity" || text === "-infinity";

export function daysOfText(text: string): number {
  return daysOf(Number(text.slice(0, 4)), Number(text.slice(5, 7)), Number(text.slice(8, 10)));
}

export function microsOfTime(text: string): number {
  return (
    ((Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5))) * 60 + Number(text.slice(6, 8))) * 1_000_000 +
    Number(text.slice(9, 15))
  );
}

/** Microseconds since 1970 of an internal timestamp or timestamptz. */
export function microsOf(text: string): bigint {
  return BigInt(daysOfText(text)) * DAY_MICROS + BigInt(microsOfTime(text.slice(11)));
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

export function showTimestamp(internal: string): string {
  return isInfinite(internal) ? internal : `${internal.slice(0, 10)} ${shortTime(internal.slice(11))}`;
}

export function showInstant(internal: string, zone: string): string {
  if (isInfinite(internal)) return internal;
  if (zone === "UTC") return `${internal.slice(0, 10)} ${shortTime(internal.slice(11))}+00`;
  const micros = microsOf(internal);
  const offset = zoneOffset(zone, Number(micros / 1000n));
  return `${showTimestamp(momentText(micros + BigInt(offset) * 1_000_000n))}${showOffset(offset)}`;
}

/** Rounds microseconds to `digits` digits of a second. */
export function roundMicros(micros: bigint, digits: number): bigint {
  if (digits < 0 || digits >= 6) return micros;
  const unit = 10n ** BigInt(6 - digits);
  const floor = ((micros % unit) + unit) % unit;
  return floor * 2n >= unit ? micros - floor + unit : micros - floor;
}
