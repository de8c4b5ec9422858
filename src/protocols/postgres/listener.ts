// The PostgreSQL door: listens, counts connections, watches for silent ones, and drains.
import { createServer, type Server, type Socket } from "node:net";
import type { Clock } from "../../base/clock.ts";
import type { Limits } from "../../base/limits.ts";
import type { Random } from "../../base/random.ts";
import type { DoorSettings } from "../../config/settings.ts";
import type { Caller, Service } from "../../core/contract.ts";
import type { Events } from "../../observability/events.ts";
import type { SqlSession } from "../../sql/contract.ts";
import { Connection, type Shared } from "./connection.ts";
import { Outbox } from "./outbox.ts";
import type { PgAuthenticator } from "./scram.ts";
import { Sessions } from "./sessions.ts";

export interface PostgresDoorDeps {
  readonly service: Service;
  /**
   * Opens the SQL session of an authenticated client. `startup` holds `user`, `database`, `backend_pid` (the number in
   * BackendKeyData) and the settings the client starts with. Throws SqlError to refuse.
   */
  readonly openSession: (caller: Caller, startup: Record<string, string>) => SqlSession;
  readonly settings: DoorSettings;
  readonly auth: PgAuthenticator;
  readonly events: Events;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly random: Random;
}

export interface PostgresDoor {
  readonly port: number;
  /** Takes no more connections, lets every client finish what it asked for (limits.drainMs at most), then sends it away. */
  drain(): Promise<void>;
  /** Ends everything at once. */
  close(): Promise<void>;
}

/** Rejects with the socket's error (EADDRINUSE …) when the port cannot be had. */
export async function startPostgresDoor(deps: PostgresDoorDeps): Promise<PostgresDoor> {
  const { events, limits, clock, settings } = deps;
  const shared: Shared = {
    service: deps.service,
    openSession: deps.openSession,
    auth: deps.auth,
    events,
    limits,
    clock,
    random: deps.random,
    sessions: new Sessions(deps.random),
    outbox: new Outbox(),
  };
  const connections = new Set<Connection>();
  let count = 0;
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket: Socket) => {
    // Refusals need a connection too, but not without bound: past twice the limit nobody is answered.
    if (connections.size >= limits.pgConnections * 2) {
      events.limitReached("pgConnections");
      events.connectionRefused("postgresql", socket.remoteAddress ?? "", "too many connections");
      socket.destroy();
      return;
    }
    connections.add(new Connection(socket, shared, `pg-${++count}`, (connection) => connections.delete(connection)));
  });
  await listen(server, settings);
  const sweep = setInterval(
    () => {
      const now = clock.elapsed();
      for (const connection of connections) connection.checkIdle(now);
    },
    Math.max(20, Math.min(1000, limits.messageIdleMs / 4)),
  );
  sweep.unref();
  const address = server.address();
  const closed = new Promise<void>((resolve) => server.once("close", () => resolve()));
  const stop = (end: (connection: Connection) => void): Promise<void> => {
    if (server.listening) server.close();
    const all = [...connections];
    for (const connection of all) end(connection);
    return Promise.all([closed, ...all.map((connection) => connection.closed)]).then(() => clearInterval(sweep));
  };
  const drain = (): Promise<void> => {
    const late = setTimeout(() => {
      for (const connection of connections) connection.destroy();
    }, limits.drainMs);
    return stop((connection) => connection.drain()).finally(() => clearTimeout(late));
  };
  return {
    port: typeof address === "object" && address !== null ? address.port : settings.port,
    drain,
    close: () => stop((connection) => connection.destroy()),
  };
}

function listen(server: Server, settings: DoorSettings): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(settings.port, settings.host, () => {
      server.removeListener("error", reject);
      resolve();
    });
  });
}
