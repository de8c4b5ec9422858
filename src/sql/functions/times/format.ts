// to_char, to_timestamp, to_date: templates of dates and times (numbers: ../numbers/template.ts).
import { fail } from "../../errors.ts";
import { DAY_MICROS, dateOf, daysInMonth, daysOf, showOffset, zoneName, zoneOffset } from "../../types/calendar.ts";
import { toLocal } from "../../types/moment.ts";

const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

const ROMAN_MONTHS = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"];

const TOKENS =
  /FM|TH|th|"([^"]*)"|HH24|HH12|HH|MI|SSSSS|SSSS|SS|MS|US|AM|PM|am|pm|A\.M\.|P\.M\.|a\.m\.|p\.m\.|Y,YYY|YYYY|YYY|YY|IYYY|MONTH|Month|month|MON|Mon|mon|MM|DAY|Day|day|DY|Dy|dy|DDD|DD|ID|D|WW|IW|W|CC|J|Q|TZH|TZM|TZ|tz|OF|Y|FF[1-6]|ff[1-6]|RM|rm/g;

const two = (value: number): string => String(value).padStart(2, "0");

/** Formats a timestamp; `zone` null: it has none. */
export function toCharMoment(absolute: bigint, pattern: string, zone: string | null): string {
  const micros = zone === null ? absolute : toLocal(absolute, zone);
  const rest = ((micros % DAY_MICROS) + DAY_MICROS) % DAY_MICROS;
  const days = Number((micros - rest) / DAY_MICROS);
  const { year, month, day } = dateOf(days);
  const seconds = Number(rest / 1_000_000n);
  const fraction = Number(rest % 1_000_000n);
  const hour = Math.floor(seconds / 3600);
  const weekday = (((days + 4) % 7) + 7) % 7;
  const monday = (((days + 3) % 7) + 7) % 7;
  const thursday = days - monday + 3;
  const isoYear = dateOf(thursday).year;
  const offset = zone === null ? 0 : zoneOffset(zone, Number(absolute / 1000n));
  const monthName = MONTHS[month - 1] ?? "";
  const dayName = DAYS[weekday] ?? "";
  let fill = true;
  let last = "";
  const padded = (value: number, width: number): string => (fill ? String(value).padStart(width, "0") : String(value));
  const word = (value: string, width: number): string => (fill ? value.padEnd(width) : value);
  const piece = (token: string): string => {
    switch (token) {
      case "HH24":
        return padded(hour, 2);
      case "HH":
      case "HH12":
        return padded(hour % 12 === 0 ? 12 : hour % 12, 2);
      case "MI":
        return padded(Math.floor(seconds / 60) % 60, 2);
      case "SS":
        return padded(seconds % 60, 2);
      case "SSSS":
      case "SSSSS":
        return String(seconds);
      case "MS":
        return padded(Math.floor(fraction / 1000), 3);
      case "US":
        return padded(fraction, 6);
      case "AM":
      case "PM":
        return hour < 12 ? "AM" : "PM";
      case "am":
      case "pm":
        return hour < 12 ? "am" : "pm";
      case "A.M.":
      case "P.M.":
        return hour < 12 ? "A.M." : "P.M.";
      case "a.m.":
      case "p.m.":
        return hour < 12 ? "a.m." : "p.m.";
      case "Y,YYY":
        return `${Math.floor(year / 1000)},${String(year % 1000).padStart(3, "0")}`;
      case "YYYY":
        return padded(year, 4);
      case "YYY":
        return padded(year % 1000, 3);
      case "YY":
        return padded(year % 100, 2);
      case "Y":
        return String(year % 10);
      case "IYYY":
        return padded(isoYear, 4);
      case "MONTH":
        return word(monthName.toUpperCase(), 9);
      case "Month":
        return word(monthName, 9);
      case "month":
        return word(monthName.toLowerCase(), 9);
      case "MON":
        return monthName.slice(0, 3).toUpperCase();
      case "Mon":
        return monthName.slice(0, 3);
      case "mon":
        return monthName.slice(0, 3).toLowerCase();
      case "MM":
        return padded(month, 2);
      case "DAY":
        return word(dayName.toUpperCase(), 9);
      case "Day":
        return word(dayName, 9);
      case "day":
        return word(dayName.toLowerCase(), 9);
      case "DY":
        return dayName.slice(0, 3).toUpperCase();
      case "Dy":
        return dayName.slice(0, 3);
      case "dy":
        return dayName.slice(0, 3).toLowerCase();
      case "DDD":
        return padded(days - daysOf(year, 1, 1) + 1, 3);
      case "DD":
        return padded(day, 2);
      case "D":
        return String(weekday + 1);
      case "ID":
        return String(monday + 1);
      case "WW":
        return padded(Math.floor((days - daysOf(year, 1, 1)) / 7) + 1, 2);
      case "W":
        return String(Math.floor((day - 1) / 7) + 1);
      case "IW":
        return padded(Math.floor((thursday - daysOf(isoYear, 1, 1)) / 7) + 1, 2);
      case "CC":
        return padded(Math.ceil(year / 100), 2);
      case "J":
        return String(days + 2_440_588);
      case "Q":
        return String(Math.floor((month - 1) / 3) + 1);
      case "TZ":
        return zone === null ? "" : (zoneName(zone, Number(absolute / 1000n), offset) ?? showOffset(offset));
      case "tz":
        return zone === null ? "" : (zoneName(zone, Number(absolute / 1000n), offset) ?? showOffset(offset)).toLowerCase();
      case "TZH":
        return `${offset < 0 ? "-" : "+"}${two(Math.floor(Math.abs(offset) / 3600))}`;
      case "TZM":
        return two(Math.floor((Math.abs(offset) % 3600) / 60));
      case "OF":
        return showOffset(offset);
      default:
        if (token === "RM" || token === "rm") {
          const roman = word(ROMAN_MONTHS[month - 1] ?? "", 4);
          return token === "RM" ? roman : roman.toLowerCase();
        }
        return /^ff/i.test(token) ? String(fraction).padStart(6, "0").slice(0, Number(token[2])) : token;
    }
  };
  return pattern.replace(TOKENS, (token, quoted: string | undefined) => {
    if (quoted !== undefined) return quoted;
    if (token === "FM") {
      fill = false;
      return "";
    }
    if (token === "TH" || token === "th") {
      const number = Number(last);
      const suffix = number % 100 > 10 && number % 100 < 14 ? "th" : (["th", "st", "nd", "rd"][number % 10] ?? "th");
      return token === "TH" ? suffix.toUpperCase() : suffix;
    }
    last = piece(token);
    fill = true;
    return last;
  });
}

