// The running sessions by process number, so that a CancelRequest, which comes on a connection of its own, finds its target.
import { timingSafeEqual } from "node:crypto";
import type { Random } from "../../base/random.ts";

export interface Cancellable {
  cancel(): void;
}

export class Sessions {
  readonly #random: Random;
  readonly #byPid = new Map<number, { secret: Buffer; session: Cancellable }>();
  #last = 1000;

  constructor(random: Random) {
    this.#random = random;
  }

  get size(): number {
    return this.#byPid.size;
  }

  add(session: Cancellable): { pid: number; secret: Buffer } {
    do {
      this.#last = this.#last >= 0x7fff_ffff ? 1001 : this.#last + 1;
    } while (this.#byPid.has(this.#last));
    const secret = this.#random.bytes(4);
    this.#byPid.set(this.#last, { secret, session });
    return { pid: this.#last, secret };
  }

  remove(pid: number): void {
    this.#byPid.delete(pid);
  }

  /** Cancels what the session runs, when the secret is right. Says nothing either way. */
  cancel(pid: number, secret: Buffer): void {
    const found = this.#byPid.get(pid);
    if (found === undefined || secret.length !== found.secret.length || !timingSafeEqual(secret, found.secret)) return;
    found.session.cancel();
  }
}
