// Puts the room together: main.ts calls this once, before the service opens, because the service needs the rules and functions.
import type { Database } from "better-sqlite3";
import type { Clock } from "../base/clock.ts";
import type { Random } from "../base/random.ts";
import type { Settings } from "../config/settings.ts";
import type { Caller, RowRules, Service, Tenant } from "../core/contract.ts";
import type { Events } from "../observability/events.ts";
import { CATALOG } from "./catalog/index.ts";
import type { SqlSession } from "./contract.ts";
import { registerFunctions } from "./functions/index.ts";
import { grammarReady } from "./parse/parser.ts";
import { planStatement } from "./plan/index.ts";
import { PlanCache } from "./plan-cache.ts";
import { rowRules } from "./rules.ts";
import { Session } from "./session.ts";
import { SessionSettings } from "./settings/session.ts";
import { Cursors } from "./statements/cursors.ts";
import { Holdings } from "./statements/holdings.ts";
import { NamedStatements } from "./statements/named.ts";
import { NotificationHub, SessionNotifications } from "./statements/notifications.ts";
import { createWorkerPool } from "./worker/pool.ts";

export interface SqlRoomParts {
  readonly settings: Settings;
  readonly version: string;
  readonly events: Events;
  readonly clock: Clock;
  readonly random: Random;
}

export interface SqlRoom {
  readonly rules: RowRules;
  readonly registerFunctions: (database: Database) => void;
  /** Sessions can be opened from now on. */
  open(service: Service): void;
  /**
   * `startup`: user, database, backend_pid and the settings a client starts with. `dress`: lets a door put its own words on the
   * writes of a session and learn their versions. Throws SqlError to refuse.
   */
  readonly openSession: (
    caller: Caller,
    startup: Readonly<Record<string, string>>,
    dress?: (tenant: Tenant) => Tenant,
  ) => SqlSession;
  /** Starts a query worker before a statement asks for one. */
  warm(): void;
  close(): Promise<void>;
}

/** Startup words that are no settings. */
const NO_SETTINGS = new Set(["user", "database", "backend_pid", "replication", "options"]);

/** Resolves once the grammar is loaded. */
export async function createSqlRoom(parts: SqlRoomParts): Promise<SqlRoom> {
  await grammarReady;
  const { limits } = parts.settings;
  const workers = createWorkerPool(limits, parts.events);
  const plans = new PlanCache(limits.planCache, planStatement, CATALOG);
  const hub = new NotificationHub();
  const bounds = { memoryBytes: limits.sqlSpoolMemoryBytes, fileBytes: limits.sqlSpoolBytes };
  let service: Service | null = null;
  return {
    rules: rowRules,
    registerFunctions,
    open: (opened) => {
      service = opened;
    },
    openSession: (caller, startup, dress = (tenant) => tenant) => {
      if (service === null) throw new Error("the SQL room was asked for a session before the service was open");
      const given = Object.fromEntries(Object.entries(startup).filter(([name]) => !NO_SETTINGS.has(name)));
      const fixed = {
        session_authorization: startup["user"] ?? caller.principal,
        "chrondb.backend_pid": startup["backend_pid"] ?? "0",
        server_version: `15.8 (ChronDB ${parts.version})`,
      };
      return new Session({
        tenant: dress(service.tenant(caller.tenant)),
        caller,
        databases: service.tenants,
        settings: new SessionSettings(fixed, given),
        holdings: new Holdings(
          new NamedStatements(parts.clock, limits.pgStatements),
          new Cursors(parts.clock, limits.pgPortals, bounds),
          new SessionNotifications({
            hub,
            tenant: caller.tenant,
            pid: Number(startup["backend_pid"] ?? "0"),
            maximum: limits.sqlNotifications,
          }),
        ),
        plans,
        rules: rowRules,
        workers,
        limits,
        clock: parts.clock,
        random: parts.random,
        events: parts.events,
      });
    },
    warm: () => workers.warm(),
    close: () => workers.close(),
  };
}
