// What /health and the probes say of each fact.
import { describe, expect, test } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { createHealth, type HealthFacts, type Phase } from "../../src/observability/health.ts";

const GIB = 1024 ** 3;
const tenant = {
  name: "t",
  documents: 1,
  sequence: 9,
  durable: 9,
  archived: 9,
  logBytes: 1,
  stateBytes: 1,
  archiveBytes: 1,
  problem: null,
};
const good: HealthFacts = { readOnlyReason: null, tenants: [tenant], disk: { freeBytes: 50 * GIB, totalBytes: 100 * GIB } };

function health(facts: HealthFacts | Error, phase: Phase = "serving", memory = 0.1) {
  return createHealth({
    clock: systemClock,
    archiveLagLimit: 1000,
    phase: () => phase,
    facts: () => {
      if (facts instanceof Error) throw facts;
      return facts;
    },
    memoryShare: () => memory,
  });
}

describe("/health", () => {
  test("names its five components and the time", async () => {
    const report = await health(good).health();
    expect(report.status).toBe("healthy");
    expect(report.timestamp).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
    expect(report.checks.map((check) => check.component)).toEqual(["storage", "log", "archive", "disk", "memory"]);
    for (const check of report.checks) expect(check["duration-ms"]).toBeGreaterThanOrEqual(0);
  });

  const rows: [what: string, facts: HealthFacts, memory: number, component: string, status: string][] = [
    [
      "a broken tenant",
      { ...good, tenants: [tenant, { ...tenant, problem: "its pack is damaged" }] },
      0.1,
      "storage",
      "unhealthy",
    ],
    ["refused writes", { ...good, readOnlyReason: "the disk is full" }, 0.1, "storage", "degraded"],
    ["git far behind", { ...good, tenants: [{ ...tenant, durable: 600, archived: 50 }] }, 0.1, "archive", "degraded"],
    ["4 GiB of disk", { ...good, disk: { freeBytes: 4 * GIB, totalBytes: 9 * GIB } }, 0.1, "disk", "degraded"],
    ["half a GiB of disk", { ...good, disk: { freeBytes: GIB / 2, totalBytes: 9 * GIB } }, 0.1, "disk", "unhealthy"],
    ["86 % of memory", good, 0.86, "memory", "degraded"],
    ["96 % of memory", good, 0.96, "memory", "unhealthy"],
  ];
  test.each(rows)("%s", async (_what, facts, memory, component, status) => {
    const report = await health(facts, "serving", memory).health();
    expect(report.status).toBe(status);
    const failing = report.checks.filter((check) => check.status !== "healthy");
    expect(failing.map((check) => [check.component, check.status])).toEqual([[component, status]]);
    expect(failing[0]?.message).toMatch(/\w/);
  });

  test("a check that throws is unhealthy and says why", async () => {
    const report = await health(new Error("no facts")).health();
    expect(report.status).toBe("unhealthy");
    expect(report.checks[0]?.message).toContain("no facts");
  });

  test("the real memory share is between nothing and all", async () => {
    const report = await createHealth({
      clock: systemClock,
      archiveLagLimit: 10,
      phase: () => "serving",
      facts: () => good,
    }).health();
    const percent = report.checks.find((check) => check.component === "memory")?.details?.["used-percent"];
    expect(percent).toBeGreaterThan(0);
    expect(percent).toBeLessThan(100);
  });
});

describe("probes", () => {
  const rows: [phase: Phase, facts: HealthFacts, ready: boolean, started: boolean][] = [
    ["starting", good, false, false],
    ["serving", good, true, true],
    ["serving", { ...good, readOnlyReason: "the disk is full" }, true, true],
    ["serving", { ...good, tenants: [{ ...tenant, problem: "broken" }] }, false, true],
    ["draining", good, false, true],
  ];
  test.each(rows)("while %s", async (phase, facts, ready, started) => {
    const probes = health(facts, phase);
    expect((await probes.ready()).ok).toBe(ready);
    expect((await probes.started()).ok).toBe(started);
  });
});
