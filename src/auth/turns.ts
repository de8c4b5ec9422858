// Bounds the password checks that run at once: each costs memory and a thread, and anyone may ask for one.
import { ChronError } from "../base/errors.ts";
import type { LimitName, Limits } from "../base/limits.ts";

export class Turns {
  readonly #limits: Limits;
  readonly #limitReached: (limit: LimitName) => void;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(limits: Limits, limitReached: (limit: LimitName) => void) {
    this.#limits = limits;
    this.#limitReached = limitReached;
  }

  /** Runs `work` when a turn is free. Throws OVERLOADED when too many wait already. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#limits.authChecks) {
      if (this.#waiting.length >= this.#limits.authQueue) {
        this.#limitReached("authQueue");
        throw new ChronError("OVERLOADED", "Too many password checks are waiting (limit authQueue); try again in a moment.");
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#running++;
    try {
      return await work();
    } finally {
      // The turn goes to the next in line, so it is not counted down in between.
      const next = this.#waiting.shift();
      if (next !== undefined) next();
      else this.#running--;
    }
  }
}
