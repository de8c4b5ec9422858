// What the handlers of one session share: its SQL session, its output, and the implicit transaction that a multi-statement
// string or a pipeline up to Sync runs in.
import type { Clock } from "../../base/clock.ts";
import type { Limits } from "../../base/limits.ts";
import type { Events } from "../../observability/events.ts";
import type { SqlSession } from "../../sql/contract.ts";
import { errorReport, noticeReport, tellError } from "./report.ts";
import type { FrontendMessage, Output } from "./wire/index.ts";

/** Bytes of rows gathered before they are handed to the socket. */
const FLUSH_BYTES = 64 * 1024;

/** The connection, as the handlers see it. */
export interface Link {
  readonly output: Output;
  /** Hands what was written to the socket. */
  flush(): void;
  /** Resolves once the client has read enough; undefined when there is nothing to wait for. */
  drained(): Promise<void> | undefined;
  /** The next message, waited for, while a handler is at work: COPY's data. Null once the client is gone. */
  read(): Promise<FrontendMessage | null>;
  /** The client may keep silent for so many milliseconds (0 = for ever) from now on. */
  idle(ms: number, status: "I" | "T" | "E"): void;
  /** Type byte of the next message if it has arrived whole; 0 otherwise. */
  peekType(): number;
}

export class Channel {
  readonly sql: SqlSession;
  readonly link: Link;
  readonly output: Output;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly events: Events;
  #implicit = false;

  constructor(parts: { sql: SqlSession; link: Link; limits: Limits; clock: Clock; events: Events }) {
    this.sql = parts.sql;
    this.link = parts.link;
    this.output = parts.link.output;
    this.limits = parts.limits;
    this.clock = parts.clock;
    this.events = parts.events;
  }

  /** Whether an implicit transaction is open. */
  get implicit(): boolean {
    return this.#implicit;
  }

  openImplicit(): void {
    if (this.#implicit) return;
    this.sql.beginImplicit();
    this.#implicit = true;
  }

  async closeImplicit(failed: boolean): Promise<void> {
    if (!this.#implicit) return;
    this.#implicit = false;
    await this.sql.endImplicit(failed);
  }

  /** Tells the client of an error and the SQL session that the statement failed. */
  fail(thrown: unknown, shift = 0): void {
    const told = tellError(thrown);
    if (told.internal) this.events.error("A PostgreSQL statement failed", thrown);
    if (told.fields.limit !== undefined) this.events.limitReached(told.fields.limit);
    this.notices();
    this.output.error(errorReport(told.fields, "ERROR", shift));
    this.sql.fail();
  }

  /** A statement with this tag ended that began at `started` (clock.elapsed). */
  measured(started: number, tag: string): void {
    const ms = this.clock.elapsed() - started;
    this.events.query("postgresql", ms);
    this.events.slow("postgresql", tag, ms);
  }

  notices(): void {
    const notices = this.sql.takeNotices();
    for (const notice of notices) this.output.notice(noticeReport(notice));
  }

  /** What others said, where the session is in no transaction; answers whether there was anything. */
  notifications(): boolean {
    const arrived = this.sql.takeNotifications();
    for (const { pid, channel, payload } of arrived) this.output.notification(pid, channel, payload);
    return arrived.length > 0;
  }

  /** ReadyForQuery, with the settings that changed before it. */
  ready(): void {
    this.notifications();
    for (const [name, value] of this.sql.takeReported()) this.output.parameterStatus(name, value);
    this.output.ready(this.sql.status);
    this.link.idle(this.sql.idleMs, this.sql.status);
  }

  /** To be asked between batches of rows: sends what is large enough, and waits for a client that reads slowly. */
  relieve(): Promise<void> | undefined {
    if (this.output.pending < FLUSH_BYTES) return undefined;
    this.link.flush();
    return this.link.drained();
  }
}
