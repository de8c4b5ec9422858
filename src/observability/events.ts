// Every metric, log line and trace attribute is born here: a call site only names what happened. (Filled in this room.)
import type { LimitName } from "../base/limits.ts";

export type Door = "rest" | "redis" | "postgresql";

export interface Events {
  // Connections
  connectionOpened(door: Door, connection: string, address: string): void;
  connectionClosed(door: Door, connection: string, reason: string): void;
  connectionRefused(door: Door, address: string, reason: string): void;
  authenticationFailed(door: Door, address: string, user: string): void;
  // Work. Durations in milliseconds.
  read(door: string, ms: number, documents: number): void;
  query(door: string, ms: number): void;
  /** `what` names the operation for the slow log; never values. */
  slow(door: string, what: string, ms: number): void;
  saved(door: string, documents: number): void;
  deleted(door: string, documents: number): void;
  occConflict(door: string): void;
  occRetry(door: string): void;
  limitReached(limit: LimitName): void;
  // The write path
  groupWritten(writes: number, entries: number, bytes: number, ms: number): void;
  writeLatency(door: string, ms: number): void;
  fsync(ms: number): void;
  lag(tenant: string, lag: { log: number; apply: number; archive: number; queued: number }): void;
  // Life
  info(what: string, details?: Record<string, unknown>): void;
  warn(what: string, details?: Record<string, unknown>): void;
  error(what: string, thrown: unknown, details?: Record<string, unknown>): void;
}
