// Whether a client takes what is sent to it. A large reply on a slow line shows no progress until all of it is gone, so a
// stalled reader gets more time than a silent one.

const FACTOR = 10;

export class StallWatch {
  #written = 0;
  #since: number;

  constructor(now: number) {
    this.#since = now;
  }

  /** Looks at a socket's counters; true once nothing has left it for ten times `idleMs` although something waits. */
  isStalled(socket: { readonly bytesWritten: number; readonly writableLength: number }, now: number, idleMs: number): boolean {
    const gone = socket.bytesWritten - socket.writableLength;
    if (gone !== this.#written || socket.writableLength === 0) {
      this.#written = gone;
      this.#since = now;
    }
    return now - this.#since > idleMs * FACTOR;
  }
}
