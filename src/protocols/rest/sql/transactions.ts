// Sessions kept between requests: open transactions of clients that come back with a token. Their number is bounded, each
// belongs to the caller who opened it, takes one request at a time, and is rolled back when nobody asks for it for a while.
import { ChronError } from "../../../base/errors.ts";
import type { Limits } from "../../../base/limits.ts";
import type { Random } from "../../../base/random.ts";
import type { Caller } from "../../../core/contract.ts";
import type { Events } from "../../../observability/events.ts";
import type { SqlSession } from "../../../sql/contract.ts";
import type { Observer } from "./observed.ts";

export interface Kept {
  readonly token: string;
  readonly session: SqlSession;
  readonly observer: Observer;
}

interface Entry extends Kept {
  readonly principal: string;
  readonly tenant: string;
  readonly branch: string;
  timer: NodeJS.Timeout | null;
  /** Resolves when the request that has it is through; null when it is free. */
  busy: Promise<void> | null;
  /** The client of that request hung up, so it will be free in a moment. */
  isLeft: boolean;
  release: () => void;
}

type TransactionsParts = { readonly limits: Limits; readonly random: Random; readonly events: Events };

export class Transactions {
  readonly #parts: TransactionsParts;
  readonly #entries = new Map<string, Entry>();
  #isClosed = false;

  constructor(parts: TransactionsParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Throws OVERLOADED when there is no room for another; to be asked before a transaction is begun. */
  checkRoom(): void {
    const { restSqlTransactions } = this.#parts.limits;
    if (this.#isClosed) throw new ChronError("SHUTTING_DOWN", "The server is shutting down; it opens no transactions any more.");
    if (this.#entries.size < restSqlTransactions) return;
    throw new ChronError(
      "OVERLOADED",
      `There are ${restSqlTransactions} transactions open over REST, as many as may be (limit restSqlTransactions); commit or roll back some, or try again.`,
      { limit: "restSqlTransactions" },
    );
  }

  /** Keeps a session for its caller's next request. Answers its token. */
  keep(session: SqlSession, observer: Observer, caller: Caller): string {
    this.checkRoom();
    const token = this.#parts.random.bytes(24).toString("base64url");
    const { principal, tenant, branch } = caller;
    const entry: Entry = {
      ...{ token, session, observer, principal, tenant, branch },
      ...{ timer: null, busy: null, isLeft: false, release: () => undefined },
    };
    this.#entries.set(token, entry);
    this.#arm(entry);
    return token;
  }

  /** Takes a session for one request. Throws UNKNOWN_TRANSACTION, LOCKED. */
  async take(token: string, caller: Caller): Promise<Kept> {
    const entry = this.#entries.get(token);
    // A token of somebody else is as good as none.
    if (entry === undefined || !belongs(entry, caller)) throw this.#unknown();
    while (entry.busy !== null) {
      if (!entry.isLeft) {
        throw new ChronError("LOCKED", "The transaction is running another request; a transaction takes one at a time.");
      }
      await entry.busy;
    }
    if (!this.#entries.has(token)) throw this.#unknown();
    if (entry.timer !== null) clearTimeout(entry.timer);
    entry.timer = null;
    entry.isLeft = false;
    entry.busy = new Promise((resolve) => {
      entry.release = resolve;
    });
    return entry;
  }

  /** The client of the running request hung up. */
  leave(token: string): void {
    const entry = this.#entries.get(token);
    if (entry !== undefined) entry.isLeft = true;
  }

  /** The request is through: the session waits for the next one. */
  giveBack(token: string): void {
    const entry = this.#entries.get(token);
    if (entry === undefined) return;
    entry.busy = null;
    entry.release();
    this.#arm(entry);
  }

  /** The transaction is over. */
  async end(token: string): Promise<void> {
    const entry = this.#entries.get(token);
    if (entry === undefined) return;
    this.#entries.delete(token);
    if (entry.timer !== null) clearTimeout(entry.timer);
    entry.release();
    await entry.session.close();
  }

  /** Rolls back all of them: the server stops. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#entries.keys()].map((token) => this.end(token)));
  }

  #arm(entry: Entry): void {
    const { limits, events } = this.#parts;
    entry.timer = setTimeout(() => {
      events.limitReached("restSqlIdleMs");
      this.end(entry.token).catch((thrown: unknown) => events.error("a SQL session could not be closed", thrown));
    }, limits.restSqlIdleMs);
    entry.timer.unref();
  }

  #unknown(): ChronError {
    return new ChronError(
      "UNKNOWN_TRANSACTION",
      `There is no such open transaction: it was committed or rolled back, or nobody asked for it for ${this.#parts.limits.restSqlIdleMs} ms (limit restSqlIdleMs) and it was rolled back.`,
    );
  }
}

function belongs(entry: Entry, caller: Caller): boolean {
  return entry.principal === caller.principal && entry.tenant === caller.tenant && entry.branch === caller.branch;
}
