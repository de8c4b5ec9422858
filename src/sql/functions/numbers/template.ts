// to_char and to_number: templates of 9 0 . D , G L S MI PL SG PR TH V RN EEEE FM B and text between quotes.
import { fail } from "../../errors.ts";
import { type Decimal, multiply, pow10, printDecimal, rescale, toDecimal } from "../../types/decimal.ts";

type Key =
  | "9"
  | "0"
  | "."
  | "D"
  | ","
  | "G"
  | "L"
  | "S"
  | "MI"
  | "PL"
  | "SG"
  | "PR"
  | "TH"
  | "th"
  | "V"
  | "RN"
  | "rn"
  | "EEEE"
  | "FM"
  | "B"
  | "C";

type Part = { readonly key: Key } | { readonly text: string };

interface Template {
  readonly parts: readonly Part[];
  /** Digits asked for before and after the point; digits that V multiplies by. */
  readonly before: number;
  readonly after: number;
  readonly shift: number;
  /** Where the first 0 stands among the digits, from 0; -1 = there is none. */
  readonly zeroFrom: number;
  readonly point: boolean;
  readonly fill: boolean;
  readonly sign: "first" | "last" | null;
  readonly keys: ReadonlySet<Key>;
}

const KEYS: readonly Key[] = [
  "EEEE",
  "FM",
  "MI",
  "PL",
  "PR",
  "RN",
  "SG",
  "TH",
  "9",
  "0",
  ".",
  ",",
  "B",
  "C",
  "D",
  "G",
  "L",
  "S",
  "V",
];

const syntax = (message: string): never => fail("42601", message);

function partsOf(pattern: string): Part[] {
  const parts: Part[] = [];
  for (let at = 0; at < pattern.length; ) {
    const rest = pattern.slice(at);
    const upper = rest.slice(0, 4).toUpperCase();
    const key = KEYS.find((candidate) => upper.startsWith(candidate));
    if (key !== undefined) {
      at += key.length;
      if (key === "TH") parts.push({ key: rest.startsWith("TH") ? "TH" : "th" });
      else if (key === "RN") parts.push({ key: rest.startsWith("RN") ? "RN" : "rn" });
      else parts.push({ key });
    } else if (rest.startsWith('"')) {
      // Inside quotes a backslash takes the next character as it is.
      const quoted = /^"((?:\\[\s\S]|[^"\\])*)\\?(?:"|$)/.exec(rest);
      at += quoted?.[0].length ?? 1;
      for (const character of (quoted?.[1] ?? "").replace(/\\([\s\S])/g, "$1")) parts.push({ text: character });
    } else {
      // Outside, only before a double quote.
      if (rest.startsWith('\\"')) at++;
      const character = String.fromCodePoint(pattern.codePointAt(at) ?? 32);
      parts.push({ text: character });
      at += character.length;
    }
  }
  return parts;
}

function readTemplate(pattern: string): Template {
  const parts = partsOf(pattern);
  const keys = new Set<Key>();
  let [before, after, shift, zeroFrom] = [0, 0, 0, -1];
  let point = false;
  let sign: Template["sign"] = null;
  let beforeSign = 0;
  for (const part of parts) {
    if (!("key" in part)) continue;
    const { key } = part;
    if (keys.has("EEEE") && key !== "FM") syntax('"EEEE" must be the last pattern used');
    switch (key) {
      case "9":
      case "0":
        if (keys.has("PR")) syntax(`"${key}" must be ahead of "PR"`);
        if (key === "0" && zeroFrom < 0 && !point && shift === 0 && !keys.has("V")) zeroFrom = before;
        if (keys.has("V")) shift++;
        else if (point) after++;
        else before++;
        break;
      case ".":
      case "D":
        if (point) syntax("multiple decimal points");
        if (keys.has("V")) syntax('cannot use "V" and decimal point together');
        point = true;
        break;
      case "S":
        if (keys.has("S")) syntax('cannot use "S" twice');
        if (keys.has("PL") || keys.has("MI") || keys.has("SG") || keys.has("PR")) {
          syntax('cannot use "S" and "PL"/"MI"/"SG"/"PR" together');
        }
        sign = point || (before > 0 && after > 0) ? "last" : "first";
        beforeSign = before;
        break;
      case "MI":
      case "PL":
      case "SG":
        if (keys.has("S")) syntax(`cannot use "S" and "${key}" together`);
        break;
      case "PR":
        if (keys.has("S") || keys.has("PL") || keys.has("MI") || keys.has("SG")) {
          syntax('cannot use "PR" and "S"/"PL"/"MI"/"SG" together');
        }
        break;
      case "V":
        if (point) syntax('cannot use "V" and decimal point together');
        break;
      case "EEEE":
        if (keys.has("EEEE")) syntax('cannot use "EEEE" twice');
        if (["FM", "S", "PR", "MI", "PL", "SG", "RN", "rn", "V"].some((other) => keys.has(other as Key))) {
          fail("42601", '"EEEE" is incompatible with other formats', {
            detail: '"EEEE" may only be used together with digit and decimal point patterns.',
          });
        }
        break;
      default:
        break;
    }
    keys.add(key);
  }
  // A sign after every digit stands at the end, wherever the point is.
  if (sign === "first" && beforeSign > 0 && beforeSign === before) sign = "last";
  return { parts, before, after, shift, zeroFrom, point, fill: !keys.has("FM"), sign, keys };
}

