// Reads any of PostgreSQL's ways to write a date, a time or both: fields are told apart by their shape (a colon: a time; two equal
// separators: a date; a sign: an offset; letters: a month, a zone, a word), and bare numbers by what is still missing.
import { fail } from "../errors.ts";
import { daysInMonth, daysOf, knownZone, zoneOffset } from "./calendar.ts";
import { isWeekday, monthOf, zoneWord } from "./moment-words.ts";
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

type Kind = "number" | "date" | "time" | "word" | "zone";
interface Field {
  readonly kind: Kind;
  readonly text: string;
}

const MINUTE = 60_000_000;
const HOUR = 3_600_000_000;
const JULIAN_1970 = 2_440_588;
const MAX_OFFSET = 15 * 3600 + 59 * 60 + 59;

const SHAPES: readonly (readonly [Kind, RegExp])[] = [
  ["time", /^\d+:[\d:.]*/],
  // A number, letters and a number: 08-Jan-1999; three numbers with one separator; a number with a fraction is no date yet.
  ["date", /^\d+([-/.])[a-z]+\1?\d*/],
  ["date", /^\d+([-/.])\d+\1[\d]+/],
  ["date", /^\d+[-/]\d+/],
  ["number", /^\d+(?:\.\d*)?/],
  ["number", /^\.\d+/],
  ["date", /^[a-z]+([-/])\d+\1\d+/],
  ["zone", /^[+-]\s*\d[\d:]*/],
];

class Reader {
  readonly text: string;
  readonly what: string;
  readonly style: Style;
  readonly parsed: Parsed = { special: null, days: null, micros: null, zone: null };
  year: number | null = null;
  month: number | null = null;
  day: number | null = null;
  dayOfYear: number | null = null;
  julian: number | null = null;
  bc = false;
  shortYear = false;
  wordMonth = false;
  half: "am" | "pm" | null = null;
  /** The unit a letter announced for the next number: y2001m02d04, J2451187. */
  unit: string | null = null;
  daylight = false;

  constructor(text: string, what: string, style: Style) {
    this.text = text;
    this.what = what;
    this.style = style;
  }

  bad(): never {
    return fail("22007", `invalid input syntax for type ${this.what}: "${this.text}"`);
  }

  range(hint = false): never {
    return fail(
      "22008",
      `date/time field value out of range: "${this.text}"`,
      hint ? { hint: 'Perhaps you need a different "datestyle" setting.' } : {},
    );
  }

  fields(): Field[] {
    const fields: Field[] = [];
    let rest = this.text.toLowerCase();
    while (rest !== "") {
      const blank = /^[\s,;()]+/.exec(rest);
      if (blank !== null) {
        rest = rest.slice(blank[0].length);
        continue;
      }
      const field = this.#field(rest);
      if (field === null) return this.bad();
      fields.push(field);
      rest = rest.slice(field.text.length);
      // A point may follow an abbreviation: Jan., a.m.
      if (field.kind === "word" && rest.startsWith(".")) rest = rest.slice(1);
    }
    return fields;
  }

