// Replies of many connections, handed to their sockets together: once for each turn of the event loop, after it has read what
// came in. A client with several connections is then woken once, and the kernel's wakeups were a tenth of a point read's cost.

export interface Sender {
  flush(): void;
}

export class Outbox {
  #waiting: Sender[] = [];

  /** Sends what this connection has written by the end of the turn. */
  add(sender: Sender): void {
    if (this.#waiting.length === 0) setImmediate(() => this.#send());
    this.#waiting.push(sender);
  }

  #send(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const sender of waiting) sender.flush();
  }
}
