// Events turned into metrics and log lines: the one place where either happens.
import type { Clock } from "../base/clock.ts";
import { ChronError, messageOf } from "../base/errors.ts";
import type { Events } from "./events.ts";
import type { Logger } from "./logger.ts";
import type { DoorLabel, Metrics } from "./metrics.ts";
import { Throttle } from "./throttle.ts";

const MILLISECONDS = 1000;

/** Callers may claim any origin; the label stays one of four. */
function labelOf(door: string): DoorLabel {
  if (door === "rest" || door === "redis" || door === "postgresql") return door;
  // The command line comes in through REST.
  if (door === "cli") return "rest";
  return door === "sql" ? "postgresql" : "other";
}

/** An error's details for a log line: code and message for a refusal, the stack for a surprise. */
function describe(thrown: unknown): Record<string, unknown> {
  if (thrown instanceof ChronError) return { code: thrown.code, error: thrown.message };
  if (thrown instanceof Error) return { error: thrown.message, stack: thrown.stack };
  return { error: messageOf(thrown) };
}

export interface RecordOptions {
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Operations slower than this are logged; milliseconds, 0 = none. */
  readonly slowMs: number;
}

export function recordEvents({ metrics, logger, clock, slowMs }: RecordOptions): Events {
  const throttle = new Throttle(clock);
  const line = (level: "warn" | "debug", event: string, message: string, details: Record<string, unknown>): void => {
    if (!logger.isLevelEnabled(level)) return;
    const leftOut = throttle.admit(event);
    if (leftOut !== null) logger[level](leftOut === 0 ? { event, ...details } : { event, ...details, leftOut }, message);
  };
  return {
    connectionOpened(door, connection, address) {
      metrics.activeConnections.inc({ door });
      metrics.connectionsOpened.inc({ door });
      line("debug", "connection-opened", "Connection opened", { door, connection, address });
    },
    connectionClosed(door, connection, reason) {
      metrics.activeConnections.dec({ door });
      line("debug", "connection-closed", "Connection closed", { door, connection, reason });
    },
    connectionRefused(door, address, reason) {
      metrics.connectionsRefused.inc({ door });
      line("warn", "connection-refused", "Connection refused", { door, address, reason });
    },
    authenticationFailed(door, address, user) {
      metrics.authenticationFailures.inc({ door });
      line("warn", "authentication-failed", "Authentication failed", { door, address, user });
    },
    read(door, ms, documents) {
      const label = labelOf(door);
      metrics.readLatency.observe(label, ms / MILLISECONDS);
      metrics.documentsRead.add(label, documents);
    },
    query(door, ms) {
      const label = labelOf(door);
      metrics.queryLatency.observe(label, ms / MILLISECONDS);
      metrics.queriesExecuted.add(label, 1);
    },
    slow(door, what, ms) {
      if (slowMs === 0 || ms < slowMs) return;
      metrics.slowOperations.inc({ door: labelOf(door) });
      line("warn", "slow-operation", "Slow operation", { door, what, ms: Math.round(ms) });
    },
    saved(door, documents) {
      metrics.documentsSaved.add(labelOf(door), documents);
    },
    deleted(door, documents) {
      metrics.documentsDeleted.add(labelOf(door), documents);
    },
    occConflict(door) {
      metrics.occConflicts.add(labelOf(door), 1);
    },
    occRetry(door) {
      metrics.occRetries.add(labelOf(door), 1);
    },
    limitReached(limit) {
      metrics.limitRejections.inc({ limit });
      line("warn", `limit-reached:${limit}`, "A limit was reached", { limit });
    },
    groupWritten(writes, entries, bytes, ms) {
      metrics.groupWrites.observe(writes);
      metrics.groupSeconds.observe(ms / MILLISECONDS);
      metrics.entriesWritten.inc(entries);
      metrics.bytesWritten.inc(bytes);
    },
    writeLatency(door, ms) {
      metrics.writeLatency.observe(labelOf(door), ms / MILLISECONDS);
    },
    fsync(ms) {
      metrics.fsyncSeconds.observe(ms / MILLISECONDS);
    },
    lag(tenant, lag) {
      metrics.logLag.set({ tenant }, lag.log);
      metrics.applyLag.set({ tenant }, lag.apply);
      metrics.archiveLag.set({ tenant }, lag.archive);
      metrics.writerQueue.set({ tenant }, lag.queued);
    },
    info(what, details = {}) {
      logger.info(details, what);
    },
    warn(what, details = {}) {
      logger.warn(details, what);
    },
    error(what, thrown, details = {}) {
      logger.error({ ...details, ...describe(thrown) }, what);
    },
  };
}