const ROMAN: readonly (readonly [number, string])[] = [
  [1000, "M"],
  [900, "CM"],
  [500, "D"],
  [400, "CD"],
  [100, "C"],
  [90, "XC"],
  [50, "L"],
  [40, "XL"],
  [10, "X"],
  [9, "IX"],
  [5, "V"],
  [4, "IV"],
  [1, "I"],
];

function roman(value: number): string {
  if (!(value >= 1 && value <= 3999)) return "#".repeat(15);
  let rest = value;
  let out = "";
  for (const [worth, letters] of ROMAN) {
    for (; rest >= worth; rest -= worth) out += letters;
  }
  return out;
}

/** st, nd, rd or th of a number's last digits. */
export function ordinal(digits: string): string {
  const last = digits.at(-1) ?? "0";
  if (digits.at(-2) === "1") return "th";
  return last === "1" ? "st" : last === "2" ? "nd" : last === "3" ? "rd" : "th";
}

/** One digit before the point, `after` behind it, and an exponent of at least two digits. */
function scientific(value: Decimal, after: number): string {
  if (value.special !== null) return `#.${"#".repeat(after)}####`;
  const absolute = (value.digits < 0n ? -value.digits : value.digits).toString();
  let exponent = value.digits === 0n ? 0 : absolute.length - value.scale - 1;
  let mantissa = rescale({ digits: BigInt(absolute), scale: absolute.length - 1, special: null }, after);
  if (value.digits !== 0n && mantissa.digits >= 10n * pow10(after)) {
    exponent++;
    mantissa = { ...mantissa, digits: mantissa.digits / 10n };
  }
  const size = String(Math.abs(exponent)).padStart(2, "0");
  return `${value.digits < 0n ? "-" : " "}${printDecimal(mantissa)}e${exponent < 0 ? "-" : "+"}${size}`;
}

/** Prints a number by a template. */
export function toCharNumber(text: string, pattern: string): string {
  const template = readTemplate(pattern);
  const { keys, fill } = template;
  const value = toDecimal(text);
  if (keys.has("RN") || keys.has("rn")) {
    const rounded = value.special === null ? Number(rescale(value, 0).digits) : -1;
    const letters = keys.has("rn") && !keys.has("RN") ? roman(rounded).toLowerCase() : roman(rounded);
    return template.parts
      .map((part) => ("key" in part ? (/rn/i.test(part.key) ? (fill ? letters.padStart(15) : letters) : "") : part.text))
      .join("");
  }
  if (keys.has("EEEE")) {
    return scientific(value, template.after);
  }
  let before = template.before;
  let shifted = value;
  if (keys.has("V")) {
    if (value.special === null) shifted = multiply(value, { digits: pow10(template.shift), scale: 0, special: null });
    before += template.shift;
  }
  const negative = shifted.special === "-Infinity" || shifted.digits < 0n;
  const digits =
    shifted.special !== null
      ? shifted.special.replace("-", "")
      : printDecimal(rescale({ ...shifted, digits: negative ? -shifted.digits : shifted.digits }, template.after));
  const isZero = shifted.special === null && !/[1-9]/.test(digits);
  const wholeLength = digits.includes(".") ? digits.indexOf(".") : digits.length;
  const missing = Math.max(0, before - wholeLength);
  const overflow = wholeLength > before;
  const shown = overflow ? `${"#".repeat(before)}.${"#".repeat(template.after)}` : digits;
  return print(template, before, shown, missing, negative && !isZero ? "-" : "+");
}

