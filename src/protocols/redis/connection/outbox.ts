// What leaves a connection: replies in the order of their requests, encoded, as few writes to the socket as can be.
import type { Socket } from "node:net";
import type { Door } from "../door.ts";
import type { Reply } from "../reply.ts";
import type { Protocol } from "../resp/writer.ts";
import { ReplyMode } from "./reply-mode.ts";
import { ReplyQueue } from "./reply-queue.ts";

/** More than this is not held back until the end of the turn. */
const FLUSH_BYTES = 16 * 1024;

export class Outbox {
  /** Whether CLIENT REPLY asked for silence. */
  readonly mode = new ReplyMode();
  protocol: Protocol = 2;
  readonly #door: Door;
  readonly #socket: Socket;
  readonly #queue = new ReplyQueue();
  /** Encoded, and not handed to the socket yet. */
  #chunks: Buffer[] = [];
  #unflushed = 0;
  #gathered = false;
  #closed = false;

  constructor(door: Door, socket: Socket) {
    this.#door = door;
    this.#socket = socket;
  }

  /** Replies still to come, and those that wait behind them. */
  get pending(): number {
    return this.#queue.pending;
  }

  /** Bytes encoded and not yet taken by the client. */
  get unsent(): number {
    return this.#unflushed + this.#socket.writableLength;
  }

  /** The client is behind with reading, or too many of its writes are under way. */
  get overflowing(): boolean {
    const { limits } = this.#door;
    return this.#socket.writableLength > limits.outputBufferBytes || this.#queue.pending >= limits.redisPipelineDepth;
  }

  /** Answers the command under way. Within the session's turn only, since the encoder is shared by all connections. */
  reply(reply: Reply): void {
    if (this.mode.silent) return;
    if (this.#queue.pending > 0) this.#queue.push(reply);
    else this.#door.writer.write(reply, this.protocol);
  }

  /** Answers at any time, in its place; sent by the session's next turn. */
  queue(reply: Reply): void {
    this.#queue.push(reply);
  }

  /** A place for a reply to come. */
  reserve(): number {
    return this.#queue.reserve();
  }

  /** Puts a reply in its place; true when it can be sent. */
  fill(place: number, reply: Reply): boolean {
    return this.#queue.fill(place, reply) && !this.#closed;
  }

  /** Encodes what has become due. */
  settle(): void {
    this.#queue.drain(this.#door.writer, this.protocol);
  }

  /** Sends what is encoded, when it is a lot. */
  relieve(): void {
    if (this.#door.writer.size > this.#door.limits.outputBufferBytes) this.send();
  }

  /** Takes what is encoded; it leaves at the end of the event loop's turn, or at once when it is a lot. */
  send(): void {
    const chunks = this.#door.writer.take();
    if (chunks.length === 0 || this.#closed) return;
    for (const chunk of chunks) {
      this.#unflushed += chunk.length;
      this.#chunks.push(chunk);
    }
    if (this.#unflushed > FLUSH_BYTES) this.flush();
    else if (!this.#gathered) {
      this.#gathered = true;
      this.#door.flusher.add(this);
    }
  }

  /** Hands what was taken to the socket as one write. */
  flush(): void {
    this.#gathered = false;
    if (this.#unflushed === 0) return;
    this.#door.stats.outputBytes += this.#unflushed;
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#unflushed = 0;
    const [only] = chunks;
    if (chunks.length === 1 && only !== undefined) {
      this.#socket.write(only);
      return;
    }
    this.#socket.cork();
    for (const chunk of chunks) this.#socket.write(chunk);
    this.#socket.uncork();
  }

  close(): void {
    this.#closed = true;
    this.#chunks = [];
    this.#unflushed = 0;
  }
}
