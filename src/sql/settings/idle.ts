// How long a client may keep silent: read once for each state of the settings, because it is asked for after every statement.
import type { SessionSettings } from "./session.ts";

export class IdleLimits {
  #changes = -1;
  #session = 0;
  #transaction = 0;

  /** Milliseconds; 0 = for ever. */
  of(settings: SessionSettings, outside: boolean): number {
    if (this.#changes !== settings.changes) {
      this.#changes = settings.changes;
      this.#session = Number(settings.get("idle_session_timeout") ?? "0");
      this.#transaction = Number(settings.get("idle_in_transaction_session_timeout") ?? "0");
    }
    return outside ? this.#session : this.#transaction;
  }
}
