// What the connections of the door share: the tenant, the registry of clients, counters, SCAN's cursors, the slow log, and the
// writer that encodes replies.
import type { Clock } from "../../base/clock.ts";
import type { Limits } from "../../base/limits.ts";
import type { Service, Tenant } from "../../core/contract.ts";
import type { Events } from "../../observability/events.ts";
import type { Authenticator } from "./authenticator.ts";
import { Flusher } from "./connection/flusher.ts";
import { Cursors } from "./cursors.ts";
import type { Registry } from "./registry.ts";
import { ReplyWriter } from "./resp/writer.ts";
import type { Session } from "./session.ts";
import { Slowlog } from "./slowlog.ts";

/** The tenant that Redis clients see as database 0. */
export const REDIS_TENANT = "chrondb";

export interface DoorParts {
  readonly service: Service;
  readonly registry: Registry;
  readonly auth: Authenticator;
  readonly events: Events;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly version: string;
  /** Forty hexadecimal digits that name this run, as clients expect of `run_id`. */
  readonly runId: string;
  /** Commands whose own work takes longer are logged; milliseconds. */
  readonly slowMs: number;
}

export interface Stats {
  connections: number;
  refused: number;
  commands: number;
  inputBytes: number;
  outputBytes: number;
  errors: number;
}

const zeroStats = (): Stats => ({ connections: 0, refused: 0, commands: 0, inputBytes: 0, outputBytes: 0, errors: 0 });

export class Door {
  readonly service: Service;
  readonly tenant: Tenant;
  readonly branch: string;
  readonly registry: Registry;
  readonly auth: Authenticator;
  readonly events: Events;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly version: string;
  readonly runId: string;
  readonly slowMs: number;
  readonly sessions = new Map<number, Session>();
  readonly writer = new ReplyWriter();
  readonly flusher = new Flusher();
  readonly cursors: Cursors;
  readonly slowlog: Slowlog;
  readonly startedAtMs: number;
  stats: Stats = zeroStats();
  /** Commands a second over the last sweep. */
  rate = 0;
  /** Where it listens; set once it does. */
  port = 0;
  #nextId = 1;
  #due: Session[] = [];
  #rateFrom = { commands: 0, at: 0 };

  constructor(parts: DoorParts) {
    this.service = parts.service;
    this.tenant = parts.service.tenant(REDIS_TENANT);
    this.branch = parts.service.status().defaultBranch;
    this.registry = parts.registry;
    this.auth = parts.auth;
    this.events = parts.events;
    this.limits = parts.limits;
    this.clock = parts.clock;
    this.version = parts.version;
    this.runId = parts.runId;
    this.slowMs = parts.slowMs;
    this.cursors = new Cursors(parts.limits.redisScanCursors);
    this.slowlog = new Slowlog(parts.limits.redisSlowlogEntries);
    this.startedAtMs = this.nowMs();
    this.#rateFrom = { commands: 0, at: parts.clock.elapsed() };
  }

  nowMs(): number {
    return Math.floor(this.clock.micros() / 1000);
  }

  nextId(): number {
    return this.#nextId++;
  }

  /**
   * Lets a session send what has become due, once everything that this turn settles is settled: a group of writes answers its
   * promises one after the other, and each connection's share should be one write to its socket.
   */
  schedule(session: Session): void {
    this.#due.push(session);
    if (this.#due.length > 1) return;
    process.nextTick(() => {
      const due = this.#due;
      this.#due = [];
      this.flusher.around(() => {
        for (const each of due) each.proceed();
      });
    });
  }

  resetStats(): void {
    this.stats = zeroStats();
    this.#rateFrom = { commands: 0, at: this.clock.elapsed() };
  }

  /** Once a second: idle limits, the rate, and the memory of half-sent requests. */
  sweep(): void {
    const now = this.clock.elapsed();
    const seconds = (now - this.#rateFrom.at) / 1000;
    if (seconds > 0) this.rate = Math.round((this.stats.commands - this.#rateFrom.commands) / seconds);
    this.#rateFrom = { commands: this.stats.commands, at: now };
    let held = 0;
    let largest: Session | undefined;
    for (const session of this.sessions.values()) {
      session.sweep(now);
      held += session.heldBytes;
      if (largest === undefined || goesBefore(session, largest)) largest = session;
    }
    if (held > this.limits.redisInputBytes && largest !== undefined) {
      this.events.limitReached("redisInputBytes");
      largest.kill(`half-sent requests of all connections hold ${held} bytes, and this one the most`);
    }
  }
}

/** Whether one connection is closed rather than another for memory: CLIENT NO-EVICT spares as long as others are left. */
function goesBefore(one: Session, other: Session): boolean {
  const [mine, theirs] = [one.heldBytes > 0 && !one.noEvict, other.heldBytes > 0 && !other.noEvict];
  return mine === theirs ? one.heldBytes > other.heldBytes : mine;
}
