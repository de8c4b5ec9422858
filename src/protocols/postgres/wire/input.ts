// Turns the bytes of a connection into messages. Whole messages are decoded where they lie; only what is left over of a chunk
// is copied, into a buffer that doubles, so that a client claiming a huge length gets memory only for what it really sends.
import { decodeFrontend, type FrontendMessage, isFrontendType } from "./frontend.ts";
import { FRONTEND, HEADER_BYTES, ProtocolError } from "./protocol.ts";

const EMPTY = Buffer.alloc(0);

export class Input {
  #bytes: Buffer = EMPTY;
  #start = 0;
  #end = 0;
  /** Whether #bytes is ours to grow into (a chunk from the socket is not). */
  #owned = false;

  /** Bytes received and not yet taken. */
  get buffered(): number {
    return this.#end - this.#start;
  }

  push(chunk: Buffer): void {
    const left = this.buffered;
    if (left === 0) {
      this.#bytes = chunk;
      this.#start = 0;
      this.#end = chunk.length;
      this.#owned = false;
      return;
    }
    const needed = left + chunk.length;
    if (this.#owned && this.#end + chunk.length <= this.#bytes.length) {
      chunk.copy(this.#bytes, this.#end);
      this.#end += chunk.length;
      return;
    }
    const target = this.#owned && needed <= this.#bytes.length ? this.#bytes : Buffer.allocUnsafe(Math.max(4096, needed * 2));
    this.#bytes.copy(target, 0, this.#start, this.#end);
    chunk.copy(target, left);
    this.#bytes = target;
    this.#start = 0;
    this.#end = needed;
    this.#owned = true;
  }

  /** Forgets everything received so far, answering how much that was. */
  discard(): number {
    const count = this.buffered;
    this.#bytes = EMPTY;
    this.#start = 0;
    this.#end = 0;
    this.#owned = false;
    return count;
  }

  /** The received bytes from the start, for recognising what the peer speaks. Valid until the next push. */
  head(count: number): Buffer {
    return this.#bytes.subarray(this.#start, Math.min(this.#end, this.#start + count));
  }

  /** Type byte of the next message when all of it is here; 0 otherwise. */
  peekType(): number {
    if (this.buffered < HEADER_BYTES) return 0;
    const length = this.#bytes.readInt32BE(this.#start + 1);
    return this.buffered >= length + 1 ? (this.#bytes[this.#start] ?? 0) : 0;
  }

  /** Whether an orderly goodbye is the last thing received. */
  endsWithTerminate(): boolean {
    const at = this.#end - HEADER_BYTES;
    return at >= this.#start && this.#bytes[at] === FRONTEND.terminate && this.#bytes.readInt32BE(at + 1) === 4;
  }

  /**
   * Takes the body of an untyped packet (startup, cancel, TLS request); null while incomplete.
   * Throws ProtocolError when its length is out of bounds.
   */
  nextStartup(maxBytes: number): Buffer | null {
    if (this.buffered < 4) return null;
    const length = this.#bytes.readInt32BE(this.#start);
    if (length < 8) throw new ProtocolError("invalid length of startup packet", { lost: true });
    if (length > maxBytes) {
      throw new ProtocolError(`invalid length of startup packet: over ${maxBytes} bytes (limit pgStartupBytes)`, {
        lost: true,
        limit: "pgStartupBytes",
      });
    }
    if (this.buffered < length) return null;
    const body = Buffer.from(this.#bytes.subarray(this.#start + 4, this.#start + length));
    this.#start += length;
    return body;
  }

  /** Takes the next message; null while incomplete. Throws ProtocolError; the message is consumed unless `lost`. */
  next(maxBytes: number): FrontendMessage | null {
    if (this.buffered === 0) return null;
    const type = this.#bytes[this.#start] ?? 0;
    if (!isFrontendType(type)) throw new ProtocolError(`invalid frontend message type ${type}`, { lost: true });
    if (this.buffered < HEADER_BYTES) return null;
    const length = this.#bytes.readInt32BE(this.#start + 1);
    if (length < 4) throw new ProtocolError("invalid message length", { lost: true });
    if (length > maxBytes) {
      throw new ProtocolError(`the message is ${length} bytes; at most ${maxBytes} are taken (limit pgMessageBytes)`, {
        sqlstate: "54000",
        lost: true,
        limit: "pgMessageBytes",
      });
    }
    const end = this.#start + 1 + length;
    if (end > this.#end) return null;
    const start = this.#start + HEADER_BYTES;
    this.#start = end;
    return decodeFrontend(type, this.#bytes, start, end);
  }
}
