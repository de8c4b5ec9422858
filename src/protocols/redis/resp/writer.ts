// Replies as bytes: RESP2, or RESP3 after HELLO 3. One writer serves every connection of the door: a session encodes what is
// due without pausing and takes the bytes, so the slab is shared and a batch of replies costs one socket.write.
import { unreachable } from "../../../base/assert.ts";
import type { Reply } from "../reply.ts";

export type Protocol = 2 | 3;

const SLAB_BYTES = 64 * 1024;
/** Longer values are handed to the socket as they are instead of being copied into the slab. */
const COPY_BYTES = 16 * 1024;
/** The longest reply head: `$`, 20 digits, CR LF, with room to spare. */
const HEAD_BYTES = 32;
/** Texts up to this many characters are copied here; longer ones by a call into the engine, which costs as much as these. */
const SHORT = 64;
const CR = 13;
const LF = 10;
const ZERO = 48;
const COLON = 58;
const DOLLAR = 36;

export class ReplyWriter {
  #slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  #from = 0;
  #at = 0;
  #chunks: Buffer[] = [];
  #chunkBytes = 0;

  /** Bytes encoded and not yet taken. */
  get size(): number {
    return this.#chunkBytes + this.#at - this.#from;
  }

  write(reply: Reply, protocol: Protocol): void {
    switch (reply.type) {
      case "simple":
        this.#line("+", reply.text);
        break;
      case "error":
        this.#line("-", reply.text);
        break;
      case "integer":
        if (typeof reply.value === "number" && reply.value >= 0 && reply.value <= 0x7fff_ffff) this.#number(COLON, reply.value);
        else this.#head(`:${reply.value}\r\n`);
        break;
      case "bulk":
        this.#bulk(reply.value);
        break;
      case "null":
        this.#head(protocol === 3 ? "_\r\n" : "$-1\r\n");
        break;
      case "null-array":
        this.#head(protocol === 3 ? "_\r\n" : "*-1\r\n");
        break;
      case "array":
        this.#many("*", reply.items.length, reply.items, protocol);
        break;
      case "set":
        this.#many(protocol === 3 ? "~" : "*", reply.items.length, reply.items, protocol);
        break;
      case "map":
        if (protocol === 3) this.#many("%", reply.items.length / 2, reply.items, protocol);
        else this.#many("*", reply.items.length, reply.items, protocol);
        break;
      case "verbatim":
        if (protocol === 2) this.#bulk(reply.text);
        else {
          this.#head(`=${Buffer.byteLength(reply.text) + 4}\r\ntxt:`);
          this.#text(reply.text);
          this.#head("\r\n");
        }
        break;
      case "none":
        break;
      default:
        unreachable(reply);
    }
  }

  /** What was encoded since the last call, for the socket. Empty when nothing was. */
  take(): Buffer[] {
    this.#cut();
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#chunkBytes = 0;
    return chunks;
  }

  #many(sign: string, count: number, items: readonly Reply[], protocol: Protocol): void {
    this.#head(`${sign}${count}\r\n`);
    for (const item of items) this.write(item, protocol);
  }

  #bulk(value: string | Buffer): void {
    if (typeof value === "string") {
      if (value.length <= SHORT && this.#shortBulk(value)) return;
      const length = Buffer.byteLength(value);
      this.#number(DOLLAR, length);
      this.#sized(value, length);
    } else {
      this.#number(DOLLAR, value.length);
      this.#bytes(value);
    }
    this.#room(2);
    this.#lineEnd();
  }

  /** Writes a short text that is ASCII; false, and nothing is written, when it is not. */
  #shortBulk(value: string): boolean {
    const { length } = value;
    this.#room(HEAD_BYTES + SHORT + 2);
    const start = this.#at;
    this.#number(DOLLAR, length);
    if (!this.#ascii(value)) {
      this.#at = start;
      return false;
    }
    this.#lineEnd();
    return true;
  }

  #line(sign: string, text: string): void {
    this.#head(sign);
    this.#text(text);
    this.#head("\r\n");
  }

  /** Copies ASCII into room that is there; false when a character is none. */
  #ascii(text: string): boolean {
    const slab = this.#slab;
    let at = this.#at;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code > 127) return false;
      slab[at++] = code;
    }
    this.#at = at;
    return true;
  }

  /** A sign, a number from 0 to 2^31 - 1, and the line's end. */
  #number(sign: number, value: number): void {
    this.#room(HEAD_BYTES);
    const slab = this.#slab;
    slab[this.#at++] = sign;
    let digits = 1;
    for (let power = 10; power <= value; power *= 10) digits++;
    let rest = value;
    for (let at = this.#at + digits - 1; at >= this.#at; at--) {
      const tenth = (rest / 10) | 0;
      slab[at] = ZERO + rest - tenth * 10;
      rest = tenth;
    }
    this.#at += digits;
    this.#lineEnd();
  }

  #lineEnd(): void {
    this.#slab[this.#at++] = CR;
    this.#slab[this.#at++] = LF;
  }

  #text(text: string): void {
    this.#sized(text, Buffer.byteLength(text));
  }

  #sized(text: string, length: number): void {
    if (length > COPY_BYTES) {
      this.#bytes(Buffer.from(text, "utf8"));
      return;
    }
    this.#room(length);
    // Where lengths agree the text is ASCII, which is copied fastest as Latin-1.
    this.#at += this.#slab.write(text, this.#at, length === text.length ? "latin1" : "utf8");
  }

  #bytes(value: Buffer): void {
    if (value.length > COPY_BYTES) {
      this.#cut();
      this.#chunks.push(value);
      this.#chunkBytes += value.length;
      return;
    }
    this.#room(value.length);
    this.#at += value.copy(this.#slab, this.#at);
  }

  /** Some ASCII, no longer than the longest head. */
  #head(text: string): void {
    this.#room(HEAD_BYTES);
    this.#ascii(text);
  }

  #room(bytes: number): void {
    if (this.#slab.length - this.#at >= bytes) return;
    this.#cut();
    this.#slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
    this.#from = 0;
    this.#at = 0;
  }

  #cut(): void {
    if (this.#at === this.#from) return;
    this.#chunks.push(this.#slab.subarray(this.#from, this.#at));
    this.#chunkBytes += this.#at - this.#from;
    this.#from = this.#at;
  }
}
