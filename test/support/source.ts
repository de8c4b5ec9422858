// The project's source files as the tidy tests see them: code with comments, strings and patterns blanked out (places kept),
// and the imports of each file.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

export const ROOT = resolve(import.meta.dirname, "../..");

export interface SourceFile {
  /** From the project's folder, `src/base/errors.ts`. */
  readonly path: string;
  readonly text: string;
  /** The same length, with the insides of comments, strings, templates and patterns replaced by spaces. */
  readonly code: string;
  /** The comments' text alone, on their lines. */
  readonly comments: string;
  readonly imports: readonly Import[];
}

export interface Import {
  /** As written. */
  readonly specifier: string;
  /** Path of the imported file of this project; null for packages and Node's own. */
  readonly path: string | null;
  readonly line: number;
}

/** Every file with that ending below a folder. */
export function filesBelow(folder: string, ending: string): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(join(ROOT, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) found.push(...filesBelow(path, ending));
    else if (path.endsWith(ending)) found.push(path);
  }
  return found.sort();
}

export function readSource(path: string): SourceFile {
  const text = readFileSync(join(ROOT, path), "utf8");
  const { code, comments } = split(text);
  return { path, text, code, comments, imports: importsOf(path, text, code) };
}

export function lineOf(text: string, at: number): number {
  let line = 1;
  for (let index = text.indexOf("\n"); index >= 0 && index < at; index = text.indexOf("\n", index + 1)) line++;
  return line;
}

/** Import, export-from and dynamic import of a literal, and `new URL("./x", import.meta.url)`, which starts a process's file. */
const IMPORT = /\b(?:from|import)\s*\(?\s*"|\bnew URL\s*\(\s*"/g;

function importsOf(path: string, text: string, code: string): Import[] {
  const found: Import[] = [];
  for (const match of code.matchAll(IMPORT)) {
    const start = match.index + match[0].length;
    const specifier = text.slice(start, text.indexOf('"', start));
    const line = lineOf(text, match.index);
    const isOwn = specifier.startsWith(".") || (match[0].startsWith("new URL") && specifier.endsWith(".ts"));
    if (!isOwn) found.push({ specifier, path: null, line });
    else found.push({ specifier, path: relative(ROOT, resolve(ROOT, dirname(path), specifier)), line });
  }
  return found;
}

export function exists(path: string): boolean {
  return statSync(join(ROOT, path), { throwIfNoEntry: false }) !== undefined;
}

/** After these a slash begins a pattern, not a division. */
const BEFORE_PATTERN =
  /(?:^|[=(,:;!&|?{}[+\-*%<>~^]|\b(?:return|typeof|case|in|of|delete|void|throw|new|else|do|await|yield))\s*$/;

/** One pass over TypeScript text that tells code from comments, strings, templates and patterns. */
function split(text: string): { code: string; comments: string } {
  const code = text.split("");
  const comments: string[] = Array.from(text, (character) => (character === "\n" ? "\n" : " "));
  const blank = (from: number, to: number): void => {
    for (let at = from; at < to; at++) if (code[at] !== "\n") code[at] = " ";
  };
  /** Depths of braces at which a template's `${` was opened. */
  const templates: number[] = [];
  let depth = 0;
  let at = 0;
  const comment = (end: number): void => {
    for (let index = at; index < end; index++) comments[index] = text[index] ?? " ";
    blank(at, end);
    at = end;
  };
  const template = (): void => {
    const from = at;
    while (at < text.length && text[at] !== "`" && !text.startsWith("${", at)) at += text[at] === "\\" ? 2 : 1;
    blank(from, at);
    if (text[at] === "`") at++;
    else {
      templates.push(depth++);
      at += 2;
    }
  };
  while (at < text.length) {
    const character = text[at] ?? "";
    if (text.startsWith("//", at)) comment(ends(text, at, "\n"));
    else if (text.startsWith("/*", at)) comment(Math.min(text.length, ends(text, at + 2, "*/") + 2));
    else if (character === '"' || character === "'") {
      const from = ++at;
      while (at < text.length && text[at] !== character && text[at] !== "\n") at += text[at] === "\\" ? 2 : 1;
      blank(from, at++);
    } else if (character === "`") {
      at++;
      template();
    } else if (character === "/" && BEFORE_PATTERN.test(code.slice(Math.max(0, at - 40), at).join(""))) {
      const from = ++at;
      for (let inClass = false; at < text.length && text[at] !== "\n" && (inClass || text[at] !== "/"); at++) {
        if (text[at] === "\\") at++;
        else if (text[at] === "[") inClass = true;
        else if (text[at] === "]") inClass = false;
      }
      blank(from, at++);
    } else {
      at++;
      if (character === "{") depth++;
      if (character === "}" && templates.at(-1) === --depth) {
        templates.pop();
        template();
      }
    }
  }
  return { code: code.join(""), comments: comments.join("") };
}

function ends(text: string, from: number, mark: string): number {
  const found = text.indexOf(mark, from);
  return found < 0 ? text.length : found;
}
