// Reads intervals: amounts with units in any order, clocks, the SQL standard's `1-2` and `3 04:05:06`, ISO 8601 in both its forms.
// Fields are read from the end, since a unit stands behind its number.
import { fail } from "../errors.ts";
import { type Interval, unitName } from "./interval-value.ts";
import type { IntervalFormat } from "./style.ts";

/** Bits of a typmod's range of fields. */
export const FIELD = { month: 2, year: 4, day: 8, hour: 1024, minute: 2048, second: 4096 } as const;
export const FULL_RANGE = 0x7fff;

const INT32 = 2_147_483_647n;
const DAY = 86_400_000_000;
const CLOCK: Readonly<Record<string, bigint>> = {
  microsecond: 1n,
  millisecond: 1000n,
  second: 1_000_000n,
  minute: 60_000_000n,
  hour: 3_600_000_000n,
};
const YEARS: Readonly<Record<string, number>> = { year: 1, decade: 10, century: 100, millennium: 1000 };

class Sum {
  readonly text: string;
  /** Apart from months, as PostgreSQL reads them: a field that overflows is another error than a sum that does. */
  years = 0n;
  months = 0n;
  days = 0n;
  micros = 0n;
  readonly seen = new Set<string>();

  constructor(text: string) {
    this.text = text;
  }

  bad(): never {
    return fail("22007", `invalid input syntax for type interval: "${this.text}"`);
  }

  range(): never {
    return fail("22015", `interval field value out of range: "${this.text}"`);
  }

  /** Adds `-1.5` of a unit; fractions spill to the next smaller one. */
  add(amount: string, unit: string): void {
    const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(amount);
    if (match === null || ((match[2] ?? "") === "" && (match[3] ?? "") === "")) return this.bad();
    const sign = match[1] === "-" ? -1n : 1n;
    const exponent = Number(match[4] ?? 0);
    if (exponent !== 0) return this.add(plainNumber(amount), unit);
    const whole = BigInt(match[2] === "" ? "0" : (match[2] ?? "0"));
    const rest = Number(`0.${match[3] === undefined || match[3] === "" ? "0" : match[3]}`) * Number(sign);
    if (whole > INT32 + (sign < 0n ? 1n : 0n) && (unit === "hour" || unit === "minute" || !(unit in CLOCK))) this.range();
    const signed = sign * whole;
    const clock = CLOCK[unit];
    if (clock !== undefined) this.micros += signed * clock + BigInt(Math.round(rest * Number(clock)));
    else if (unit === "day" || unit === "week") this.addDays(signed, rest, unit === "week" ? 7 : 1);
    else if (unit === "month") {
      this.months += signed;
      this.addDays(0n, rest, 30);
    } else {
      const years = YEARS[unit] ?? 0;
      this.years += signed * BigInt(years);
      this.months += BigInt(Math.round(rest * 12 * years));
    }
  }

  addDays(whole: bigint, rest: number, of: number): void {
    this.days += whole * BigInt(of);
    const days = rest * of;
    const full = Math.trunc(days);
    this.days += BigInt(full);
    this.micros += BigInt(Math.round((days - full) * DAY));
  }

  /** A field may be given once. */
  once(unit: string): void {
    if (this.seen.has(unit)) this.bad();
    this.seen.add(unit);
  }

  value(): Interval {
    const small = (value: bigint): boolean => value >= -INT32 - 1n && value <= INT32;
    if (![this.years, this.months, this.days].every(small) || BigInt.asIntN(64, this.micros) !== this.micros) this.range();
    const months = this.years * 12n + this.months;
    if (!small(months)) fail("22008", "interval out of range");
    return { months: Number(months), days: Number(this.days), micros: this.micros };
  }
}

/** 1e-7 and its like without an exponent. */
function plainNumber(text: string): string {
  const value = Number(text);
  return Math.abs(value) < 1e21 ? value.toFixed(9).replace(/0+$/, "0") : text.replace(/[eE].*/, "");
}

/** The unit a number without one has, by the range of fields the type allows. */
function unitOfRange(range: number): string {
  if (range === FULL_RANGE || (range & FIELD.second) !== 0) return "second";
  if ((range & FIELD.minute) !== 0) return "minute";
  if ((range & FIELD.hour) !== 0) return "hour";
  if ((range & FIELD.day) !== 0) return "day";
  return (range & FIELD.month) !== 0 ? "month" : "year";
}

