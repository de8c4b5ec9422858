// A connection's MULTI: what it has queued and what it watches, and which commands it takes instead of running them.
import type { Door } from "../door.ts";
import type { Found } from "../registry.ts";
import { type ErrorReply, error } from "../reply.ts";
import { Transaction, type Watched } from "./transaction.ts";

const NOT_IN_MULTI = error("ERR Command not allowed inside a transaction");

export class Multi {
  readonly #door: Door;
  #transaction: Transaction | null = null;
  #watched: Watched[] = [];

  constructor(door: Door) {
    this.#door = door;
  }

  get transaction(): Transaction | null {
    return this.#transaction;
  }

  get watched(): readonly Watched[] {
    return this.#watched;
  }

  /** Commands queued; -1 outside. */
  get queued(): number {
    return this.#transaction?.commands.length ?? -1;
  }

  /** Bytes held of a transaction that is not run. */
  get bytes(): number {
    return this.#transaction?.bytes ?? 0;
  }

  begin(): void {
    this.#transaction = new Transaction();
  }

  watch(watched: Watched): void {
    this.#watched.push(watched);
  }

  unwatch(): void {
    this.#watched = [];
  }

  /** Forgets what is queued, and the watched keys. */
  discard(): void {
    this.#transaction = null;
    this.#watched = [];
  }

  /** An error before a command could run: EXEC will refuse. */
  spoil(): void {
    if (this.#transaction !== null) this.#transaction.aborted = true;
  }

  /** Whether a command is queued rather than run. */
  takes({ command }: Found): boolean {
    return this.#transaction !== null && command.kind !== "exec" && !("immediate" in command && command.immediate === true);
  }

  /** Queues a command; answers why it cannot. */
  add(found: Found): ErrorReply | null {
    const transaction = this.#transaction;
    const { command } = found;
    if (transaction === null || command.kind === "wait" || (command.kind === "session" && command.notInMulti === true))
      return NOT_IN_MULTI;
    const { redisQueuedCommands, redisQueuedBytes } = this.#door.limits;
    if (transaction.commands.length >= redisQueuedCommands || transaction.bytes >= redisQueuedBytes) {
      const limit = transaction.commands.length >= redisQueuedCommands ? "redisQueuedCommands" : "redisQueuedBytes";
      this.#door.events.limitReached(limit);
      return error(
        `ERR MULTI holds ${redisQueuedCommands} commands and ${redisQueuedBytes} bytes at most (limit ${limit}); split the transaction.`,
      );
    }
    transaction.add(found);
    return null;
  }
}
