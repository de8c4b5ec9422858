// regexp_count, _instr, _substr and regexp_replace from a position: the functions that look for the n-th match.
import { fail } from "../../errors.ts";
import type { Raw } from "../../types/index.ts";
import type { SqlFunction } from "../define.ts";
import { int4, js, text } from "../short.ts";
import { regularExpression } from "./regex.ts";

type Argument = Raw | undefined;

function least(name: string, raw: Argument, minimum: number, otherwise: number): number {
  if (raw === undefined || raw === null) return otherwise;
  const value = Number(raw);
  return value < minimum ? fail("22023", `invalid value for parameter "${name}": ${value}`) : value;
}

function flagsOf(what: string, raw: Argument): string {
  const flags = raw === undefined ? "" : String(raw);
  if (flags.includes("g")) fail("22023", `${what}() does not support the "global" option`);
  return flags;
}

interface Found {
  readonly match: RegExpExecArray;
  /** Characters, not code units, before the match. */
  readonly before: number;
}

const count = (value: string): number => [...value].length;

/** Matches from a position counted in characters from 1. */
function* matches(value: string, pattern: Argument, start: number, flags: string): Generator<Found> {
  const expression = regularExpression(String(pattern), flags);
  const search = new RegExp(expression.source, `${expression.flags}dg`);
  search.lastIndex = [...value].slice(0, start - 1).join("").length;
  if (start - 1 > count(value)) return;
  for (let match = search.exec(value); match !== null; match = search.exec(value)) {
    yield { match, before: count(value.slice(0, match.index)) };
    if (match[0] === "") search.lastIndex++;
  }
}

function nth(found: Iterable<Found>, wanted: number): Found | undefined {
  let at = 0;
  for (const one of found) if (++at === wanted) return one;
  return undefined;
}

/** Where a group of a match begins and ends, in code units; undefined where it took no part. */
function span({ match }: Found, group: number): readonly [number, number] | undefined {
  return match.indices?.[group];
}

function instr(value: Argument, pattern: Argument, ...more: Argument[]): number {
  const [start, n, end, flags, group] = more;
  const from = least("start", start, 1, 1);
  const wanted = least("n", n, 1, 1);
  const after = end === undefined || end === null ? 0 : Number(end);
  if (after !== 0 && after !== 1) fail("22023", `invalid value for parameter "endoption": ${after}`);
  const options = flagsOf("regexp_instr", flags);
  const part = least("subexpr", group, 0, 0);
  const subject = String(value);
  const found = nth(matches(subject, pattern, from, options), wanted);
  const place = found === undefined ? undefined : span(found, part);
  return place === undefined ? 0 : count(subject.slice(0, place[after])) + 1;
}

function substr(value: Argument, pattern: Argument, ...more: Argument[]): string | null {
  const [start, n, flags, group] = more;
  const from = least("start", start, 1, 1);
  const wanted = least("n", n, 1, 1);
  const options = flagsOf("regexp_substr", flags);
  const part = least("subexpr", group, 0, 0);
  const subject = String(value);
  const found = nth(matches(subject, pattern, from, options), wanted);
  const place = found === undefined ? undefined : span(found, part);
  return place === undefined ? null : subject.slice(place[0], place[1]);
}

/** \1 to \9, \& and \\ in a replacement. */
const filled = (match: RegExpExecArray, change: string): string =>
  change.replace(/\\([0-9&\\])/g, (_, what: string) =>
    what === "\\" ? "\\" : what === "&" ? match[0] : (match[Number(what)] ?? ""),
  );

function replaceFrom(
  value: Argument,
  pattern: Argument,
  change: Argument,
  start: Argument,
  n: Argument,
  flags: Argument,
): string {
  const from = least("start", start, 1, 1);
  const options = flags === undefined ? "" : String(flags);
  const wanted = least("n", n, 0, options.includes("g") ? 0 : 1);
  const subject = String(value);
  let out = "";
  let done = 0;
  let at = 0;
  for (const { match } of matches(subject, pattern, from, options.replaceAll("g", ""))) {
    if (wanted !== 0 && ++at > wanted) break;
    if (wanted !== 0 && at !== wanted) continue;
    out += subject.slice(done, match.index) + filled(match, String(change));
    done = match.index + match[0].length;
  }
  return out + subject.slice(done);
}

export const regexpFunctions: readonly SqlFunction[] = [
  js(
    "regexp_count",
    [text, text, int4, text],
    int4,
    (value, pattern, start, flags) => {
      const from = least("start", start, 1, 1);
      return [...matches(String(value), pattern, from, flagsOf("regexp_count", flags))].length;
    },
    { optional: 2 },
  ),
  js("regexp_instr", [text, text, int4, int4, int4, text, int4], int4, instr, { optional: 5 }),
  js("regexp_substr", [text, text, int4, int4, text, int4], text, substr, { optional: 4 }),
  js(
    "regexp_replace",
    [text, text, text, int4, int4, text],
    text,
    (value, pattern, change, start, n, flags) => replaceFrom(value, pattern, change, start, n, flags),
    { optional: 2 },
  ),
];
