// PostgreSQL's regular expressions to JavaScript's. Both are Perl-like; what differs is translated: classes such as
// [[:alpha:]], the word edges \m \M \y, \A \Z, and options written in front. `.` matches a newline, as in PostgreSQL.
// A pattern that can take exponential time is a danger to whoever waits for it, so these never run on the main thread.
import { fail } from "../../errors.ts";

const CLASSES: Readonly<Record<string, string>> = {
  alpha: "\\p{L}",
  digit: "0-9",
  alnum: "\\p{L}\\p{N}",
  upper: "\\p{Lu}",
  lower: "\\p{Ll}",
  space: "\\s",
  blank: " \\t",
  punct: "!-\\/:-@\\[-`\\{-~",
  cntrl: "\\x00-\\x1f\\x7f",
  xdigit: "0-9A-Fa-f",
  print: "\\x20-\\x7e",
  graph: "\\x21-\\x7e",
  word: "\\w",
};

const EDGES: Readonly<Record<string, string>> = {
  m: "\\b(?=\\w)",
  M: "\\b(?<=\\w)",
  y: "\\b",
  Y: "\\B",
  A: "^",
  Z: "$",
  e: "\\x1b",
  a: "\\x07",
};

function translate(pattern: string): string {
  let out = "";
  let inBrackets = false;
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] ?? "";
    if (character === "\\") {
      const next = pattern[++at] ?? fail("2201B", "invalid regular expression: invalid escape \\ sequence");
      const edge = inBrackets ? undefined : EDGES[next];
      if (edge !== undefined) out += edge;
      else if (/[\w]/.test(next)) out += `\\${next}`;
      else out += /[\^$\\.*+?()[\]{}|/]/.test(next) ? `\\${next}` : next === "-" && inBrackets ? "\\-" : next;
    } else if (inBrackets) {
      const named = /^\[:(\w+):\]/.exec(pattern.slice(at));
      if (named !== null) {
        out += CLASSES[named[1] ?? ""] ?? fail("2201B", "invalid regular expression: invalid character class");
        at += named[0].length - 1;
      } else if (character === "]") {
        inBrackets = false;
        out += "]";
      } else out += character === "[" ? "\\[" : character;
    } else if (character === "[") {
      const open = /^\[\^?\]?/.exec(pattern.slice(at))?.[0] ?? "[";
      inBrackets = true;
      out += open.endsWith("]") ? `${open.slice(0, -1)}\\]` : open;
      at += open.length - 1;
    } else if (character === "{" && !/^\{\d+(,\d*)?\}/.test(pattern.slice(at))) out += "\\{";
    else if (character === "}" && !/\{\d+(,\d*)?$/.test(pattern.slice(0, at))) out += "\\}";
    else if (character === "]") out += "\\]";
    else out += character;
  }
  return out;
}

const KEPT = 500;
const kept = new Map<string, RegExp>();

/** `flags`: i, g, n (newline-sensitive), x and kin as in PostgreSQL; g is left to the caller. */
export function regularExpression(pattern: string, flags: string): RegExp {
  const key = `${flags}/${pattern}`;
  let expression = kept.get(key);
  if (expression !== undefined) return expression;
  const bad = /[^gicmnpqstwx]/.exec(flags);
  if (bad !== null) fail("22023", `invalid regular expression option: "${bad[0]}"`);
  let source = pattern;
  let options = flags;
  const embedded = /^\(\?([a-z]+)\)/.exec(source);
  if (embedded !== null) {
    options += embedded[1] ?? "";
    source = source.slice(embedded[0].length);
  }
  if (source.startsWith("***=")) source = source.slice(4).replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  else if (source.startsWith("***:")) source = source.slice(4);
  if (options.includes("q")) source = source.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  if (options.includes("x")) source = source.replace(/\\.|#.*|\s+/g, (piece) => (piece.startsWith("\\") ? piece : ""));
  const sensitive = /[nmw]/.test(options);
  const mode = `u${options.includes("i") ? "i" : ""}${sensitive ? "m" : ""}${/[nmp]/.test(options) ? "" : "s"}`;
  try {
    expression = new RegExp(translate(source), mode);
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
    fail(
      "2201B",
      `invalid regular expression: ${thrown.message.replace(/^Invalid regular expression: .*\/\w*: /, "").toLowerCase()}`,
    );
  }
  if (kept.size >= KEPT) kept.clear();
  kept.set(key, expression);
  return expression;
}
