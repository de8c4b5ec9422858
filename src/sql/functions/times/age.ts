// age(): the distance in years, months, days and time, counted on the calendar.
import { DAY_MICROS, dateOf, daysInMonth } from "../../types/calendar.ts";
import { packInterval } from "../../types/interval-value.ts";

interface Clock {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly micros: bigint;
}

function clockOf(micros: bigint): Clock {
  const rest = ((micros % DAY_MICROS) + DAY_MICROS) % DAY_MICROS;
  return { ...dateOf(Number((micros - rest) / DAY_MICROS)), micros: rest };
}

export function ageBetween(a: bigint, b: bigint): string {
  const negative = a < b;
  const [late, early] = negative ? [clockOf(b), clockOf(a)] : [clockOf(a), clockOf(b)];
  let micros = late.micros - early.micros;
  let days = late.day - early.day;
  let months = late.month - early.month;
  let years = late.year - early.year;
  if (micros < 0n) {
    micros += DAY_MICROS;
    days--;
  }
  if (days < 0) {
    // A borrowed month is as long as the earlier date's.
    days += negative ? daysInMonth(late.year, late.month) : daysInMonth(early.year, early.month);
    months--;
  }
  if (months < 0) {
    months += 12;
    years--;
  }
  const sign = negative ? -1 : 1;
  return packInterval({ months: sign * (years * 12 + months), days: sign * days, micros: negative ? -micros : micros });
}
