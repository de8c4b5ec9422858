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
        this.#head(`:${reply.value}\r\n`);
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
      const length = Buffer.byteLength(value);
      this.#head(`$${length}\r\n`);
      this.#sized(value, length);
    } else {
      this.#head(`$${value.length}\r\n`);
      this.#bytes(value);
    }
    this.#head("\r\n");
  }

  #line(sign: string, text: string): void {
    this.#room(1);
    this.#at += this.#slab.write(sign, this.#at, "latin1");
    this.#text(text);
    this.#head("\r\n");
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

  #head(text: string): void {
    this.#room(HEAD_BYTES);
    this.#at += this.#slab.write(text, this.#at, "latin1");
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
