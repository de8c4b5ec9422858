// Points in time plus intervals, and the distance between them.
import { DAY_MICROS, dateOf, daysInMonth, daysOf } from "../../types/calendar.ts";
import { packInterval, unpackInterval } from "../../types/interval-value.ts";
import { instantText, isInfinite, microsOf, momentText, toInstant, toLocal } from "../../types/moment.ts";
import { style } from "../context.ts";

function floorDiv(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b < 0n ? quotient - 1n : quotient;
}

function addMonths(micros: bigint, months: number): bigint {
  const days = floorDiv(micros, DAY_MICROS);
  const { year, month, day } = dateOf(Number(days));
  const total = year * 12 + (month - 1) + months;
  const newYear = Math.floor(total / 12);
  const newMonth = total - newYear * 12 + 1;
  // The 31st of a shorter month is its last day.
  const moved = daysOf(newYear, newMonth, Math.min(day, daysInMonth(newYear, newMonth)));
  return BigInt(moved) * DAY_MICROS + (micros - days * DAY_MICROS);
}

/** Months, then days, on the wall clock; then the exact rest. `zoned`: the value is an instant, its clock the session's. */
export function addToMoment(text: string, raw: string, zoned: boolean): string {
  if (isInfinite(text)) return text;
  const { months, days, micros } = unpackInterval(raw);
  let value = microsOf(text);
  if (months !== 0 || days !== 0) {
    if (zoned) value = toLocal(value, style().timeZone);
    if (months !== 0) value = addMonths(value, months);
    value += BigInt(days) * DAY_MICROS;
    if (zoned) value = toInstant(value, style().timeZone);
  }
  value += micros;
  return zoned ? instantText(value) : momentText(value);
}

/** a - b as PostgreSQL gives it: days and a time, no months. */
export function differenceOf(a: string, b: string): string {
  const micros = microsOf(a) - microsOf(b);
  const days = micros / DAY_MICROS;
  return packInterval({ months: 0, days: Number(days), micros: micros - days * DAY_MICROS });
}
