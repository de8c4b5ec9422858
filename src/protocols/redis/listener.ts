// The Redis door: listens, admits connections up to the limit, and drains.
import { createServer, type Server, type Socket } from "node:net";
import type { Clock } from "../../base/clock.ts";
import { messageOf } from "../../base/errors.ts";
import type { Limits } from "../../base/limits.ts";
import type { Random } from "../../base/random.ts";
import type { DoorSettings } from "../../config/settings.ts";
import type { Service } from "../../core/contract.ts";
import type { Events } from "../../observability/events.ts";
import type { Authenticator } from "./authenticator.ts";
import { ENTRIES } from "./commands/index.ts";
import { REFUSED } from "./commands/refused.ts";
import { findOpenSocket, type OpenSocket } from "./connection/shared-read.ts";
import { Door } from "./door.ts";
import { Registry } from "./registry.ts";
import { Session } from "./session.ts";

export interface RedisDoorParts {
  readonly service: Service;
  readonly settings: DoorSettings;
  readonly auth: Authenticator;
  readonly events: Events;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly random: Random;
  /** ChronDB's own version, for INFO. */
  readonly version: string;
  /** Commands whose own work takes longer are logged; milliseconds. Absent: 10, as in Redis. */
  readonly slowMs?: number;
}

export interface RedisDoor {
  /** Where it listens. */
  readonly port: number;
  /** Takes no more connections or requests, answers what had arrived, and ends every connection. */
  drain(): Promise<void>;
  /** Closes everything at once. */
  close(): Promise<void>;
}

const SWEEP_MS = 1_000;
const SLOW_MS = 10;
/** Connections the system keeps waiting while the server is busy. */
const BACKLOG = 511;

/** Listens for Redis clients. Throws the system's error (EADDRINUSE, EACCES) when the port cannot be had. */
export async function startRedisDoor(parts: RedisDoorParts): Promise<RedisDoor> {
  const { settings, events, limits } = parts;
  const door = new Door({
    service: parts.service,
    registry: new Registry(ENTRIES, REFUSED),
    auth: parts.auth,
    events,
    limits,
    clock: parts.clock,
    version: parts.version,
    runId: parts.random.bytes(20).toString("hex"),
    slowMs: parts.slowMs ?? SLOW_MS,
  });
  const open = await findOpenSocket();
  const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (accepted) =>
    admit(door, accepted, open),
  );
  door.port = await listen(server, settings);
  server.on("error", (thrown) => events.error("the Redis listener failed", thrown));
  const timer = setInterval(() => door.sweep(), Math.min(SWEEP_MS, Math.max(10, limits.messageIdleMs / 4)));
  timer.unref();
  let closed: Promise<void> | null = null;
  const stopListening = (): Promise<void> => {
    closed ??= new Promise((resolve) => server.close(() => resolve()));
    return closed;
  };
  return {
    port: door.port,
    async drain() {
      const done = stopListening();
      for (const session of door.sessions.values()) session.drain();
      await done;
      clearInterval(timer);
    },
    async close() {
      const done = stopListening();
      for (const session of door.sessions.values()) session.kill("the server is shutting down");
      await done;
      clearInterval(timer);
    },
  };
}

function admit(door: Door, accepted: Socket, open: OpenSocket): void {
  const address = `${accepted.remoteAddress ?? ""}:${accepted.remotePort ?? 0}`;
  if (door.sessions.size >= door.limits.redisConnections) {
    door.stats.refused++;
    door.events.limitReached("redisConnections");
    door.events.connectionRefused("redis", address, "too many connections");
    accepted.on("error", (thrown) =>
      door.events.warn("a refused Redis connection failed", { address, problem: messageOf(thrown) }),
    );
    // What it sent is read and dropped: closing over unread bytes would reset the connection before the words arrive.
    accepted.resume();
    accepted.end("-ERR max number of clients reached\r\n", () => accepted.destroy());
    return;
  }
  const session = new Session(door, accepted, open);
  door.sessions.set(session.id, session);
  door.stats.connections++;
  door.events.connectionOpened("redis", String(session.id), address);
}

function listen(server: Server, { host, port }: DoorSettings): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port, backlog: BACKLOG }, () => {
      server.off("error", reject);
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}
