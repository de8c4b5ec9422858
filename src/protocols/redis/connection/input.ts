// What comes from a client: bytes off the socket into the request reader, and not reading while the connection must wait.
import type { Socket } from "node:net";
import type { Door } from "../door.ts";
import { RequestReader } from "../resp/reader.ts";

export class Input {
  readonly reader: RequestReader;
  /** Monotonic milliseconds of the last bytes that came. */
  lastHeard: number;
  /** The client has sent its last byte, or the server is draining: what has arrived is still answered. */
  last = false;
  readonly #door: Door;
  readonly #socket: Socket;
  #paused = false;

  constructor(door: Door, socket: Socket) {
    this.#door = door;
    this.#socket = socket;
    this.reader = new RequestReader(door.limits);
    this.lastHeard = door.clock.elapsed();
  }

  /** Takes a copy of the first bytes of a buffer that others use too. */
  take(buffer: Buffer, length: number): void {
    const chunk = Buffer.allocUnsafe(length);
    buffer.copy(chunk, 0, 0, length);
    this.lastHeard = this.#door.clock.elapsed();
    this.#door.stats.inputBytes += length;
    this.reader.push(chunk);
  }

  pause(): void {
    this.#paused = true;
    this.#socket.pause();
  }

  /** Reads on, unless no more is wanted. */
  resume(): void {
    if (!this.#paused || this.last) return;
    this.#paused = false;
    this.#socket.resume();
  }

  /** Takes no more than has arrived. */
  stop(): void {
    this.last = true;
    this.pause();
  }
}