  #field(rest: string): Field | null {
    for (const [kind, shape] of SHAPES) {
      const match = shape.exec(rest);
      if (match !== null) return { kind, text: match[0] };
    }
    const zone = /^[a-z_]+(?:\/[a-z_+-]+[\d]*)+/.exec(rest) ?? /^[a-z]{3,}\d{1,2}[a-z]{3,}/.exec(rest);
    if (zone !== null) return { kind: "word", text: zone[0] };
    const word = /^[a-z]+/.exec(rest);
    return word === null ? null : { kind: "word", text: word[0] };
  }

  get hasDate(): boolean {
    return (this.year !== null && this.month !== null && this.day !== null) || this.julian !== null || this.dayOfYear !== null;
  }

  take(field: Field, next: Field | undefined): void {
    switch (field.kind) {
      case "time":
        return this.time(field.text);
      case "zone":
        return this.offset(field.text.replace(/\s/g, ""));
      case "date":
        return this.date(field.text);
      case "number":
        return this.number(field.text, next);
      case "word":
        return this.word(field.text);
    }
  }

  time(text: string): void {
    // ISO's T between date and time.
    if (this.unit === "t") this.unit = null;
    const match = /^(\d+):(\d+)(?::(\d+)(?:\.(\d*))?|\.(\d*))?$/.exec(text);
    if (match === null || this.parsed.micros !== null) return this.bad();
    let [hour, minute, second] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
    let fraction = match[4];
    if (match[5] !== undefined) {
      // mm:ss.ff
      [hour, minute, second] = [0, hour, minute];
      fraction = match[5];
    }
    this.clock(hour, minute, second, fraction ?? "");
  }

  clock(hour: number, minute: number, second: number, fraction: string): void {
    const part = Math.round(Number(`0.${fraction === "" ? "0" : fraction}`) * 1e6);
    if (hour > 24 || minute > 59 || second > 60) this.range();
    const micros = hour * HOUR + minute * MINUTE + second * 1_000_000 + part;
    if (micros > 24 * HOUR) this.range();
    this.parsed.micros = micros;
  }

  offset(text: string): void {
    const match =
      /^([+-])(\d{1,2})(?::(\d{1,2})(?::(\d{1,2}))?)?$/.exec(text) ?? /^([+-])(\d{1,2})(\d{2})(?:(\d{2}))?$/.exec(text);
    if (match === null) {
      // A minus may also have been a separator: 1999-01-08 is read elsewhere.
      if (this.year === null && this.month !== null && this.day !== null && /^-\d+$/.test(text)) {
        this.setYear(text.slice(1));
        return;
      }
      return this.bad();
    }
    const [hours, minutes, rest] = [Number(match[2]), Number(match[3] ?? 0), Number(match[4] ?? 0)];
    const seconds = hours * 3600 + minutes * 60 + rest;
    if (minutes > 59 || rest > 59 || hours > 15 || seconds > MAX_OFFSET) {
      fail("22009", `time zone displacement out of range: "${this.text}"`);
    }
    const east = match[1] === "-" ? -seconds : seconds;
    // A zone's name before the sign is the POSIX form, whose signs are reversed.
    if (this.parsed.zone !== null) this.parsed.zone = typeof this.parsed.zone === "number" ? this.parsed.zone - east : this.bad();
    else this.parsed.zone = east;
  }

  date(text: string): void {
    if (this.hasDate || this.year !== null || this.month !== null) {
      if (!(this.month !== null && this.wordMonth && this.year === null)) return this.bad();
    }
    const parts = text.split(/[-/.]/).filter((part) => part !== "");
    const words = parts.filter((part) => /[a-z]/.test(part));
    if (words.length > 0) {
      const month = monthOf(words[0] ?? "");
      if (month === 0 || words.length > 1) return this.bad();
      this.month = month;
      this.wordMonth = true;
    }
    for (const part of parts) if (!/[a-z]/.test(part)) this.part(part);
    if (!this.hasDate) this.bad();
  }

  setYear(text: string): void {
    this.year = Number(text);
    this.shortYear = text.length <= 2;
  }

  /** A number of a date, by what is known already. */
  part(text: string): void {
    const value = Number(text);
    const { dateOrder } = this.style;
    const long = text.length >= 3;
    if (this.year !== null && this.month === null && this.day === null && text.length === 3 && value >= 1 && value <= 366) {
      this.dayOfYear = value;
    } else if (this.year === null && this.month === null && this.day === null) {
      if (long || dateOrder === "YMD") this.setYear(text);
      else if (dateOrder === "DMY") this.day = value;
      else this.month = value;
    } else if (this.year !== null && this.month === null && this.day === null) this.month = value;
    else if (this.year === null && this.month !== null && this.day === null) {
      if (this.wordMonth && (long || dateOrder === "YMD")) this.setYear(text);
      else this.day = value;
    } else if (this.year !== null && this.month !== null && this.day === null) {
      if (this.wordMonth && long && this.shortYear) {
        this.day = this.year;
        this.setYear(text);
      } else this.day = value;
    } else if (this.day !== null && this.month === null && this.year === null) this.month = value;
    else if (this.day !== null && this.month !== null && this.year === null) this.setYear(text);
    else this.bad();
  }

  number(text: string, next: Field | undefined): void {
    if (this.unit !== null) return this.unitNumber(text);
    // 2 am
    if (next?.kind === "word" && /^[ap]m$/.test(next.text) && this.parsed.micros === null && /^\d{1,2}$/.test(text)) {
      return this.clock(Number(text), 0, 0, "");
    }
    const [whole = "", fraction] = text.split(".");
    if (this.what === "time" && (whole.length === 4 || whole.length === 6)) return this.packed(whole, fraction);
    const noDate = this.year === null && this.month === null && this.day === null && !this.hasDate;
    if (fraction !== undefined && noDate && fraction !== "") {
      // A year and its day: 1997.041; or two numbers of a date that want a third, which is no date.
      if (fraction.length === 3 && whole.length >= 3) {
        this.setYear(whole);
        this.part(fraction);
        return;
      }
      if (whole.length !== 6 && whole.length !== 4) return this.bad();
    }
    if (fraction !== undefined || (whole.length >= 6 && (noDate || this.parsed.micros === null)))
      return this.packed(whole, fraction);
    if (this.hasDate && this.parsed.micros === null && (whole.length === 6 || whole.length === 4))
      return this.packed(whole, fraction);
    if (this.hasDate) return this.bad();
    this.part(whole);
  }

  /** yyyymmdd, yymmdd, hhmmss, hhmm. */
  packed(whole: string, fraction: string | undefined): void {
    const dated = this.year !== null || this.month !== null || this.hasDate;
    if (!dated && fraction === undefined && whole.length >= 6 && this.what !== "time") {
      this.day = Number(whole.slice(-2));
      this.month = Number(whole.slice(-4, -2));
      this.setYear(whole.slice(0, -4));
      return;
    }
    if (this.parsed.micros !== null) return this.bad();
    if (whole.length === 6) {
      this.clock(Number(whole.slice(0, 2)), Number(whole.slice(2, 4)), Number(whole.slice(4)), fraction ?? "");
    } else if (whole.length === 4 && fraction === undefined) this.clock(Number(whole.slice(0, 2)), Number(whole.slice(2)), 0, "");
    else this.bad();
  }

  unitNumber(text: string): void {
    const unit = this.unit;
    this.unit = null;
    const [whole = "", fraction] = text.split(".");
    const value = Number(whole);
    if (unit === "j") {
      this.julian = value;
      if (fraction !== undefined && fraction !== "") this.parsed.micros = Math.round(Number(`0.${fraction}`) * 24 * HOUR);
    } else if (unit === "y") this.setYear(whole.padStart(3, "0"));
    else if (unit === "d") this.day = value;
    else if (unit === "m" && this.month === null) this.month = value;
    else if (unit === "t") this.packed(whole, fraction);
    else if (unit === "h" || unit === "mm" || unit === "m" || unit === "s") {
      const worth = unit === "h" ? HOUR : unit === "s" ? 1_000_000 : MINUTE;
      this.parsed.micros = (this.parsed.micros ?? 0) + Math.round(Number(text) * worth);
    } else this.bad();
  }

  word(text: string): void {
    const month = monthOf(text);
    if (month > 0) {
      // A number already taken for the month was the day.
      if (this.month !== null) {
        if (this.wordMonth || this.day !== null || this.month < 1 || this.month > 31) return this.bad();
        this.day = this.month;
      }
      this.month = month;
      this.wordMonth = true;
      return;
    }
    if (isWeekday(text) || text === "ad" || text === "on" || text === "at") return;
    if (text === "bc") {
      this.bc = true;
      return;
    }
    if (text === "am" || text === "pm") {
      if (this.parsed.micros === null) this.bad();
      this.half = text;
      return;
    }
    if (text === "allballs") {
      this.parsed.micros = 0;
      this.parsed.zone = 0;
      return;
    }
    if (text === "dst") {
      if (typeof this.parsed.zone !== "number") this.bad();
      else this.parsed.zone += 3600;
      return;
    }
    if (["j", "jd", "julian"].includes(text)) this.unit = "j";
    else if (/^(y|m|d|h|mm|s|t)$/.test(text)) this.unit = text;
    else this.zoneName(text);
  }

  zoneName(text: string): void {
    if (this.parsed.zone !== null) return this.bad();
    const offset = zoneWord(text);
    if (offset !== undefined) {
      this.parsed.zone = offset;
      return;
    }
    const known = /[/\d]/.test(text) || text.length > 3 ? knownZone(text) : undefined;
    if (known !== undefined) this.parsed.zone = known;
    else if (text.includes("/")) fail("22023", `time zone "${text}" not recognized`);
    else this.bad();
  }

  finish(): Parsed {
    if (this.unit !== null) this.bad();
    // What a named zone means depends on the day.
    if (this.what === "time" && typeof this.parsed.zone === "string" && !this.hasDate) this.bad();
    if (this.half !== null && this.parsed.micros !== null) {
      const hour = Math.floor(this.parsed.micros / HOUR);
      if (hour > 12) this.range();
      if (this.half === "pm" && hour < 12) this.parsed.micros += 12 * HOUR;
      if (this.half === "am" && hour === 12) this.parsed.micros -= 12 * HOUR;
    }
    if (this.julian !== null) {
      if (this.year !== null) this.bad();
      this.parsed.days = this.julian - JULIAN_1970;
    } else if (this.year !== null || this.month !== null || this.day !== null) this.calendar();
    return this.parsed;
  }

  calendar(): void {
    if (this.year === null) return this.bad();
    if (this.dayOfYear === null && (this.month === null || this.day === null)) return this.bad();
    let year = this.year;
    if (this.bc) {
      if (year <= 0) this.range();
      year = 1 - year;
    } else if (this.shortYear) year += year < 70 ? 2000 : 1900;
    else if (year <= 0) this.range();
    if (this.dayOfYear !== null) {
      this.parsed.days = daysOf(year, 1, 1) + this.dayOfYear - 1;
      return;
    }
    const [month, day] = [this.month ?? 0, this.day ?? 0];
    if (month < 1 || month > 12 || day < 1 || day > 31) this.range(true);
    if (day > daysInMonth(year, month)) this.range();
    this.parsed.days = daysOf(year, month, day);
  }
}