/** Reads a timestamp by a template: microseconds of the wall clock. */
export function toMoment(value: string, pattern: string): bigint {
  let at = 0;
  let [year, month, day, hour, minute, second, micros] = [1, 1, 1, 0, 0, 0, 0];
  let half = "";
  const bad = (token: string): never =>
    fail("22007", `invalid value "${value.slice(at, at + token.length)}" for "${token}"`, {
      detail: "Value must be an integer.",
    });
  const digits = (token: string, width: number): number => {
    while (value[at] === " ") at++;
    const match = new RegExp(`^[+-]?\\d{1,${width}}`).exec(value.slice(at));
    if (match === null) return bad(token);
    at += match[0].length;
    return Number(match[0]);
  };
  const name = (token: string, names: readonly string[], short: boolean): number => {
    const rest = value.slice(at).toLowerCase();
    const index = names.findIndex((candidate) => rest.startsWith((short ? candidate.slice(0, 3) : candidate).toLowerCase()));
    if (index < 0) return bad(token);
    at += short ? 3 : (names[index]?.length ?? 0);
    return index;
  };
  let from = 0;
  for (const match of pattern.matchAll(TOKENS)) {
    at += [...pattern.slice(from, match.index)].length;
    from = match.index + match[0].length;
    const token = match[0];
    if (token.startsWith('"')) at += token.length - 2;
    else if (token === "FM") continue;
    else if (token === "YYYY" || token === "IYYY") year = digits(token, 4);
    else if (token === "YY") year = ((short) => short + (short < 70 ? 2000 : 1900))(digits(token, 2));
    else if (/^month$/i.test(token)) month = name(token, MONTHS, false) + 1;
    else if (/^mon$/i.test(token)) month = name(token, MONTHS, true) + 1;
    else if (/^day$/i.test(token)) name(token, DAYS, false);
    else if (/^dy$/i.test(token)) name(token, DAYS, true);
    else if (token === "MM") month = digits(token, 2);
    else if (token === "DD") day = digits(token, 2);
    else if (token === "DDD") {
      day = digits(token, 3);
      month = 1;
    } else if (token === "HH24" || token === "HH" || token === "HH12") hour = digits(token, 2);
    else if (token === "MI") minute = digits(token, 2);
    else if (token === "SS") second = digits(token, 2);
    else if (token === "MS") micros = digits(token, 3) * 1000;
    else if (token === "US") micros = Number(String(digits(token, 6)).padEnd(6, "0"));
    else if (/^[ap]\.?m\.?$/i.test(token)) {
      half = value.slice(at, at + token.length).toLowerCase();
      at += token.length;
    } else fail("0A000", `the template pattern "${token}" is not supported here by ChronDB`);
  }
  if (half.startsWith("p") && hour < 12) hour += 12;
  if (half.startsWith("a") && hour === 12) hour = 0;
  const inMonth = pattern.includes("DDD") ? 366 : daysInMonth(year, month);
  if (month < 1 || month > 12 || day < 1 || day > inMonth || hour > 23 || minute > 59 || second > 59) {
    return fail("22008", `date/time field value out of range: "${value}"`);
  }
  return (
    (BigInt(daysOf(year, month, 1) + day - 1) * 86_400n + BigInt((hour * 60 + minute) * 60 + second)) * 1_000_000n +
    BigInt(micros)
  );
}
