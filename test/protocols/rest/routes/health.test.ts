import { expect, test } from "vitest";
import { rows } from "../rows.ts";
import { scene } from "../support.ts";

const guard = { user: "ann", password: "s" };

rows([
  {
    name: "healthy",
    url: "/health",
    status: 200,
    is: '{"status":"healthy","timestamp":"2026-01-01T00:00:00.000000Z","checks":[{"component":"storage","status":"healthy","duration-ms":1}]}',
  },
  { name: "degraded still serves", url: "/health", options: { health: "degraded" }, status: 200, has: ['"status":"degraded"'] },
  { name: "alive", url: "/healthz", options: { health: "unhealthy" }, status: 200, has: ['"status":"healthy","timestamp":"'] },
  { name: "ready", url: "/readyz", status: 200, has: ['"status":"ready"'] },
  { name: "started", url: "/startupz", status: 200, has: ['"status":"started"'] },
  {
    name: "in short",
    given: [["1", "{}"]],
    url: "/api/v1/health",
    status: 200,
    has: ['"status":"healthy","version":"0.0.0-test","uptime":', '"memory":{"used":', '"storage":{"size":6,"documents":1}'],
  },
  { name: "probes need no credentials: alive", url: "/healthz", options: { guard }, status: 200 },
  { name: "probes need no credentials: ready", url: "/readyz", options: { guard }, status: 200 },
  { name: "probes need no credentials: started", url: "/startupz", options: { guard }, status: 200 },
  { name: "everything else does", url: "/health", options: { guard }, status: 401, hasNot: ["storage"] },
]);

test("an unhealthy server answers 503 with the report, and its probes say so", async () => {
  const set = await scene({ health: "unhealthy" });
  const answers = await Promise.all(["/health", "/readyz", "/startupz", "/api/v1/health"].map((url) => set.app.inject(url)));
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([503, 503, 503, 503]);
  expect(answers.map((answer) => answer.json<{ status: string }>().status)).toEqual([
    "unhealthy",
    "not-ready",
    "starting",
    "unhealthy",
  ]);
  await set.drain();
});