/** Walks the template, digits of the number in hand. */
function print(template: Template, before: number, number: string, missing: number, sign: "+" | "-"): string {
  const { keys, fill, zeroFrom, point, after } = template;
  const bracket = keys.has("PR") && (sign === "-" || fill);
  const ownSign = keys.has("MI") || keys.has("PL") || keys.has("SG");
  let signDone = ownSign ? !(keys.has("PL") && !keys.has("MI")) : sign === "+" && !fill && template.sign === null;
  // With FM, zeros at the end of the fraction are not shown; what is the last that matters?
  let lastNeeded = -1;
  if (!fill && point) {
    const dot = number.indexOf(".");
    if (dot >= 0) {
      lastNeeded = dot;
      for (let at = dot + 1; at < number.length; at++) if (number[at] !== "0") lastNeeded = at;
    }
  }
  const count = after + before - 1 + (!signDone && missing === 0 ? 1 : 0);
  const last = count + (missing > 0 ? 1 : 0) + (point ? 1 : 0);
  const zeros = zeroFrom >= 0;
  let current = 0;
  let from = 0;
  let inNumber = false;
  let out = "";
  // 9.9 shows 0.1 as .1
  const hidesZero = (): boolean => !zeros && from === 0 && number[0] === "0" && after !== 0;
  const digit = (key: Key): void => {
    inNumber = false;
    const lastIsPoint = lastNeeded >= 0 && number[lastNeeded] === ".";
    if (!signDone && (current >= missing || (zeros && zeroFrom === current)) && (!hidesZero() || lastIsPoint)) {
      if (template.sign !== null) {
        if (template.sign === "first") {
          out += sign;
          signDone = true;
        }
      } else if (bracket) {
        out += sign === "+" ? " " : "<";
        signDone = true;
      } else {
        out += sign === "-" ? "-" : fill ? " " : "";
        signDone = true;
      }
    }
    if (current < missing && (!zeros || zeroFrom > current)) out += fill ? " " : "";
    else if (current < missing) {
      out += "0";
      inNumber = true;
    } else {
      const character = number[from] ?? "";
      if (character === ".") out += ".";
      else if (lastNeeded >= 0 && from > lastNeeded && key !== "0") out += "";
      else if (hidesZero()) out += fill ? " " : lastIsPoint ? "0" : "";
      else {
        out += character;
        inNumber = true;
      }
      if (character !== "") from++;
    }
    const end = lastNeeded >= 0 && lastNeeded === from ? current : last;
    if (current + 1 === end) {
      if (signDone && bracket) out += sign === "+" ? " " : ">";
      else if (template.sign === "last") out += sign;
    }
    current++;
  };
  for (const part of template.parts) {
    if (!("key" in part)) {
      out += part.text;
      continue;
    }
    switch (part.key) {
      case "9":
      case "0":
      case ".":
      case "D":
        digit(part.key);
        break;
      case ",":
      case "G":
        out += inNumber ? "," : fill ? " " : "";
        break;
      case "L":
        out += " ";
        break;
      case "TH":
      case "th":
        if (number.startsWith("#") || sign === "-" || point) break;
        out += part.key === "TH" ? ordinal(number).toUpperCase() : ordinal(number);
        break;
      case "MI":
        out += sign === "-" ? "-" : fill ? " " : "";
        break;
      case "PL":
        out += sign === "+" ? "+" : fill ? " " : "";
        break;
      case "SG":
        out += sign;
        break;
      default:
        break;
    }
  }
  return out;
}

/** Reads a number by a template: digits where it has digits, signs where it allows them; other places skip a character. */
export function toNumber(text: string, pattern: string): string {
  const template = readTemplate(pattern);
  const { keys } = template;
  if (keys.has("EEEE")) fail("0A000", '"EEEE" not supported for input');
  if (keys.has("RN") || keys.has("rn")) fail("0A000", '"RN" not supported for input');
  const characters = [...text];
  let at = 0;
  let sign = "";
  let whole = "";
  let fraction = "";
  let inFraction = false;
  const isDigit = (character: string | undefined): boolean => character !== undefined && /\d/.test(character);
  const readSign = (): void => {
    const character = characters[at];
    if (sign !== "" || character === undefined) return;
    if (keys.has("PR") && character === "<") sign = "-";
    else if (character === "-" || character === "+") sign = character;
    else return;
    at++;
  };
  const skip = (count: number): void => {
    for (let skipped = 0; skipped < count && at < characters.length && !/[0-9.,+-]/.test(characters[at] ?? ""); skipped++) at++;
  };
  for (const part of template.parts) {
    if (at >= characters.length) break;
    if (!("key" in part)) {
      skip(1);
      continue;
    }
    switch (part.key) {
      case "9":
      case "0":
      case ".":
      case "D": {
        if (characters[at] === " ") at++;
        if (whole === "" && fraction === "") readSign();
        const character = characters[at];
        if (isDigit(character)) {
          if (!inFraction) whole += character;
          else if (fraction.length < template.after) fraction += character;
          else break;
          at++;
        } else if (character === "." && !inFraction && template.point) {
          inFraction = true;
          at++;
        }
        const next = characters[at];
        // A sign may follow the last digit.
        if (sign === "" && whole + fraction !== "" && (next === "-" || next === "+") && template.sign !== null) {
          sign = next;
          at++;
        }
        break;
      }
      case ",":
      case "G":
        if (characters[at] === ",") at++;
        break;
      case "L":
        skip(1);
        break;
      case "TH":
      case "th":
        skip(2);
        break;
      case "MI":
        if (characters[at] === "-") {
          sign = "-";
          at++;
        } else skip(1);
        break;
      case "PL":
        if (characters[at] === "+") {
          sign = "+";
          at++;
        } else skip(1);
        break;
      case "SG":
        if (characters[at] === "-" || characters[at] === "+") sign = characters[at++] ?? "";
        else skip(1);
        break;
      case "S":
        readSign();
        break;
      default:
        break;
    }
  }
  const written = `${sign}${whole === "" ? "0" : whole}${fraction === "" ? "" : `.${fraction}`}`;
  if (whole === "" && fraction === "") fail("22P02", `invalid input syntax for type numeric: "${sign === "" ? " " : sign}"`);
  const read = toDecimal(written);
  if (!keys.has("V")) return printDecimal(read);
  return printDecimal(rescale({ ...read, scale: read.scale + template.shift }, read.scale + 16));
}