const TOKEN =
  /\s*(?:([+-]?\s*\d+:[\d:.]*|[+-]?\s*:\d+[\d:.]*)|([+-]?\s*\d+-\d+)|([+-]?\s*(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)|([a-z]+)|(@)|([,;()]))/iy;

export function parseInterval(text: string, range = FULL_RANGE, format: IntervalFormat = "postgres"): Interval {
  const sum = new Sum(text);
  const trimmed = text.trim();
  if (/^P/.test(trimmed)) {
    isoInterval(trimmed.slice(1), sum);
    return sum.value();
  }
  const fields: { kind: "clock" | "months" | "number" | "word"; text: string }[] = [];
  TOKEN.lastIndex = 0;
  const all = text.trimEnd();
  while (TOKEN.lastIndex < all.length) {
    const match = TOKEN.exec(all);
    if (match === null) return sum.bad();
    const [, clock, months, number, word] = match;
    const plain = (given: string): string => given.replace(/\s/g, "");
    if (clock !== undefined) fields.push({ kind: "clock", text: plain(clock) });
    else if (months !== undefined) fields.push({ kind: "months", text: plain(months) });
    else if (number !== undefined) fields.push({ kind: "number", text: plain(number) });
    else if (word !== undefined) fields.push({ kind: "word", text: word.toLowerCase() });
  }
  if (fields.length === 0) sum.bad();
  // In the SQL standard's style one sign at the start is everybody's.
  const shared =
    format === "sql_standard" && /^-/.test(fields[0]?.text ?? "") && !fields.slice(1).some((field) => /^[+-]/.test(field.text));
  let unit: string | null = null;
  /** A unit whose number has not come yet. */
  let pending = false;
  let ago = false;
  for (const field of fields.reverse()) {
    const amount = shared && !field.text.startsWith("-") ? `-${field.text}` : field.text;
    if (field.kind === "word") {
      if (field.text === "ago") {
        if (fields[0] !== field) sum.bad();
        ago = true;
        continue;
      }
      if (pending) sum.bad();
      unit = unitName(field.text) ?? sum.bad();
      pending = true;
    } else if (field.kind === "clock") {
      readClock(amount, sum, range);
      // What stands before a clock without a unit is days.
      unit = "day";
    } else if (field.kind === "months") {
      const match = /^([+-]?)(\d+)-(\d+)$/.exec(amount);
      if (match === null) return sum.bad();
      const months = BigInt(match[3] ?? "0");
      if (months >= 12n) sum.range();
      sum.once("year");
      sum.once("month");
      const total = BigInt(match[2] ?? "0") * 12n + months;
      sum.months += match[1] === "-" ? -total : total;
      unit = "day";
    } else {
      const own: string = unit ?? unitOfRange(range);
      sum.once(own);
      sum.add(amount, own);
      unit = null;
      pending = false;
    }
  }
  if (pending) sum.bad();
  if (sum.seen.size === 0) sum.bad();
  if (ago) [sum.years, sum.months, sum.days, sum.micros] = [-sum.years, -sum.months, -sum.days, -sum.micros];
  return sum.value();
}

function readClock(text: string, sum: Sum, range: number): void {
  const match = /^([+-]?)(\d*):(\d+)(?::(\d+)?(?:\.(\d*))?|\.(\d*))?$/.exec(text);
  if (match === null) return sum.bad();
  let [hours, minutes, seconds] = [
    BigInt(match[2] === "" ? "0" : (match[2] ?? "0")),
    BigInt(match[3] ?? "0"),
    BigInt(match[4] ?? "0"),
  ];
  let fraction = match[5];
  // mm:ss where the type has no hours, or where a fraction says so.
  const short = match[4] === undefined && match[5] === undefined;
  if (short && (match[6] !== undefined || range === (FIELD.minute | FIELD.second))) {
    [hours, minutes, seconds] = [0n, hours, minutes];
    fraction = match[6];
  }
  if (minutes > 59n || seconds > 60n || hours > INT32) sum.range();
  sum.once("hour");
  sum.once("minute");
  sum.once("second");
  const micros =
    hours * 3_600_000_000n +
    minutes * 60_000_000n +
    seconds * 1_000_000n +
    BigInt(Math.round(Number(`0.${fraction === undefined || fraction === "" ? "0" : fraction}`) * 1e6));
  sum.micros += match[1] === "-" ? -micros : micros;
}

/** What follows the P: 1Y2M3DT4H5M6S, 0001-02-03T04:05:06 or 00010203T040506. */
function isoInterval(text: string, sum: Sum): void {
  const [date = "", time, more] = text.split("T");
  if (more !== undefined || (date === "" && (time === undefined || time === ""))) return sum.bad();
  const parts = (part: string, units: Readonly<Record<string, string>>): boolean => {
    const pieces = part.match(/[+-]?[\d.]+(?:[eE][+-]?\d+)?[A-Z]/g) ?? [];
    if (pieces.join("") !== part) return false;
    for (const piece of pieces) {
      const unit = units[piece.slice(-1)];
      if (unit === undefined) return sum.bad();
      sum.add(piece.slice(0, -1), unit);
    }
    return true;
  };
  if (!parts(date, { Y: "year", M: "month", W: "week", D: "day" })) {
    const dashed = /^([+-]?\d+)(?:-([+-]?\d+)(?:-([+-]?\d+(?:\.\d*)?))?)?$/.exec(date);
    const packed = /^(\d{4})(\d{2})(\d{2})$/.exec(date);
    const match = packed ?? dashed;
    if (match === null) return sum.bad();
    sum.add(match[1] ?? "0", "year");
    sum.add(match[2] ?? "0", "month");
    sum.add(match[3] ?? "0", "day");
  }
  if (time === undefined) return;
  if (time === "") return sum.bad();
  if (!parts(time, { H: "hour", M: "minute", S: "second" })) {
    const colons = /^([+-]?\d+)(?::([+-]?\d+)(?::([+-]?\d+(?:\.\d*)?))?)?$/.exec(time);
    const packed = /^(\d{2})(\d{2})(\d{2}(?:\.\d*)?)$/.exec(time);
    const match = packed ?? colons;
    if (match === null) return sum.bad();
    sum.add(match[1] ?? "0", "hour");
    sum.add(match[2] ?? "0", "minute");
    sum.add(match[3] ?? "0", "second");
  }
}
