// Statements that differ only in their values are one statement: `WHERE id = 17` becomes `WHERE id = $1` with the value beside
// it, so that it is parsed and checked once (100 to 200 us) and found by its text afterwards (this pass takes 2 us).
//
// Only values whose meaning does not depend on where they stand are lifted: numbers and plain strings, next to operators, in
// WHERE, SET and VALUES. Everything else stays in the text as it is: what LIMIT, ORDER BY and select lists say, arguments of
// functions and of types, patterns, literals with a type's name before them or a cast after, subqueries. A text that is
// anything but plain (comments, dollar quotes, escapes, other operators, a second statement) is not lifted at all.
import { OID } from "../types/index.ts";

export interface Lifted {
  /** The statement with $1 … in place of its values, without what follows it. */
  readonly text: string;
  /** 0 for a string: its type is what its surroundings make of it, as a literal's is. */
  readonly oids: readonly number[];
  readonly values: readonly string[];
  /** Where a character (from 1) of `text` is in the statement as written. */
  readonly position: (at: number) => number;
}

/** Longer statements are rarely said twice. */
const LENGTH_MAXIMUM = 4_096;
const VALUES_MAXIMUM = 64;

// Space, word, number, string, quoted name, operator or mark. What matches none of them ends the attempt.
const TOKEN =
  /([ \t\n\r\f]+)|([A-Za-z_\u0080-\ud7ff][A-Za-z0-9_$\u0080-\ud7ff]*)|(\d+(?:\.\d*)?|\.\d+)|('(?:[^']|'')*')|("(?:[^"]|"")+")|(::|<=|>=|<>|!=|[=<>+\-*/(),;.])/y;

type Place = "head" | "values" | "tail";

/** Where each statement's values begin: after this word, outside parentheses. */
const BEGIN: ReadonlyMap<string, string> = new Map([
  ["SELECT", "WHERE"],
  ["INSERT", "VALUES"],
  ["UPDATE", "SET"],
  ["DELETE", "WHERE"],
]);
/** From these on nothing is lifted. */
const END = new Set([
  "GROUP",
  "ORDER",
  "LIMIT",
  "OFFSET",
  "FETCH",
  "HAVING",
  "WINDOW",
  "UNION",
  "INTERSECT",
  "EXCEPT",
  "FOR",
  "RETURNING",
]);
/** Words before a parenthesis that make it no list of arguments. */
const OPENS = new Set(["WHERE", "AND", "OR", "NOT", "IN", "VALUES", "BETWEEN", "SET", "CONFLICT"]);
/** Words between which and a value there is nothing that would give it another meaning. */
const BEFORE = new Set(["WHERE", "AND", "OR", "NOT", "BETWEEN"]);
const AFTER = new Set([...END, "WHERE", "AND", "OR", "NOT", "IN", "IS", "BETWEEN", "ON", "FROM", "USING"]);
/** A subquery or a form with rules of its own: what stands in these parentheses stays. */
const KEEPS = new Set(["SELECT", "WITH", "VALUES", "CASE", "ARRAY", "ROW", "ESCAPE", "COLLATE", "INTERVAL"]);
const LITERAL_WORDS = new Set(["NULL", "TRUE", "FALSE", "DEFAULT"]);
const SIGNED = /[+\-*/<>=!]/;

const INT4 = 2_147_483_648;
const INT8 = 9_223_372_036_854_775_808n;

/** The type of a number as the grammar reads it; null at the edges, where its sign decides. */
function numberType(digits: string): number | null {
  if (digits.includes(".")) return OID.numeric;
  if (digits.length < 10) return OID.int4;
  if (digits.length < 16) return Number(digits) < INT4 ? OID.int4 : Number(digits) === INT4 ? null : OID.int8;
  const value = BigInt(digits);
  return value < INT8 ? OID.int8 : null;
}

/** A number as its type writes it. */
function numberText(digits: string, negative: boolean): string {
  const plain = digits.startsWith(".") ? `0${digits}` : digits.endsWith(".") ? digits.slice(0, -1) : digits;
  return negative ? `-${plain}` : plain;
}

/** Whether a value may be followed by what stands at `at`. */
function endsWell(text: string, at: number): boolean {
  let from = at;
  while (from < text.length && " \t\n\r\f".includes(text.charAt(from))) from++;
  const next = text.charAt(from);
  if (next === "" || ",);=<>+-*/".includes(next)) return true;
  if (next === "!") return text.charAt(from + 1) === "=";
  const word = /[A-Za-z]+/y;
  word.lastIndex = from;
  const found = word.exec(text)?.[0];
  // A word must stand apart, and not be the start of a longer one.
  if (found === undefined || from === at || /[\w$\u0080-\uffff]/.test(text.charAt(word.lastIndex))) return false;
  return AFTER.has(found.toUpperCase());
}

