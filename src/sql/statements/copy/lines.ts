// The bytes of COPY FROM to lines of text, as PostgreSQL cuts them: one kind of line end throughout, `\.` ends the data, a
// backslash before a line end (text) or quotes around it (csv) make it part of the line.
import { isUtf8 } from "node:buffer";
import { firstInvalid } from "../../../base/utf8.ts";
import type { SqlError } from "../../contract.ts";
import { fail, sqlError } from "../../errors.ts";
import type { CopyOptions } from "./options.ts";

type LineEnd = "\n" | "\r" | "\r\n";

const BACKSLASH = 0x5c;
const NEWLINE = 0x0a;
const RETURN = 0x0d;

export class Lines {
  readonly #isCsv: boolean;
  readonly #quote: number;
  readonly #escape: number;
  readonly #maximum: number;
  /** Bytes of a character that has not come whole. */
  #bytes: Buffer = Buffer.alloc(0);
  #text = "";
  /** Where the current line starts, and up to where it was looked at. */
  #start = 0;
  #at = 0;
  #inQuote = false;
  #escaped = false;
  #ending: LineEnd | null = null;
  /** Line ends inside the current line, which are counted too. */
  #within = 0;
  /** What is wrong with the bytes behind the text. */
  #broken: SqlError | null = null;
  /** No more will come. */
  #last = false;
  /** `\.` was read: what follows is not data. */
  ended = false;
  /** Number of the line read last. */
  number = 0;

  constructor({ format, quote, escaping }: CopyOptions, maximum: number) {
    this.#isCsv = format === "csv";
    this.#quote = quote.charCodeAt(0);
    // Where both are one character it just opens and closes.
    this.#escape = escaping === quote ? -1 : escaping.charCodeAt(0);
    this.#maximum = maximum;
  }

  /** Throws 22021, of the line the bytes stand in. */
  push(bytes: Buffer): void {
    if (this.ended) return;
    const all = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes]);
    const whole = all.length - unfinished(all);
    this.#take(all.subarray(0, whole));
    this.#bytes = Buffer.from(all.subarray(whole));
    if (this.#text.length - this.#start > this.#maximum)
      fail("54000", `a line of COPY is longer than ${this.#maximum} characters (limit documentBytes)`);
  }

  end(): void {
    this.#last = true;
    if (this.#bytes.length > 0 && !this.ended) this.#take(this.#bytes);
    this.#bytes = Buffer.alloc(0);
  }

  #take(bytes: Buffer): void {
    if (this.#broken !== null) return;
    let good = bytes;
    if (bytes.includes(0) || !isUtf8(bytes)) {
      const { at, error } = invalidBytes(bytes);
      this.#broken = error;
      good = bytes.subarray(0, at);
    }
    this.#text = this.#text.slice(this.#start) + good.toString("utf8");
    this.#at -= this.#start;
    this.#start = 0;
  }

  /** The next line without its end; null when none is whole yet, or when there is none left. */
  next(): string | null {
    if (this.ended) return null;
    const line = this.#isCsv ? this.#csvLine() : this.#textLine();
    // The lines before bytes that are no text are good.
    if (line === null && this.#broken !== null) throw this.#broken;
    return line;
  }

  /** Whether a line end is at `at`: its length; 0 = no; -1 = more text is needed to know. */
  #endAt(at: number, code: number): number {
    if (code === RETURN) {
      if (this.#ending === "\n") this.#stray("carriage return", "\\r");
      if (this.#ending === "\r") return 1;
      if (at + 1 >= this.#text.length && !this.#last) return -1;
      if (this.#text.charCodeAt(at + 1) === NEWLINE) {
        this.#ending = "\r\n";
        return 2;
      }
      if (this.#ending === "\r\n") this.#stray("carriage return", "\\r");
      this.#ending = "\r";
      return 1;
    }
    if (this.#ending !== null && this.#ending !== "\n") this.#stray("newline", "\\n");
    this.#ending = "\n";
    return 1;
  }

  #stray(what: string, written: string): never {
    return this.#isCsv
      ? fail("22P04", `unquoted ${what} found in data`, { hint: `Use quoted CSV field to represent ${what}.` })
      : fail("22P04", `literal ${what} found in data`, { hint: `Use "${written}" to represent ${what}.` });
  }

  #cut(end: number, length: number): string {
    const line = this.#text.slice(this.#start, end);
    this.#start = end + length;
    this.#at = this.#start;
    this.number += 1 + this.#within;
    this.#within = 0;
    return line;
  }

  /** What is left when nothing more comes; null = nothing. */
  #rest(): string | null {
    if (!this.#last || this.#start >= this.#text.length) return null;
    return this.#cut(this.#text.length, 0);
  }

  #textLine(): string | null {
    const text = this.#text;
    for (; this.#at < text.length; this.#at++) {
      const code = text.charCodeAt(this.#at);
      if (code === BACKSLASH) {
        if (this.#at + 1 >= text.length && !this.#last) return null;
        if (text.charAt(this.#at + 1) === ".") {
          const marker = this.#marker();
          if (marker !== undefined) return marker;
        }
        // What follows stands for itself, also a line end.
        this.#at++;
      } else if (code === NEWLINE || code === RETURN) {
        const length = this.#endAt(this.#at, code);
        if (length < 0) return null;
        return this.#cut(this.#at, length);
      }
    }
    return this.#rest();
  }

  /** At `\.`: null when more is needed; the line before it, or null with `ended`. */
  #marker(): string | null | undefined {
    const text = this.#text;
    const after = this.#at + 2;
    if (after >= text.length && !this.#last) return null;
    const code = text.charCodeAt(after);
    if (after < text.length && code !== NEWLINE && code !== RETURN) fail("22P04", "end-of-copy marker corrupt");
    const before = text.slice(this.#start, this.#at);
    this.ended = true;
    if (before === "") return null;
    this.number++;
    return before;
  }

  #csvLine(): string | null {
    const text = this.#text;
    for (; this.#at < text.length; this.#at++) {
      const code = text.charCodeAt(this.#at);
      if (this.#inQuote && code === this.#escape) this.#escaped = !this.#escaped;
      if (code === this.#quote && !this.#escaped) this.#inQuote = !this.#inQuote;
      if (code !== this.#escape) this.#escaped = false;
      if (this.#inQuote) {
        if (code === (this.#ending === "\n" ? NEWLINE : RETURN)) this.#within++;
      } else if (code === NEWLINE || code === RETURN) {
        const length = this.#endAt(this.#at, code);
        if (length < 0) return null;
        const line = this.#cut(this.#at, length);
        if (line !== "\\.") return line;
        this.ended = true;
        return null;
      }
    }
    const line = this.#rest();
    if (line !== "\\.") return line;
    this.ended = true;
    return null;
  }
}

/** Bytes at the end that begin a character and do not finish it. */
function unfinished(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? back : 0;
  }
  return 0;
}

/** Where the first bytes are that are no character, and 22021 naming them. */
export function invalidBytes(bytes: Buffer): { at: number; error: SqlError } {
  const { at, shown } = firstInvalid(bytes) ?? { at: 0, shown: "" };
  return { at, error: sqlError("22021", `invalid byte sequence for encoding "UTF8": ${shown}`) };
}
