// Stopping a statement from elsewhere: CancelRequest, statement_timeout, a client that hung up.
import type { SqlError } from "../contract.ts";
import { sqlError } from "../errors.ts";

export class Cancellation {
  #reason: string | null = null;
  readonly #stops: (() => void)[] = [];

  cancel(reason: string): void {
    if (this.#reason !== null) return;
    this.#reason = reason;
    for (const stop of this.#stops) stop();
  }

  onCancel(stop: () => void): void {
    if (this.#reason === null) this.#stops.push(stop);
    else stop();
  }

  /** The error to tell once cancelled; null before. */
  reason(): SqlError | null {
    return this.#reason === null ? null : sqlError("57014", this.#reason);
  }

  /** Throws 57014 once cancelled. */
  check(): void {
    const reason = this.reason();
    if (reason !== null) throw reason;
  }
}
