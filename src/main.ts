// The composition root: configuration -> parts -> listen -> drain. The only file that may import every room.
import { createRequire } from "node:module";
import { createCredentials } from "./auth/credentials.ts";
import { systemClock } from "./base/clock.ts";
import { ChronError, messageOf } from "./base/errors.ts";
import { systemRandom } from "./base/random.ts";
import { runCli } from "./cli/run.ts";
import { loadSettings, type ServerFlags, startupWarnings } from "./config/load.ts";
import type { Settings } from "./config/settings.ts";
import { offlineTools } from "./core/offline.ts";
import { RunningService } from "./core/service.ts";
import { createObservability, type Observability } from "./observability/create.ts";
import { createHealth, type Phase } from "./observability/health.ts";
import { startPostgresDoor } from "./protocols/postgres/index.ts";
import { startRedisDoor } from "./protocols/redis/index.ts";
import { startRestDoor } from "./protocols/rest/index.ts";
import { createSqlRoom, type SqlRoom } from "./sql/room.ts";

const VERSION: string = createRequire(import.meta.url)("../package.json").version;

interface OpenDoor {
  readonly port: number;
  drain(): Promise<void>;
  close(): Promise<void>;
}

type DoorName = "rest" | "redis" | "postgresql";
const DOOR_NAMES: Readonly<Record<DoorName, string>> = { rest: "REST", redis: "Redis", postgresql: "PostgreSQL" };

/** Opens a door, or says which one could not be had and why. */
async function openDoor(name: DoorName, settings: Settings, open: () => Promise<OpenDoor>): Promise<OpenDoor | null> {
  const { enabled, host, port } = settings.servers[name];
  if (!enabled) return null;
  try {
    return await open();
  } catch (thrown) {
    const code = thrown instanceof Error && "code" in thrown ? thrown.code : "";
    const why =
      code === "EADDRINUSE"
        ? `port ${port} on ${host} is in use by another program; stop it, or choose another with servers.${name}.port`
        : code === "EACCES"
          ? `port ${port} on ${host} needs rights this user does not have; choose one above 1023`
          : messageOf(thrown);
    throw new ChronError("INVALID_CONFIG", `The ${DOOR_NAMES[name]} door could not be opened: ${why}.`);
  }
}

/** Runs the server until a signal or a failure of storage ends it. */
async function runServer(flags: ServerFlags): Promise<void> {
  const settings = loadSettings({ flags });
  const observability = createObservability(settings, systemClock);
  const { events } = observability;
  let phase: Phase = "starting";
  let stop: (fatal: ChronError | null) => void = () => undefined;
  const stopped = new Promise<ChronError | null>((resolve) => {
    stop = resolve;
  });
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stop(null));
  process.on("SIGHUP", () => observability.reopen());
  for (const warning of startupWarnings(settings)) events.warn(warning);

  const sql = await createSqlRoom({ settings, events, clock: systemClock, random: systemRandom, version: VERSION });
  const service = await RunningService.open({
    settings,
    version: VERSION,
    rules: sql.rules,
    registerFunctions: sql.registerFunctions,
    events,
    clock: systemClock,
    random: systemRandom,
    onFatal: (error) => {
      events.error("storage failed: the server stops, and what the log holds decides when it starts again", error);
      stop(error);
    },
  });
  const doors = new Map<DoorName, OpenDoor>();
  try {
    sql.open(service);
    observability.metrics.source(() => ({ ...service.status(), readOnlyReason: service.readOnlyReason() }));
    await openDoors(settings, service, sql, observability, () => phase, doors);
    phase = "serving";
    announce(settings, doors);
    if (settings.servers.postgresql.enabled) sql.warm();
    const fatal = await stopped;
    phase = "draining";
    events.info("stopping: answering what was taken and flushing git");
    // At once, so that a slow client of one door does not keep the others open: all are done within limits.drainMs.
    await Promise.all([...doors.values()].map((door) => (fatal === null ? door.drain() : door.close())));
    if (fatal !== null) {
      // Nothing here may touch storage again: recovery decides at the next start.
      observability.flush();
      process.exit(1);
    }
  } finally {
    await Promise.all([...doors.values()].map((door) => door.close()));
    await sql.close();
    await service.close();
    events.info("stopped");
    observability.close();
  }
}

async function openDoors(
  settings: Settings,
  service: RunningService,
  sql: SqlRoom,
  observability: Observability,
  phase: () => Phase,
  doors: Map<DoorName, OpenDoor>,
): Promise<void> {
  const { events, metrics, logger } = observability;
  const auth = createCredentials(settings.auth, {
    random: systemRandom,
    limits: settings.limits,
    limitReached: (limit) => events.limitReached(limit),
  });
  const health = createHealth({
    clock: systemClock,
    archiveLagLimit: settings.limits.archiveLagEntries,
    phase,
    facts: () => ({ ...service.status(), readOnlyReason: service.readOnlyReason() }),
  });
  const shared = { service, auth, events, limits: settings.limits, clock: systemClock, random: systemRandom };
  const committer = { name: settings.git.committerName, email: settings.git.committerEmail };
  // Redis clients that give only a password mean the user `default`, which here is the one who is configured.
  const redisAuth = {
    open: auth.open,
    password: (user: string, password: string) =>
      auth.password(user === "default" ? (settings.auth?.username ?? user) : user, password),
  };
  const add = async (name: DoorName, open: () => Promise<OpenDoor>): Promise<void> => {
    const door = await openDoor(name, settings, open);
    if (door !== null) doors.set(name, door);
  };
  const { openSession } = sql;
  await add("rest", () =>
    startRestDoor({ ...shared, openSession, settings: settings.servers.rest, metrics, health, committer, logger }),
  );
  await add("redis", () =>
    startRedisDoor({
      ...shared,
      auth: redisAuth,
      settings: settings.servers.redis,
      version: VERSION,
      slowMs: settings.logging.slowMs,
    }),
  );
  await add("postgresql", () =>
    startPostgresDoor({ ...shared, settings: settings.servers.postgresql, openSession: sql.openSession }),
  );
}

/** A line per door for people, and one line on stdout for programs. */
function announce(settings: Settings, doors: ReadonlyMap<DoorName, OpenDoor>): void {
  for (const [name, door] of doors) {
    process.stderr.write(`chrondb: ${DOOR_NAMES[name]} listens on ${settings.servers[name].host}:${door.port}\n`);
  }
  if (settings.auth === null) {
    process.stderr.write(
      "chrondb: OPEN: no user and password are configured, so every local program may read and write everything; " +
        "set auth.username and auth.password (see config/default.yaml)\n",
    );
  }
  const port = (name: DoorName): number | null => doors.get(name)?.port ?? null;
  const ready = { ready: true, rest: port("rest"), redis: port("redis"), pg: port("postgresql"), pid: process.pid };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
}

const offline = offlineTools({ settings: (dataDir) => loadSettings({ flags: { dataDir } }) });
process.exitCode = await runCli({ version: VERSION, runServer, offline });
