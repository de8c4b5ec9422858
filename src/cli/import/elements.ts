// Cuts a stream of JSON into the texts of its documents: the elements of one array, or objects one after the other (NDJSON).
// Works on bytes and holds one document at a time, so a file may be of any size.
import { CliError, EXIT } from "../exit.ts";

const QUOTE = 34;
const BACKSLASH = 92;
const COMMA = 44;
const OPEN_ARRAY = 91;
const CLOSE_ARRAY = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;

function isSpace(code: number): boolean {
  return code === 32 || code === 10 || code === 13 || code === 9;
}

export class ElementSplitter {
  readonly #maximum: number;
  /** What the input is; told by its first byte. */
  #form: "unknown" | "array" | "lines" | "ended" = "unknown";
  /** Bytes of a document that began in an earlier chunk. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** After an element of an array: a comma or the end must come. */
  #afterElement = false;
  #afterComma = false;
  /** Bytes before the current chunk, for messages. */
  #before = 0;

  constructor(maximumBytes: number) {
    this.#maximum = maximumBytes;
  }

  /** The documents that this chunk ends. */
  push(chunk: Buffer): string[] {
    const out: string[] = [];
    let start = this.#depth > 0 ? 0 : -1;
    let at = 0;
    while (at < chunk.length) {
      if (this.#depth === 0) {
        if (this.#between(chunk[at] ?? 0, this.#before + at)) start = at;
        at++;
        continue;
      }
      at = this.#inside(chunk, at);
      if (this.#depth > 0) continue;
      this.#hold(chunk.subarray(start, at));
      out.push(this.#take());
      start = -1;
    }
    if (start >= 0) this.#hold(chunk.subarray(start));
    this.#before += chunk.length;
    return out;
  }

  /** Throws when the input stopped in the middle. */
  end(): void {
    if (this.#depth > 0) throw problem(`ends in the middle of a document`, this.#before);
    if (this.#form === "array") throw problem(`ends before the "]" of its array`, this.#before);
  }

  /** A byte outside documents. True when a document begins here. */
  #between(code: number, at: number): boolean {
    if (isSpace(code)) return false;
    // A byte order mark is the editor's, not the data's.
    if (at < 3 && (code === 0xef || code === 0xbb || code === 0xbf)) return false;
    if (this.#form === "unknown") {
      if (code === OPEN_ARRAY) {
        this.#form = "array";
        return false;
      }
      this.#form = "lines";
    }
    if (this.#form === "ended") throw problem("goes on after the end of its array", at);
    if (this.#form === "array") {
      if (code === COMMA && this.#afterElement) {
        this.#afterElement = false;
        this.#afterComma = true;
        return false;
      }
      if (code === CLOSE_ARRAY && !this.#afterComma) {
        this.#form = "ended";
        return false;
      }
    }
    if (code !== OPEN_OBJECT || (this.#form === "array" && this.#afterElement)) {
      throw problem(`has ${JSON.stringify(String.fromCharCode(code))} where ${this.#expected()} should be`, at);
    }
    this.#depth = 1;
    this.#afterComma = false;
    return true;
  }

  #expected(): string {
    if (this.#form === "lines") return "a document";
    return this.#afterElement ? '"," or "]"' : "a document";
  }

  /** From inside a document to its end or the chunk's; answers where that is. */
  #inside(chunk: Buffer, from: number): number {
    let at = from;
    while (at < chunk.length) {
      const code = chunk[at++] ?? 0;
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (code === BACKSLASH) this.#escaped = true;
        else if (code === QUOTE) this.#inString = false;
      } else if (code === QUOTE) this.#inString = true;
      else if (code === OPEN_OBJECT || code === OPEN_ARRAY) this.#depth++;
      else if ((code === CLOSE_OBJECT || code === CLOSE_ARRAY) && --this.#depth === 0) {
        this.#afterElement = true;
        return at;
      }
    }
    return at;
  }

  #hold(piece: Buffer): void {
    this.#heldBytes += piece.length;
    if (this.#heldBytes > this.#maximum) {
      throw problem(`has a document of more than ${this.#maximum} bytes (limit documentBytes) that ends after`, this.#before);
    }
    // The chunk's memory may be reused by the stream.
    this.#held.push(this.#depth > 0 ? Buffer.from(piece) : piece);
  }

  #take(): string {
    const [only] = this.#held;
    const bytes = this.#held.length === 1 && only !== undefined ? only : Buffer.concat(this.#held);
    this.#held = [];
    this.#heldBytes = 0;
    return bytes.toString("utf8");
  }
}

function problem(what: string, at: number): CliError {
  return new CliError(
    EXIT.failed,
    `The input ${what}, at byte ${at + 1}. It must be a JSON array of objects, or JSON objects one after the other (NDJSON).`,
  );
}
