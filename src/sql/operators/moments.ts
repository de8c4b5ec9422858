// + and - on dates, times and intervals.

import { fail } from "../errors.ts";
import type { SqlFunction } from "../functions/define.ts";
import { addToMoment, differenceOf } from "../functions/times/arithmetic.ts";
import { DAY_MICROS } from "../types/calendar.ts";
import { readFloat } from "../types/floats.ts";
import { OID } from "../types/index.ts";
import { addIntervals, packInterval, scaleInterval, unpackInterval } from "../types/interval-value.ts";
import { dateText, daysOfText, isInfinite, microsOfTime, momentText, timeText } from "../types/moment.ts";
import { computed } from "./define.ts";

const { date, time, timestamp, timestamptz, interval, int4, float8 } = OID;
const negative = (raw: unknown): string => {
  const { months, days, micros } = unpackInterval(String(raw));
  return packInterval({ months: -months, days: -days, micros: -micros });
};
const shiftDays = (text: unknown, days: unknown, sign: 1 | -1): string =>
  isInfinite(String(text)) ? String(text) : dateText(daysOfText(String(text)) + sign * Number(days));

function shiftTime(text: unknown, raw: unknown, sign: bigint): string {
  const sum = (BigInt(microsOfTime(String(text))) + sign * unpackInterval(String(raw)).micros) % DAY_MICROS;
  return timeText(Number(sum < 0n ? sum + DAY_MICROS : sum));
}

const stable = { volatility: "stable" } as const;
const asTimestamp = (text: unknown): string =>
  isInfinite(String(text)) ? String(text) : momentText(BigInt(daysOfText(String(text))) * DAY_MICROS);

export const momentOperators: readonly SqlFunction[] = [
  computed("+", [date, int4], date, (a, b) => shiftDays(a, b, 1)),
  computed("+", [int4, date], date, (a, b) => shiftDays(b, a, 1)),
  computed("-", [date, int4], date, (a, b) => shiftDays(a, b, -1)),
  computed("-", [date, date], int4, (a, b) =>
    isInfinite(String(a)) || isInfinite(String(b))
      ? fail("22008", "cannot subtract infinite dates")
      : daysOfText(String(a)) - daysOfText(String(b)),
  ),
  computed("+", [date, time], timestamp, (a, b) => (isInfinite(String(a)) ? String(a) : `${String(a)}T${String(b)}`)),
  computed("+", [time, date], timestamp, (a, b) => (isInfinite(String(b)) ? String(b) : `${String(b)}T${String(a)}`)),
  computed("+", [date, interval], timestamp, (a, b) => addToMoment(asTimestamp(a), String(b), false)),
  computed("+", [interval, date], timestamp, (a, b) => addToMoment(asTimestamp(b), String(a), false)),
  computed("-", [date, interval], timestamp, (a, b) => addToMoment(asTimestamp(a), negative(b), false)),
  ...[timestamp, timestamptz].flatMap((type) => {
    const zoned = type === timestamptz;
    return [
      computed("+", [type, interval], type, (a, b) => addToMoment(String(a), String(b), zoned), stable),
      computed("+", [interval, type], type, (a, b) => addToMoment(String(b), String(a), zoned), stable),
      computed("-", [type, interval], type, (a, b) => addToMoment(String(a), negative(b), zoned), stable),
      computed("-", [type, type], interval, (a, b) => differenceOf(String(a), String(b))),
    ];
  }),
  computed("-", [time, time], interval, (a, b) =>
    packInterval({ months: 0, days: 0, micros: BigInt(microsOfTime(String(a)) - microsOfTime(String(b))) }),
  ),
  computed("+", [time, interval], time, (a, b) => shiftTime(a, b, 1n)),
  computed("+", [interval, time], time, (a, b) => shiftTime(b, a, 1n)),
  computed("-", [time, interval], time, (a, b) => shiftTime(a, b, -1n)),
  computed("+", [interval, interval], interval, (a, b) =>
    packInterval(addIntervals(unpackInterval(String(a)), unpackInterval(String(b)), 1)),
  ),
  computed("-", [interval, interval], interval, (a, b) =>
    packInterval(addIntervals(unpackInterval(String(a)), unpackInterval(String(b)), -1)),
  ),
  computed("-", [interval], interval, negative),
  computed("*", [interval, float8], interval, (a, b) =>
    packInterval(scaleInterval(unpackInterval(String(a)), readFloat(b ?? 0))),
  ),
  computed("*", [float8, interval], interval, (a, b) =>
    packInterval(scaleInterval(unpackInterval(String(b)), readFloat(a ?? 0))),
  ),
  computed("/", [interval, float8], interval, (a, b) => {
    const divisor = readFloat(b ?? 0);
    return divisor === 0
      ? fail("22012", "division by zero")
      : packInterval(scaleInterval(unpackInterval(String(a)), 1 / divisor));
  }),
];
