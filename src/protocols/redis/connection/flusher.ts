// Sends the replies of all connections together, at the end of the event loop's turn that read their requests. A reply sent at
// once wakes its client, which wakes again for the next; sent together, a client of many connections wakes once for all of them.
import type { Outbox } from "./outbox.ts";

export class Flusher {
  #waiting: Outbox[] = [];
  #held = false;
  readonly #flush = (): void => this.flush();

  /** What this outbox holds leaves at the end of the turn. */
  add(outbox: Outbox): void {
    if (this.#waiting.push(outbox) === 1 && !this.#held) setImmediate(this.#flush);
  }

  /** Runs `work`, and sends what came of it. */
  around(work: () => void): void {
    this.#held = true;
    try {
      work();
    } finally {
      this.#held = false;
      this.flush();
    }
  }

  flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const outbox of waiting) outbox.flush();
  }
}
