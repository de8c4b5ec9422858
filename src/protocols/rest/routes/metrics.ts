// GET /metrics: what Prometheus scrapes.
import { Type } from "@sinclair/typebox";
import type { Routes } from "../door.ts";

export const metricsRoutes: Routes = (app, { metrics }) => {
  app.get(
    "/metrics",
    { schema: { tags: ["server"], summary: "Prometheus metrics", produces: ["text/plain"], response: { 200: Type.String() } } },
    async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()),
  );
};