/** Null where nothing can be lifted. */
export function lift(text: string): Lifted | null {
  if (text.length > LENGTH_MAXIMUM) return null;
  let begin = "";
  let place: Place = "head";
  /** One entry for each open parenthesis: whether what is in it stays as it is. */
  const keeps: boolean[] = [];
  let kept = 0;
  let out = "";
  let copied = 0;
  /** Last token that is no space: an upper-case word, `a` for an operand, else the operator. */
  let before = "";
  /** Where a sign stands that may belong to the number after it; -1 none. */
  let sign = -1;
  const oids: number[] = [];
  const values: string[] = [];
  const spans: { readonly from: number; readonly start: number; readonly end: number }[] = [];
  let end = text.length;

  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const start = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null) return null;
    if (match[1] !== undefined) continue;
    const after = TOKEN.lastIndex;
    const word = match[2];
    const mark = match[6];
    if (word !== undefined) {
      // E'…', U&"…" and their kin.
      const next = text.charAt(after);
      if (next === "'" || next === '"') return null;
      const upper = word.toUpperCase();
      const named = before === ".";
      sign = -1;
      if (begin === "") {
        const found = BEGIN.get(upper);
        if (found === undefined) return null;
        begin = found;
      } else if (named || before === "AS") {
        before = "a";
        continue;
      } else if (keeps.length === 0 && place === "head" && upper === begin) place = "values";
      else if (keeps.length === 0 && END.has(upper)) place = "tail";
      else if (place === "head" && begin === "VALUES" && (upper === "SELECT" || upper === "WITH")) return null;
      else if (place === "values" && KEEPS.has(upper)) {
        if (keeps.length === 0) return null;
        if (keeps[keeps.length - 1] === false) {
          keeps[keeps.length - 1] = true;
          kept++;
        }
      }
      before = LITERAL_WORDS.has(upper) ? "a" : upper;
      continue;
    }
    if (mark !== undefined) {
      const next = text.charAt(after);
      if (mark === "-" && next === "-") return null;
      if (mark === "/" && next === "*") return null;
      // Several characters may be one operator, unless the next is a sign of its own.
      if (mark !== "(" && mark !== ")" && mark !== "," && mark !== ";" && mark !== "." && SIGNED.test(next)) {
        if (mark === "!=" || mark === "::" || !(next === "-" || next === "+")) return null;
      }
      const unary = before !== "a" && before !== ")" && !(/^[A-Z_\u0080-\ud7ff]/.test(before) && !BEFORE.has(before));
      if (mark === "(") {
        const list = before === "" || /^[A-Za-z_\u0080-\ud7ff]/.test(before) ? !OPENS.has(before) : false;
        keeps.push(list);
        if (list) kept++;
      } else if (mark === ")") {
        if (keeps.pop() === true) kept--;
      } else if (mark === ";") {
        if (text.slice(after).trim() !== "") return null;
        end = start;
        break;
      }
      sign = mark === "-" && unary && place === "values" ? start : -1;
      if (mark === "+" && unary) return null;
      before = mark === "-" && unary ? `unary${before}` : mark;
      continue;
    }
    if (match[5] !== undefined) {
      before = "a";
      sign = -1;
      continue;
    }
    const digits = match[3];
    if (digits !== undefined && /[\w$.\u0080-\uffff]/.test(text.charAt(after))) return null;
    const quoted = match[4];
    // Strings beside each other may be one.
    if (quoted !== undefined && text.charAt(after) === "'") return null;
    const signed = sign >= 0 && digits !== undefined;
    const really = before.startsWith("unary") ? before.slice(5) : before;
    const plain =
      place === "values" &&
      kept === 0 &&
      (signed || sign < 0) &&
      (signed || !before.startsWith("unary")) &&
      (BEFORE.has(really) || /^[=<>+\-*/(,!]/.test(really)) &&
      endsWell(text, after);
    const type = digits === undefined ? 0 : numberType(digits);
    if (plain && type !== null) {
      if (values.length >= VALUES_MAXIMUM) return null;
      const from = signed ? sign : start;
      out += text.slice(copied, from);
      oids.push(type);
      values.push(digits === undefined ? text.slice(start + 1, after - 1).replaceAll("''", "'") : numberText(digits, signed));
      spans.push({ from: out.length, start: from, end: after });
      out += `$${values.length}`;
      copied = after;
    }
    sign = -1;
    before = "a";
  }
  if (values.length === 0 || keeps.length > 0) return null;
  // Positions are counted in characters, of which a surrogate pair is one.
  if (/[\ud800-\udfff]/.test(text)) return null;
  out += text.slice(copied, end);
  return { text: out.trimEnd(), oids, values, position: (at) => original(at - 1, spans, oids.length) + 1 };
}

function original(at: number, spans: readonly { from: number; start: number; end: number }[], count: number): number {
  let shift = 0;
  for (let index = 0; index < count; index++) {
    const span = spans[index];
    if (span === undefined || at < span.from) break;
    const length = 1 + String(index + 1).length;
    if (at < span.from + length) return span.start;
    shift = span.end - (span.from + length);
  }
  return at + shift;
}
