// A line of COPY to its fields and back, in the text and csv formats.
import { isUtf8 } from "node:buffer";
import type { SqlText } from "../../contract.ts";
import { fail } from "../../errors.ts";
import { invalidBytes } from "./lines.ts";
import type { CopyOptions } from "./options.ts";

const ESCAPES: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" };
const WRITTEN = new Map(Object.entries(ESCAPES).map(([letter, character]) => [character, `\\${letter}`]));

/** Whether a field is null is decided before its escapes are read. */
export interface Field {
  readonly text: string;
  readonly isNull: boolean;
  /** Given in quotes (csv). */
  readonly quoted: boolean;
}

export function textFields(line: string, { delimiter, nullText }: CopyOptions): Field[] {
  if (!line.includes("\\")) {
    return line.split(delimiter).map((text) => ({ text, isNull: text === nullText, quoted: false }));
  }
  const fields: Field[] = [];
  let from = 0;
  for (let at = 0; at <= line.length; at++) {
    if (at < line.length) {
      const character = line.charAt(at);
      if (character === "\\") {
        at++;
        if (at < line.length) continue;
      } else if (character !== delimiter) continue;
    }
    const raw = line.slice(from, at);
    fields.push(
      raw === nullText ? { text: "", isNull: true, quoted: false } : { text: readEscapes(raw), isNull: false, quoted: false },
    );
    from = at + 1;
  }
  return fields;
}

const ESCAPE = /\\(x[0-9A-Fa-f]{1,2}|[0-7]{1,3}|[\s\S])/g;

function readEscapes(raw: string): string {
  if (!raw.includes("\\")) return raw;
  let bytes = false;
  const text = raw.replace(ESCAPE, (_, written: string) => {
    const code = /^x./.test(written)
      ? Number.parseInt(written.slice(1), 16)
      : /^[0-7]/.test(written)
        ? Number.parseInt(written, 8) & 0xff
        : -1;
    if (code < 0) return ESCAPES[written] ?? written;
    if (code >= 0x80 || code === 0) bytes = true;
    return String.fromCharCode(code);
  });
  return bytes ? readEscapedBytes(raw) : text;
}

/** The same where escapes give bytes of longer characters. */
function readEscapedBytes(raw: string): string {
  const parts: Buffer[] = [];
  let from = 0;
  for (const match of raw.matchAll(ESCAPE)) {
    const written = match[1] ?? "";
    parts.push(Buffer.from(raw.slice(from, match.index)));
    if (/^x./.test(written)) parts.push(Buffer.from([Number.parseInt(written.slice(1), 16)]));
    else if (/^[0-7]/.test(written)) parts.push(Buffer.from([Number.parseInt(written, 8) & 0xff]));
    else parts.push(Buffer.from(ESCAPES[written] ?? written));
    from = match.index + match[0].length;
  }
  parts.push(Buffer.from(raw.slice(from)));
  const bytes = Buffer.concat(parts);
  if (bytes.includes(0) || !isUtf8(bytes)) throw invalidBytes(bytes).error;
  return bytes.toString("utf8");
}

export function csvFields(line: string, { delimiter, quote, escaping, nullText }: CopyOptions): Field[] {
  if (!line.includes(quote)) {
    return line.split(delimiter).map((text) => ({ text, isNull: text === nullText, quoted: false }));
  }
  const fields: Field[] = [];
  let text = "";
  let quoted = false;
  let inQuote = false;
  for (let at = 0; ; at++) {
    if (at >= line.length) {
      if (inQuote) fail("22P04", "unterminated CSV quoted field");
      fields.push({ text, isNull: !quoted && text === nullText, quoted });
      return fields;
    }
    const character = line.charAt(at);
    if (!inQuote) {
      if (character === delimiter) {
        fields.push({ text, isNull: !quoted && text === nullText, quoted });
        text = "";
        quoted = false;
      } else if (character === quote) {
        quoted = true;
        inQuote = true;
      } else text += character;
      continue;
    }
    if (character === escaping) {
      const following = line.charAt(at + 1);
      if (at + 1 < line.length && (following === escaping || following === quote)) {
        text += following;
        at++;
        continue;
      }
    }
    if (character === quote) inQuote = false;
    else text += character;
  }
}

/** Writes a row in the text format, with its line end. */
export function textLine(row: readonly SqlText[], { delimiter, nullText }: CopyOptions): string {
  let line = "";
  for (let at = 0; at < row.length; at++) {
    const value = row[at] ?? null;
    if (at > 0) line += delimiter;
    line += value === null ? nullText : escapeText(value, delimiter);
  }
  return `${line}\n`;
}

function escapeText(value: string, delimiter: string): string {
  let plain = true;
  for (let at = 0; at < value.length && plain; at++) {
    const code = value.charCodeAt(at);
    plain = code > 13 && code !== 0x5c;
  }
  if (plain && !value.includes(delimiter)) return value;
  let text = "";
  for (const character of value) {
    if (character === "\\") text += "\\\\";
    else if (character === delimiter) text += `\\${WRITTEN.has(character) ? (WRITTEN.get(character) ?? "").slice(1) : character}`;
    else text += WRITTEN.get(character) ?? character;
  }
  return text;
}

/** Writes a row in the csv format, with its line end. `force`: places that are always quoted. */
export function csvLine(row: readonly SqlText[], options: CopyOptions, force: ReadonlySet<number>): string {
  const alone = row.length === 1;
  return `${row
    .map((value, at) => (value === null ? options.nullText : quoteCsv(value, options, force.has(at), alone)))
    .join(options.delimiter)}\n`;
}

function quoteCsv(value: string, { delimiter, quote, escaping, nullText }: CopyOptions, always: boolean, alone: boolean): string {
  const needs =
    always ||
    value === nullText ||
    value.includes(delimiter) ||
    value.includes(quote) ||
    /[\r\n]/.test(value) ||
    (alone && value === "\\.");
  if (!needs) return value;
  let text = "";
  for (const character of value) text += character === quote || character === escaping ? escaping + character : character;
  return quote + text + quote;
}
