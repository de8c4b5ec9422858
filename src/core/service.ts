// The whole service: the data directory, its lock, its tenants. A tenant `t` other than the default one lies in
// `<data>/.chrondb/tenants/<t>`, a bare repository of its own with its own log and state.
import { chmodSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Database } from "better-sqlite3";
import { openArchive } from "../archive/archive.ts";
import type { Clock } from "../base/clock.ts";
import { ChronError } from "../base/errors.ts";
import { type FileLock, systemFiles } from "../base/files.ts";
import type { Random } from "../base/random.ts";
import type { Settings } from "../config/settings.ts";
import { openLog } from "../log/writer.ts";
import type { Events } from "../observability/events.ts";
import { openState } from "../state/open.ts";
import type { RowRules, Service, ServiceStatus, Tenant } from "./contract.ts";
import { DiskGuard } from "./disk-guard.ts";
import { TenantRuntime } from "./tenant.ts";

export const DEFAULT_TENANT = "chrondb";
const TENANT_NAME = /^[a-z][a-z0-9_-]{0,62}$/;

export interface ServiceParts {
  readonly settings: Settings;
  readonly version: string;
  readonly rules: RowRules;
  /** Registers the SQL room's functions on a connection. */
  readonly registerFunctions: (database: Database) => void;
  readonly events: Events;
  readonly clock: Clock;
  readonly random: Random;
  /** The server can no longer serve and must stop; what the log holds decides at the next start. */
  readonly onFatal: (error: ChronError) => void;
}

/** The folder of a tenant's bare repository. */
export function tenantDirectory(dataDirectory: string, tenant: string): string {
  return tenant === DEFAULT_TENANT ? dataDirectory : join(dataDirectory, ".chrondb", "tenants", tenant);
}

export class RunningService implements Service {
  readonly #parts: ServiceParts;
  readonly #lock: FileLock;
  readonly #guard: DiskGuard;
  readonly #tenants = new Map<string, TenantRuntime>();
  readonly #startedAtMs: number;

  private constructor(parts: ServiceParts, lock: FileLock, guard: DiskGuard) {
    this.#parts = parts;
    this.#lock = lock;
    this.#guard = guard;
    this.#startedAtMs = Math.floor(parts.clock.micros() / 1000);
  }

  /** Takes the data directory's lock and opens every tenant. Throws LOCKED, CORRUPT, STORAGE_FAILED. */
  static async open(parts: ServiceParts): Promise<RunningService> {
    const directory = parts.settings.storage.dataDir;
    const hidden = join(directory, ".chrondb");
    mkdirSync(hidden, { recursive: true, mode: 0o700 });
    checkMode(directory);
    const lock = systemFiles.lock(join(hidden, "lock"));
    const service = new RunningService(parts, lock, new DiskGuard(directory, parts.settings.limits, parts.events));
    try {
      for (const name of new Set([DEFAULT_TENANT, ...parts.settings.tenants])) await service.#open(name);
    } catch (thrown) {
      await service.close();
      throw thrown;
    }
    return service;
  }

  get tenants(): readonly string[] {
    return [...this.#tenants.keys()];
  }

  tenant(name: string): Tenant {
    const tenant = this.#tenants.get(name);
    if (tenant === undefined) throw new ChronError("UNKNOWN_TENANT", `database "${name}" does not exist`);
    return tenant;
  }

  readOnlyReason(): string | null {
    return this.#guard.reason();
  }

  status(): ServiceStatus {
    const { settings, version } = this.#parts;
    return {
      version,
      startedAtMs: this.#startedAtMs,
      dataDirectory: settings.storage.dataDir,
      defaultBranch: settings.git.defaultBranch,
      tenants: [...this.#tenants.values()].map((tenant) => {
        const hidden = join(tenantDirectory(settings.storage.dataDir, tenant.name), ".chrondb");
        return {
          name: tenant.name,
          ...tenant.facts(),
          logBytes: folderBytes(join(hidden, "log")),
          stateBytes: stateBytes(hidden),
        };
      }),
      disk: this.#guard.space(),
    };
  }

  /** Answers what was taken, publishes it to git, closes everything, gives the lock back. */
  async close(): Promise<void> {
    for (const tenant of this.#tenants.values()) await tenant.close();
    this.#tenants.clear();
    this.#guard.close();
    this.#lock.release();
  }

  async #open(name: string): Promise<void> {
    if (!TENANT_NAME.test(name)) {
      throw new ChronError(
        "INVALID_CONFIG",
        `The tenant name ${JSON.stringify(name)} is not 1 to 63 of a-z, 0-9, _ and -, starting with a letter.`,
      );
    }
    const { settings, events, clock, random, rules, registerFunctions, onFatal } = this.#parts;
    const directory = tenantDirectory(settings.storage.dataDir, name);
    const hidden = join(directory, ".chrondb");
    mkdirSync(join(hidden, "log"), { recursive: true, mode: 0o700 });
    const git = {
      directory,
      branch: settings.git.defaultBranch,
      committerName: settings.git.committerName,
      committerEmail: settings.git.committerEmail,
    };
    const state = openState({
      path: join(hidden, "state.db"),
      registerFunctions,
      limits: settings.limits,
      onFailure: onFatal,
    });
    const archive = await openArchive(git);
    const log = openLog({
      directory: join(hidden, "log"),
      files: systemFiles,
      limits: settings.limits,
      // What state or git have seen was in the log: less is damage, not a torn tail.
      known: Math.max(state.reader.sequence(), archive.published),
      onProblem: (doing, thrown) => events.error(doing, thrown),
    });
    this.#tenants.set(
      name,
      await TenantRuntime.open({
        name,
        directory,
        branch: git.branch,
        log,
        state,
        archive,
        rules,
        events,
        limits: settings.limits,
        clock,
        random,
        readOnlyReason: () => this.#guard.reason(),
        onFatal,
      }),
    );
  }
}

/** The directory holds everybody's data: only its owner may look in. */
function checkMode(directory: string): void {
  if ((statSync(directory).mode & 0o077) !== 0) chmodSync(directory, 0o700);
}

function folderBytes(directory: string): number {
  return readdirSync(directory).reduce(
    (total, name) => total + (statSync(join(directory, name), { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
}

function stateBytes(hidden: string): number {
  return readdirSync(hidden)
    .filter((name) => name.startsWith("state.db"))
    .reduce((total, name) => total + (statSync(join(hidden, name), { throwIfNoEntry: false })?.size ?? 0), 0);
}