/** Reads a moment; `what` is the type's name for messages. */
export function parseMoment(text: string, what: string, style: Style): Parsed {
  const reader = new Reader(text, what, style);
  const lower = text.trim().toLowerCase();
  if (lower === "infinity" || lower === "+infinity") return { ...reader.parsed, special: "infinity" };
  if (lower === "-infinity") return { ...reader.parsed, special: "-infinity" };
  if (lower === "epoch") return { special: null, days: 0, micros: 0, zone: 0 };
  if (lower === "now") {
    const days = Math.floor(style.now / 86_400_000_000);
    return { special: null, days, micros: style.now - days * 86_400_000_000, zone: 0 };
  }
  const fields = reader.fields();
  if (fields.length === 0) reader.bad();
  for (const [at, field] of fields.entries()) {
    const named = { today: 0, tomorrow: 1, yesterday: -1 }[field.text];
    if (named === undefined) reader.take(field, fields[at + 1]);
    else {
      const local = style.now / 1000 + zoneOffset(style.timeZone, Math.floor(style.now / 1000)) * 1000;
      const finished = reader.finish();
      finished.days = Math.floor(local / 86_400_000) + named;
      finished.micros ??= 0;
      if (fields.length === at + 1) return finished;
      for (const [index, rest] of fields.slice(at + 1).entries()) reader.take(rest, fields[at + 2 + index]);
      return reader.finish();
    }
  }
  return reader.finish();
}
