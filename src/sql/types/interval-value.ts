// Intervals: months, days and microseconds kept apart, as PostgreSQL does. Internal form `months days micros`.
import { fail } from "../errors.ts";
import { DAY_MICROS, two } from "./calendar.ts";

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

const UNITS: Readonly<Record<string, { months?: number; days?: number; micros?: number }>> = {
  microsecond: { micros: 1 },
  millisecond: { micros: 1000 },
  second: { micros: 1_000_000 },
  minute: { micros: 60_000_000 },
  hour: { micros: 3_600_000_000 },
  day: { days: 1 },
  week: { days: 7 },
  month: { months: 1 },
  year: { months: 12 },
  decade: { months: 120 },
  century: { months: 1200 },
  millennium: { months: 12_000 },
};

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
};

/** A written unit's name in full; undefined when there is none. Used by extract and date_trunc too. */
export function unitName(word: string): string | undefined {
  const lower = word.toLowerCase();
  return lower in UNITS ? lower : ALIASES[lower];
}

class Sum {
  months = 0;
  days = 0;
  micros = 0;

  /** Adds an amount; fractions spill to the next smaller unit as in PostgreSQL. */
  add(amount: number, unit: string): boolean {
    const worth = UNITS[unitName(unit) ?? ""];
    if (worth === undefined) return false;
    if (worth.micros !== undefined) this.micros += Math.round(amount * worth.micros);
    else if (worth.days !== undefined) {
      const days = amount * worth.days;
      const whole = Math.trunc(days);
      this.days += whole;
      this.micros += Math.round((days - whole) * 86_400_000_000);
    } else if (worth.months !== undefined) {
      const months = Number((amount * worth.months).toFixed(9));
      const whole = Math.trunc(months);
      this.months += whole;
      if (worth.months === 1) {
        const days = (months - whole) * 30;
        this.days += Math.trunc(days);
        this.micros += Math.round((days - Math.trunc(days)) * 86_400_000_000);
      }
    }
    return true;
  }

  clock(text: string): boolean {
    const match = /^([+-]?)(\d+):(\d{1,2})(?::(\d{1,2}(?:\.\d*)?))?$/.exec(text);
    if (match === null) return false;
    const micros = (Number(match[2]) * 3600 + Number(match[3]) * 60) * 1_000_000 + Math.round(Number(match[4] ?? 0) * 1e6);
    this.micros += match[1] === "-" ? -micros : micros;
    return true;
  }
}

function isoInterval(text: string, sum: Sum): boolean {
  const match = /^P(?:([^T]*))?(?:T(.*))?$/.exec(text);
  if (match === null) return false;
  const read = (part: string, units: Readonly<Record<string, string>>): boolean => {
    const pieces = part.match(/[+-]?[\d.]+[A-Z]/g) ?? [];
    if (pieces.join("") !== part) return false;
    return pieces.every((piece) => sum.add(Number(piece.slice(0, -1)), units[piece.slice(-1)] ?? ""));
  };
  return (
    read(match[1] ?? "", { Y: "year", M: "month", W: "week", D: "day" }) &&
    read(match[2] ?? "", { H: "hour", M: "minute", S: "second" })
  );
}

export function parseInterval(text: string): Interval {
  const bad = (): never => fail("22007", `invalid input syntax for type interval: "${text}"`);
  const sum = new Sum();
  const trimmed = text.trim();
  if (trimmed === "") bad();
  if (trimmed.startsWith("P")) {
    if (!isoInterval(trimmed, sum)) bad();
  } else {
    let words = trimmed.replace(/^@\s*/, "").split(/\s+/);
    let ago = false;
    if (words.at(-1)?.toLowerCase() === "ago") {
      ago = true;
      words = words.slice(0, -1);
    }
    words = words.flatMap((word) => {
      const glued = /^([+-]?[\d.]+)([a-z]+)$/i.exec(word);
      return glued === null ? [word] : [glued[1] ?? "", glued[2] ?? ""];
    });
    for (let at = 0; at < words.length; at++) {
      const word = words[at] ?? "";
      const unit = words[at + 1];
      const yearMonth = /^([+-]?)(\d+)-(\d+)$/.exec(word);
      if (sum.clock(word)) continue;
      if (yearMonth !== null) {
        const months = Number(yearMonth[2]) * 12 + Number(yearMonth[3]);
        sum.months += yearMonth[1] === "-" ? -months : months;
      } else if (/^[+-]?(\d+\.?\d*|\.\d+)$/.test(word)) {
        if (unit !== undefined && unitName(unit) !== undefined) {
          sum.add(Number(word), unit);
          at++;
        } else if (unit === undefined) sum.add(Number(word), "second");
        else if (/:/.test(unit)) sum.add(Number(word), "day");
        else bad();
      } else bad();
    }
    if (ago) {
      sum.months = -sum.months;
      sum.days = -sum.days;
      sum.micros = -sum.micros;
    }
  }
  if (Math.abs(sum.months) > 2_147_483_647 || Math.abs(sum.days) > 2_147_483_647) {
    fail("22015", `interval field value out of range: "${text}"`);
  }
  return { months: sum.months, days: sum.days, micros: BigInt(Math.round(sum.micros)) };
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

export const addIntervals = (a: Interval, b: Interval, sign: 1 | -1): Interval => ({
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
  return {
    months: wholeMonths,
    days: wholeDays + Math.trunc(monthRest) + Math.trunc(dayRest),
    micros: BigInt(Math.round(Number(value.micros) * factor + (dayRest - Math.trunc(dayRest)) * 86_400_000_000)),
  };
}
