// Metrics that are facts rather than happenings: read when somebody asks for /metrics.
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { HealthFacts } from "./health.ts";
import type { Metrics } from "./metrics.ts";

const NANOSECONDS = 1e9;
const RESOLUTION_MS = 20;

/** The event loop's delay beyond its timer; reset with every scrape. */
export class EventLoopGauge {
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  constructor() {
    this.#histogram.enable();
  }

  publish(metrics: Metrics): void {
    for (const [quantile, percentile] of [
      ["0.5", 50],
      ["0.99", 99],
      ["1", 100],
    ] as const) {
      const nanoseconds = this.#histogram.percentile(percentile);
      // The histogram measures the timer's whole interval, its resolution included.
      const late = Math.max(0, nanoseconds / NANOSECONDS - RESOLUTION_MS / 1000);
      metrics.eventLoopDelay.set({ quantile }, late);
    }
    this.#histogram.reset();
  }

  stop(): void {
    this.#histogram.disable();
  }
}

export function publishFacts(metrics: Metrics, facts: HealthFacts): void {
  let documents = 0;
  let pending = 0;
  for (const tenant of facts.tenants) {
    documents += tenant.documents;
    pending += Math.max(0, tenant.sequence - tenant.archived);
    metrics.documents.set({ tenant: tenant.name }, tenant.documents);
    metrics.sequence.set({ tenant: tenant.name }, tenant.sequence);
    metrics.archiveLag.set({ tenant: tenant.name }, Math.max(0, tenant.durable - tenant.archived));
    metrics.partBytes.set({ tenant: tenant.name, part: "log" }, tenant.logBytes);
    metrics.partBytes.set({ tenant: tenant.name, part: "state" }, tenant.stateBytes);
    metrics.partBytes.set({ tenant: tenant.name, part: "archive" }, tenant.archiveBytes);
  }
  metrics.indexDocuments.set(documents);
  metrics.walPending.set(pending);
  metrics.diskFree.set(facts.disk.freeBytes);
  metrics.readOnly.set(facts.readOnlyReason === null ? 0 : 1);
}
