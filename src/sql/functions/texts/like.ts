// LIKE patterns to regular expressions, kept, because one pattern meets many rows.
import { fail } from "../../errors.ts";

const KEPT = 500;
const kept = new Map<string, RegExp>();

function compile(pattern: string, ignoreCase: boolean): RegExp {
  let source = "";
  const characters = [...pattern];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? "";
    if (character === "%") source += "[^]*";
    else if (character === "_") source += "[^]";
    else if (character === "\\") {
      const next = characters[++at];
      if (next === undefined) return fail("22025", "LIKE pattern must not end with escape character");
      source += quote(next);
    } else source += quote(character);
  }
  return new RegExp(`^${source}$`, ignoreCase ? "iu" : "u");
}

const quote = (character: string): string =>
  character.replace(/[\\^$.*+?()[\]{}|/-]/g, (special) => (special === "-" ? "\\x2d" : `\\${special}`));

export function likePattern(pattern: string, ignoreCase: boolean): RegExp {
  const key = `${ignoreCase ? "i" : "c"}${pattern}`;
  let expression = kept.get(key);
  if (expression === undefined) {
    expression = compile(pattern, ignoreCase);
    if (kept.size >= KEPT) kept.clear();
    kept.set(key, expression);
  }
  return expression;
}

/** Rewrites a pattern with another escape character to one with the backslash; "" = no escape character. */
export function withEscape(pattern: string, mark: string): string {
  if ([...mark].length > 1) fail("22025", "invalid escape string", { hint: "Escape string must be empty or one character." });
  if (mark === "\\") return pattern;
  let out = "";
  const characters = [...pattern];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? "";
    if (mark !== "" && character === mark) out += `\\${characters[++at] ?? ""}`;
    else out += character === "\\" ? "\\\\" : character;
  }
  return out;
}

/** SIMILAR TO's pattern to a POSIX regular expression. */
export function similarPattern(pattern: string, mark: string): string {
  let out = "";
  const characters = [...pattern];
  let inBrackets = false;
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? "";
    if (mark !== "" && character === mark) out += quote(characters[++at] ?? "");
    else if (inBrackets) {
      if (character === "]") inBrackets = false;
      out += character === "\\" ? "\\\\" : character;
    } else if (character === "[") {
      inBrackets = true;
      out += character;
    } else if (character === "%") out += ".*";
    else if (character === "_") out += ".";
    else if (character === "." || character === "^" || character === "$" || character === "\\") out += `\\${character}`;
    else out += character === "(" ? "(?:" : character;
  }
  return `^(?:${out})$`;
}
