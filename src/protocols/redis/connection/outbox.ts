// What leaves a connection: replies in the order of their requests, encoded, as few writes to the socket as can be.
import type { Socket } from "node:net";
import type { Door } from "../door.ts";
import type { Reply } from "../reply.ts";
import type { Protocol } from "../resp/writer.ts";
import { ReplyMode } from "./reply-mode.ts";
import { ReplyQueue } from "./reply-queue.ts";

export class Outbox {
  /** Whether CLIENT REPLY asked for silence. */
  readonly mode = new ReplyMode();
  protocol: Protocol = 2;
  readonly #door: Door;
  readonly #socket: Socket;
  readonly #queue = new ReplyQueue();
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
    return this.#socket.writableLength;
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

  /** Hands the encoded replies to the socket as one write. */
  send(): void {
    const chunks = this.#door.writer.take();
    if (chunks.length === 0 || this.#closed) return;
    const [only] = chunks;
    if (chunks.length === 1 && only !== undefined) {
      this.#door.stats.outputBytes += only.length;
      this.#socket.write(only);
      return;
    }
    this.#socket.cork();
    for (const chunk of chunks) {
      this.#door.stats.outputBytes += chunk.length;
      this.#socket.write(chunk);
    }
    this.#socket.uncork();
  }

  close(): void {
    this.#closed = true;
  }
}
