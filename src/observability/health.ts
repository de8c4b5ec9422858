// What /health, /readyz and /startupz say. The facts come from the service through a small interface that main.ts supplies.
import { getHeapStatistics } from "node:v8";
import { type Clock, isoMicros } from "../base/clock.ts";
import { messageOf } from "../base/errors.ts";

export type HealthStatus = "healthy" | "degraded" | "unhealthy";

/** Facts about the running service; core's status fits. */
export interface HealthFacts {
  /** Why writes are refused now; null when they are taken. */
  readonly readOnlyReason: string | null;
  readonly tenants: readonly {
    readonly name: string;
    readonly documents: number;
    readonly sequence: number;
    readonly durable: number;
    readonly archived: number;
    readonly logBytes: number;
    readonly stateBytes: number;
    readonly archiveBytes: number;
    readonly problem: string | null;
  }[];
  readonly disk: { readonly freeBytes: number; readonly totalBytes: number };
}

export type Phase = "starting" | "serving" | "draining";

export interface HealthSources {
  readonly clock: Clock;
  /** Lag at which writers are slowed down; half of it is degraded. */
  readonly archiveLagLimit: number;
  phase(): Phase;
  facts(): HealthFacts;
  /** Share of the memory this process may use that is used, 0 to 1. Replaced in tests. */
  memoryShare?(): number;
}

export interface HealthCheck {
  readonly component: string;
  readonly status: HealthStatus;
  readonly message?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly "duration-ms": number;
}

export interface HealthReport {
  readonly status: HealthStatus;
  readonly timestamp: string;
  readonly checks: readonly HealthCheck[];
}

export interface ProbeReport {
  readonly ok: boolean;
  readonly checks: readonly HealthCheck[];
}

export interface Health {
  health(): Promise<HealthReport>;
  /** Whether requests should be sent here now. */
  ready(): Promise<ProbeReport>;
  /** Whether starting (replay included) is over. */
  started(): Promise<ProbeReport>;
}

interface Finding {
  readonly status: HealthStatus;
  readonly message?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

const GIB = 1024 ** 3;
const DISK_DEGRADED_BYTES = 5 * GIB;
const DISK_UNHEALTHY_BYTES = GIB;
const MEMORY_DEGRADED = 0.85;
const MEMORY_UNHEALTHY = 0.95;

export function createHealth(sources: HealthSources): Health {
  const run = (component: string, check: () => Finding): HealthCheck => {
    const started = sources.clock.elapsed();
    let finding: Finding;
    try {
      finding = check();
    } catch (thrown) {
      finding = { status: "unhealthy", message: `The check failed: ${messageOf(thrown)}` };
    }
    return { component, ...finding, "duration-ms": Math.round((sources.clock.elapsed() - started) * 1000) / 1000 };
  };
  const storageAndLog = (): HealthCheck[] => [
    run("storage", () => storage(sources.facts())),
    run("log", () => log(sources.facts())),
  ];
  const all = (): HealthCheck[] => [
    ...storageAndLog(),
    run("archive", () => archive(sources.facts(), sources.archiveLagLimit)),
    run("disk", () => disk(sources.facts())),
    run("memory", () => memory(sources.memoryShare?.() ?? memoryShare())),
  ];
  return {
    health: async () => {
      const checks = all();
      return { status: worst(checks), timestamp: isoMicros(sources.clock.micros()), checks };
    },
    ready: async () => {
      const checks = sources.phase() === "starting" ? [] : storageAndLog();
      return { ok: sources.phase() === "serving" && worst(checks) !== "unhealthy", checks };
    },
    started: async () => {
      const started = sources.phase() !== "starting";
      return { ok: started, checks: started ? storageAndLog() : [] };
    },
  };
}

function worst(checks: readonly HealthCheck[]): HealthStatus {
  if (checks.some((check) => check.status === "unhealthy")) return "unhealthy";
  return checks.some((check) => check.status === "degraded") ? "degraded" : "healthy";
}

function storage(facts: HealthFacts): Finding {
  const broken = facts.tenants.find((tenant) => tenant.problem !== null);
  const details = { tenants: facts.tenants.length };
  if (broken !== undefined) return { status: "unhealthy", message: `Tenant ${broken.name}: ${broken.problem}`, details };
  if (facts.readOnlyReason !== null) {
    return { status: "degraded", message: `Writes are refused: ${facts.readOnlyReason}`, details };
  }
  return { status: "healthy", details };
}

function log(facts: HealthFacts): Finding {
  const unsynced = facts.tenants.reduce((sum, tenant) => sum + Math.max(0, tenant.sequence - tenant.durable), 0);
  return { status: "healthy", details: { "unsynced-entries": unsynced } };
}

function archive(facts: HealthFacts, limit: number): Finding {
  const lag = facts.tenants.reduce((most, tenant) => Math.max(most, tenant.durable - tenant.archived), 0);
  // Where git has come to, so that a client can wait for it (`chrondb import` does).
  const archived = Object.fromEntries(facts.tenants.map((tenant) => [tenant.name, tenant.archived]));
  const details = { "lag-entries": lag, "limit-entries": limit, archived };
  if (lag < limit / 2) return { status: "healthy", details };
  return { status: "degraded", message: `Git is ${lag} transactions behind; writers are slowed down at ${limit}.`, details };
}

function disk(facts: HealthFacts): Finding {
  const { freeBytes, totalBytes } = facts.disk;
  const details = { "free-bytes": freeBytes, "total-bytes": totalBytes };
  if (freeBytes >= DISK_DEGRADED_BYTES) return { status: "healthy", details };
  const message = `${(freeBytes / GIB).toFixed(2)} GiB of disk are free.`;
  return { status: freeBytes < DISK_UNHEALTHY_BYTES ? "unhealthy" : "degraded", message, details };
}

function memory(share: number): Finding {
  const details = { "used-percent": Math.round(share * 1000) / 10 };
  if (share <= MEMORY_DEGRADED) return { status: "healthy", details };
  const message = `${details["used-percent"]} % of the memory this process may use is used.`;
  return { status: share > MEMORY_UNHEALTHY ? "unhealthy" : "degraded", message, details };
}

/** The larger of heap over heap limit and, in a container with a limit, resident memory over that limit. */
function memoryShare(): number {
  const heap = getHeapStatistics();
  const heapShare = heap.used_heap_size / heap.heap_size_limit;
  const constrained = process.constrainedMemory();
  // Without a limit the kernel answers zero or a number near 2^64.
  if (constrained === 0 || constrained > Number.MAX_SAFE_INTEGER) return heapShare;
  return Math.max(heapShare, process.memoryUsage.rss() / constrained);
}
