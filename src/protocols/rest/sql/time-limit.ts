// The time the statements of one request may take. Only waiting for the SQL room counts, not waiting for a client that reads.
import type { Clock } from "../../../base/clock.ts";
import { ChronError } from "../../../base/errors.ts";

export class TimeLimit {
  readonly #clock: Clock;
  readonly #totalMs: number;
  readonly #cancel: () => void;
  #leftMs: number;
  #isLate = false;

  constructor(clock: Clock, totalMs: number, cancel: () => void) {
    this.#clock = clock;
    this.#totalMs = totalMs;
    this.#leftMs = totalMs;
    this.#cancel = cancel;
  }

  /** Waits for `work`; cancels it once the time is over. Throws TIMEOUT then. */
  async wait<T>(work: Promise<T>): Promise<T> {
    const began = this.#clock.elapsed();
    const timer = setTimeout(
      () => {
        this.#isLate = true;
        this.#cancel();
      },
      Math.max(1, this.#leftMs),
    );
    try {
      return await work;
    } catch (thrown) {
      if (!this.#isLate) throw thrown;
      throw new ChronError(
        "TIMEOUT",
        `The request's statements took more than ${this.#totalMs} ms and were stopped (limit restSqlMs, or the request's timeout_ms).`,
        { limit: "restSqlMs", sqlstate: "57014" },
      );
    } finally {
      clearTimeout(timer);
      this.#leftMs -= this.#clock.elapsed() - began;
    }
  }
}
