// Probes: /health tells everything, /healthz that the process answers, /readyz and /startupz are for orchestrators.
import { totalmem } from "node:os";
import { Type } from "@sinclair/typebox";
import { isoMicros } from "../../../base/clock.ts";
import type { Routes } from "../door.ts";

const CHECK = Type.Object({
  component: Type.String(),
  status: Type.String({ description: "healthy, degraded or unhealthy" }),
  message: Type.Optional(Type.String()),
  details: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  "duration-ms": Type.Number(),
});
const REPORT = Type.Object({
  status: Type.String({ description: "healthy, degraded or unhealthy" }),
  timestamp: Type.String({ format: "date-time" }),
  checks: Type.Array(CHECK),
});
const PROBE = Type.Object({ status: Type.String(), checks: Type.Array(CHECK) });
const SHORT = Type.Object({
  status: Type.String(),
  version: Type.String(),
  uptime: Type.Integer({ description: "Seconds since the start" }),
  memory: Type.Object({ used: Type.Integer(), total: Type.Integer() }, { description: "Bytes" }),
  storage: Type.Object({ size: Type.Integer({ description: "Bytes" }), documents: Type.Integer() }),
});

export const healthRoutes: Routes = (app, { health, service, clock }) => {
  app.get(
    "/health",
    { schema: { tags: ["server"], summary: "Every check", response: { 200: REPORT, 503: REPORT } } },
    async (_request, reply) => {
      const report = await health.health();
      return reply.code(report.status === "unhealthy" ? 503 : 200).send(report);
    },
  );

  const alive = Type.Object({ status: Type.String(), timestamp: Type.String({ format: "date-time" }) });
  app.get(
    "/healthz",
    {
      config: { open: true },
      schema: { tags: ["server"], summary: "Whether the process answers", security: [], response: { 200: alive } },
    },
    async () => ({ status: "healthy", timestamp: isoMicros(clock.micros()) }),
  );

  app.get(
    "/readyz",
    {
      config: { open: true },
      schema: { tags: ["server"], summary: "Whether to send requests", security: [], response: { 200: PROBE, 503: PROBE } },
    },
    async (_request, reply) => {
      const { ok, checks } = await health.ready();
      return reply.code(ok ? 200 : 503).send({ status: ok ? "ready" : "not-ready", checks });
    },
  );

  app.get(
    "/startupz",
    {
      config: { open: true },
      schema: { tags: ["server"], summary: "Whether starting is over", security: [], response: { 200: PROBE, 503: PROBE } },
    },
    async (_request, reply) => {
      const { ok, checks } = await health.started();
      return reply.code(ok ? 200 : 503).send({ status: ok ? "started" : "starting", checks });
    },
  );

  app.get(
    "/api/v1/health",
    { schema: { tags: ["server"], summary: "Health in short", response: { 200: SHORT, 503: SHORT } } },
    async (_request, reply) => {
      const report = await health.health();
      const { version, startedAtMs, tenants } = service.status();
      const memory = process.memoryUsage();
      let size = 0;
      let documents = 0;
      for (const tenant of tenants) {
        size += tenant.logBytes + tenant.stateBytes + tenant.archiveBytes;
        documents += tenant.documents;
      }
      return reply.code(report.status === "unhealthy" ? 503 : 200).send({
        status: report.status,
        version,
        uptime: Math.max(0, Math.floor((clock.micros() / 1000 - startedAtMs) / 1000)),
        memory: { used: memory.rss, total: memoryTotal() },
        storage: { size, documents },
      });
    },
  );
};

/** Bytes this process may use: the container's limit where there is one. */
function memoryTotal(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}
