// Splits a psql script as psql does: a statement ends at a semicolon outside quotes, comments and parentheses; a backslash
// outside them starts a command of psql's own, which ends with its line.

export type Step =
  | { readonly kind: "statement"; readonly text: string; readonly line: number; readonly data: string | null }
  | { readonly kind: "command"; readonly text: string; readonly line: number };

/** Whether plain quotes treat the backslash as an escape is the session's setting, so the reader is told as it changes. */
const SETS_STRINGS = /^\s*(?:SET|RESET)\s+standard_conforming_strings\b\s*(?:(?:=|TO)\s*(\w+))?/i;

export function readScript(text: string): Step[] {
  const steps: Step[] = [];
  let at = 0;
  let start = 0;
  let depth = 0;
  let conforming = true;
  const lineOf = (position: number): number => text.slice(0, position).split("\n").length;
  const lineEnd = (from: number): number => {
    const end = text.indexOf("\n", from);
    return end < 0 ? text.length : end;
  };
  const finish = (end: number): void => {
    const written = text.slice(start, end);
    const blank = /^(?:\s|--[^\n]*(?:\n|$)|\/\*(?:[^*]|\*(?!\/))*\*\/)*/.exec(written)?.[0].length ?? 0;
    const statement = written.slice(blank);
    start = at;
    depth = 0;
    if (statement.trim() === "") return;
    const setting = SETS_STRINGS.exec(statement);
    if (setting !== null) conforming = !/^(?:off|false|0)$/i.test(setting[1] ?? "on");
    let data: string | null = null;
    if (/^COPY\b[^;]*\bFROM\s+STDIN\b/i.test(statement)) {
      // What COPY reads follows, up to a line that says \. and nothing else.
      const from = lineEnd(at) + 1;
      const close = /^\\\.[ \t]*$/m.exec(text.slice(from));
      if (close !== null) {
        data = text.slice(from, from + close.index);
        at = from + close.index + close[0].length;
        start = at;
      }
    }
    steps.push({ kind: "statement", text: statement, line: lineOf(end - statement.length), data });
  };
  while (at < text.length) {
    const rest = text[at];
    const escaped = /[eE]/.test(text[at - 1] ?? "") && !/\w/.test(text[at - 2] ?? " ");
    if (rest === "-" && text[at + 1] === "-") at = lineEnd(at);
    else if (rest === "/" && text[at + 1] === "*") at = endOfComment(text, at);
    else if (rest === "'") at = endOfQuoted(text, at, escaped || !conforming);
    else if (rest === '"') at = endOfQuoted(text, at, false);
    else if (rest === "$") at = endOfDollars(text, at);
    else if (rest === "(") {
      depth++;
      at++;
    } else if (rest === ")") {
      depth--;
      at++;
    } else if (rest === ";" && depth <= 0) {
      at++;
      finish(at - 1);
    } else if (rest === "\\" && text[at + 1] === ";") at += 2;
    else if (rest === "\\") {
      const end = lineEnd(at);
      const command = text.slice(at, end).trim();
      const from = at;
      at = end;
      // \gset and its kin send what was written so far.
      if (/^\\g/.test(command)) finish(from);
      start = at;
      steps.push({ kind: "command", text: command, line: lineOf(from) });
    } else at++;
  }
  finish(text.length);
  return steps;
}

function endOfComment(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    if (text.startsWith("/*", at)) {
      depth++;
      at++;
    } else if (text.startsWith("*/", at)) {
      depth--;
      at++;
      if (depth === 0) return at + 1;
    }
  }
  return text.length;
}

function endOfQuoted(text: string, from: number, escapes: boolean): number {
  const quote = text[from];
  for (let at = from + 1; at < text.length; at++) {
    if (escapes && text[at] === "\\") at++;
    else if (text[at] === quote) {
      if (text[at + 1] !== quote) return at + 1;
      at++;
    }
  }
  return text.length;
}

function endOfDollars(text: string, from: number): number {
  const tag = /^\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/.exec(text.slice(from, from + 80))?.[0];
  if (tag === undefined || /\w/.test(text[from - 1] ?? " ")) return from + 1;
  const end = text.indexOf(tag, from + tag.length);
  return end < 0 ? text.length : end + tag.length;
}

/** Puts psql's variables in: `:name`, `:'name'`, `:"name"`; a name nobody set stays as it is written. */
export function interpolate(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replace(/(?<![:\w\]])::?(?:'(\w+)'|"(\w+)"|([a-zA-Z_]\w*))/g, (whole, quoted, identifier, plain) => {
    if (whole.startsWith("::")) return whole;
    const value = variables.get(quoted ?? identifier ?? plain);
    if (value === undefined) return whole;
    if (quoted !== undefined) return `'${value.replaceAll("'", "''")}'`;
    return identifier === undefined ? value : `"${value.replaceAll('"', '""')}"`;
  });
}
