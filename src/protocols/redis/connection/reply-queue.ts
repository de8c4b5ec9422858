// Replies leave a connection in the order of its requests, though writes are answered when their group is durable: each write
// reserves its place and everything after it waits behind that place.
import type { Reply } from "../reply.ts";
import type { Protocol, ReplyWriter } from "../resp/writer.ts";

/** Empty places at the front before the array is cut. */
const SLACK = 1024;

export class ReplyQueue {
  #places: (Reply | null)[] = [];
  #head = 0;
  /** Number of the place at index 0. */
  #offset = 0;

  get pending(): number {
    return this.#places.length - this.#head;
  }

  /** A place for a reply to come. */
  reserve(): number {
    return this.#offset + this.#places.push(null) - 1;
  }

  push(reply: Reply): void {
    this.#places.push(reply);
  }

  /** True when the first place now has its reply. */
  fill(place: number, reply: Reply): boolean {
    const index = place - this.#offset;
    this.#places[index] = reply;
    return index === this.#head;
  }

  /** Encodes the replies at the front that are here. */
  drain(writer: ReplyWriter, protocol: Protocol): void {
    for (; this.#head < this.#places.length; this.#head++) {
      const reply = this.#places[this.#head];
      if (reply === null || reply === undefined) break;
      writer.write(reply, protocol);
      this.#places[this.#head] = null;
    }
    if (this.#head === this.#places.length || this.#head >= SLACK) {
      this.#offset += this.#head;
      this.#places = this.#head === this.#places.length ? [] : this.#places.slice(this.#head);
      this.#head = 0;
    }
  }
}
