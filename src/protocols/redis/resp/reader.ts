// Requests from bytes, as they come: arrays of bulk strings, or inline lines. Binary safe, incremental, and bounded: whatever
// arrives, it holds no more than the limits say, and answers a violation with Redis's own words, after which the connection
// is closed. It is pulled (`next`), so that a connection that must wait leaves its requests unread.
import type { LimitName, Limits } from "../../../base/limits.ts";
import { splitInline } from "./inline.ts";
import { WordCache } from "./word-cache.ts";

export interface Request {
  /** As sent. */
  readonly name: string;
  /** Everything after the name. They share memory with what arrived: copy what is kept. */
  readonly args: Buffer[];
  /** Bytes of the arguments. */
  readonly bytes: number;
}

/** What other protocol seems to be speaking to this port. */
export type Stranger = "http" | "tls";

export interface Problem {
  /** The error line without its sign; the connection closes after it. */
  readonly text: string;
  readonly stranger: Stranger | null;
  /** The limit that was reached, for the door to count. */
  readonly limit: LimitName | null;
}

const CR = 13;
const LF = 10;
const STAR = 42;
const DOLLAR = 36;
const MINUS = 45;
/** First bytes of a TLS handshake record. */
const TLS_HANDSHAKE = 22;
const TLS_MAJOR = 3;
const EMPTY: Buffer = Buffer.alloc(0);
/** Names of commands, shared by all connections. */
const NAMES = new WordCache();
const NOT_A_NUMBER = -2;
const HTTP_WORDS = new Set(["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "CONNECT", "TRACE", "HOST:"]);

export class RequestReader {
  readonly #limits: Limits;
  /** Bytes not yet read: `#buffer` from `#at`. */
  #buffer: Buffer = EMPTY;
  #at = 0;
  #first = true;
  #problem: Problem | null = null;
  /** Of the array being read: elements still to come, and those that are here. -1 = between requests. */
  #elements = -1;
  #name: string | null = null;
  #args: Buffer[] = [];
  #bytes = 0;
  /** Of the bulk being read: its length, -1 = its head is still to come. */
  #bulk = -1;
  /** A bulk longer than what had arrived, growing as it does. */
  #partial: Buffer = EMPTY;
  #partialLength = 0;
  /** Lower limits hold until the client has said who it is. */
  authenticated = true;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Bytes held of a request that is not complete. */
  get held(): number {
    return this.#buffer.length - this.#at + this.#bytes + this.#partialLength;
  }

  /** Whether part of a request is here and the rest is not. Meaningful after `next` answered undefined. */
  get halfway(): boolean {
    return this.#elements >= 0 || this.#at < this.#buffer.length;
  }

  /** Set once the stream broke the protocol; `next` answers nothing more. */
  get problem(): Problem | null {
    return this.#problem;
  }

  push(chunk: Buffer): void {
    if (this.#at >= this.#buffer.length) this.#buffer = chunk;
    else this.#buffer = Buffer.concat([this.#at === 0 ? this.#buffer : this.#buffer.subarray(this.#at), chunk]);
    this.#at = 0;
  }

  /** The next whole request; undefined when more bytes are needed or there is a problem. */
  next(): Request | undefined {
    while (this.#problem === null) {
      if (this.#elements < 0) {
        if (this.#at >= this.#buffer.length) return undefined;
        if (this.#first && this.#isTls()) return undefined;
        if (this.#buffer[this.#at] !== STAR) {
          const request = this.#inline();
          if (request === undefined) return undefined;
          if (request !== null) return request;
          continue;
        }
        const count = this.#count("too big mbulk count string");
        if (count === undefined) return undefined;
        if (count === NOT_A_NUMBER) return this.#fail("invalid multibulk length");
        if (count > this.#limits.redisMultibulkElements) return this.#fail("invalid multibulk length", "redisMultibulkElements");
        if (!this.authenticated && count > this.#limits.redisUnauthenticatedElements)
          return this.#fail("unauthenticated multibulk length", "redisUnauthenticatedElements");
        if (count <= 0) continue;
        this.#elements = count;
        this.#args = [];
        this.#name = null;
        this.#bytes = 0;
      }
      if (!this.#readElements()) return undefined;
      this.#elements = -1;
      return { name: this.#name ?? "", args: this.#args, bytes: this.#bytes };
    }
    return undefined;
  }

  /** Reads the elements of the array that are here; true when it is complete. */
  #readElements(): boolean {
    while (this.#elements > 0) {
      if (this.#bulk < 0) {
        if (this.#at >= this.#buffer.length) return false;
        const sign = this.#buffer[this.#at];
        if (sign !== DOLLAR) {
          this.#fail(`expected '$', got '${String.fromCharCode(sign ?? 0)}'`);
          return false;
        }
        const length = this.#count("too big bulk count string");
        if (length === undefined) return false;
        if (length < 0 || length > this.#limits.redisBulkBytes) {
          this.#fail("invalid bulk length", length < 0 ? null : "redisBulkBytes");
          return false;
        }
        if (!this.authenticated && length > this.#limits.redisUnauthenticatedBulkBytes) {
          this.#fail("unauthenticated bulk length", "redisUnauthenticatedBulkBytes");
          return false;
        }
        if (this.#bytes + length > this.#limits.redisRequestBytes) {
          this.#fail(
            `too big request, more than ${this.#limits.redisRequestBytes} bytes (limit redisRequestBytes)`,
            "redisRequestBytes",
          );
          return false;
        }
        this.#bulk = length;
      }
      const end = this.#at + this.#bulk;
      if (this.#partialLength === 0 && this.#buffer.length >= end + 2) {
        if (!this.#lineEnds(end)) return false;
        if (this.#name === null) this.#name = NAMES.text(this.#buffer, this.#at, end);
        else this.#args.push(this.#buffer.subarray(this.#at, end));
        this.#at = end + 2;
      } else {
        if (!this.#grow()) return false;
        if (this.#partial[this.#bulk] !== CR || this.#partial[this.#bulk + 1] !== LF) {
          this.#fail("a bulk string does not end with CR LF");
          return false;
        }
        if (this.#name === null) this.#name = this.#partial.toString("latin1", 0, this.#bulk);
        else this.#args.push(this.#partial.subarray(0, this.#bulk));
        this.#partial = EMPTY;
        this.#partialLength = 0;
      }
      this.#bytes += this.#bulk;
      this.#bulk = -1;
      this.#elements--;
    }
    return true;
  }

  /** Moves what is here of a long bulk into its own growing buffer; true when the bulk and its line end are complete. */
  #grow(): boolean {
    const wanted = this.#bulk + 2;
    const here = Math.min(wanted - this.#partialLength, this.#buffer.length - this.#at);
    if (this.#partial.length < this.#partialLength + here) {
      const size = Math.min(wanted, Math.max(2 * this.#partial.length, this.#partialLength + here));
      const larger = Buffer.allocUnsafeSlow(size);
      this.#partial.copy(larger, 0, 0, this.#partialLength);
      this.#partial = larger;
    }
    this.#buffer.copy(this.#partial, this.#partialLength, this.#at, this.#at + here);
    this.#partialLength += here;
    this.#at += here;
    return this.#partialLength === wanted;
  }

  #lineEnds(end: number): boolean {
    if (this.#buffer[end] === CR && this.#buffer[end + 1] === LF) return true;
    this.#fail("a bulk string does not end with CR LF");
    return false;
  }

  /** The number of a `*…` or `$…` line; NOT_A_NUMBER when it is none; undefined when the line is not here yet. */
  #count(tooLong: string): number | undefined {
    const buffer = this.#buffer;
    let at = this.#at + 1;
    const negative = buffer[at] === MINUS;
    if (negative) at++;
    const from = at;
    let value = 0;
    for (;;) {
      const byte = buffer[at];
      if (byte === undefined || byte < 48 || byte > 57) break;
      value = value * 10 + byte - 48;
      at++;
    }
    if (buffer[at] === CR && buffer[at + 1] === LF && at > from && at - from <= 15) {
      // Redis takes no leading zeros.
      const canonical = at - from === 1 || buffer[from] !== 48;
      this.#at = at + 2;
      this.#first = false;
      return canonical ? (negative ? -value : value) : NOT_A_NUMBER;
    }
    const end = buffer.indexOf(CR, this.#at);
    if ((end < 0 ? buffer.length : end) - this.#at > this.#limits.redisInlineBytes)
      return this.#fail(tooLong, "redisInlineBytes");
    if (end < 0 || end + 1 >= buffer.length) return undefined;
    this.#at = end + 2;
    return NOT_A_NUMBER;
  }

  /** A line of words; null for an empty line; undefined when it is not here yet or is a problem. */
  #inline(): Request | null | undefined {
    const newline = this.#buffer.indexOf(LF, this.#at);
    if (newline < 0) {
      if (this.#buffer.length - this.#at > this.#limits.redisInlineBytes)
        return this.#fail("too big inline request", "redisInlineBytes");
      return undefined;
    }
    if (newline - this.#at > this.#limits.redisInlineBytes) return this.#fail("too big inline request", "redisInlineBytes");
    const end = newline > this.#at && this.#buffer[newline - 1] === CR ? newline - 1 : newline;
    const line = this.#buffer.subarray(this.#at, end);
    this.#at = newline + 1;
    this.#first = false;
    const words = splitInline(line);
    if (words === undefined) return this.#fail("unbalanced quotes in request");
    const [name, ...args] = words;
    if (name === undefined) return null;
    const word = name.toString("latin1");
    if (HTTP_WORDS.has(word.toUpperCase()) && isHttp(word, args)) return this.#stranger("http");
    if (word.toUpperCase() === "GET" && isHttp(word, args)) return this.#stranger("http");
    return { name: word, args, bytes: line.length };
  }

  #isTls(): boolean {
    if (this.#buffer[this.#at] !== TLS_HANDSHAKE) return false;
    if (this.#buffer.length - this.#at >= 2 && this.#buffer[this.#at + 1] === TLS_MAJOR) this.#stranger("tls");
    return this.#buffer.length - this.#at < 2 || this.#problem !== null;
  }

  #stranger(stranger: Stranger): undefined {
    const what = stranger === "http" ? "An HTTP request" : "A TLS handshake";
    const remedy = stranger === "http" ? "send it to the REST port" : "connect without TLS";
    this.#problem = {
      stranger,
      limit: null,
      text: `ERR ${what} arrived at the Redis port, which speaks RESP without TLS; ${remedy}.`,
    };
    return undefined;
  }

  #fail(what: string, limit: LimitName | null = null): undefined {
    this.#problem = { stranger: null, limit, text: `ERR Protocol error: ${what}` };
    return undefined;
  }
}

/** Redis commands that share a word with HTTP (`GET key`) are told apart by the version at the end of the line. */
function isHttp(word: string, args: readonly Buffer[]): boolean {
  return word.toUpperCase() === "HOST:" || word.toUpperCase() === "POST" || /^HTTP\/\d/.test(args[1]?.toString("latin1") ?? "");
}
