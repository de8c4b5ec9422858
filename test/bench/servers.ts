// The servers under comparison, as test/support starts them, with what a bench asks of them: the same durability, and time to
// drain.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RealPostgres, startPostgres } from "../support/postgres.ts";
import { type RunningServer, startServer } from "../support/ready-server.ts";
import { type RealRedis, startRedis } from "../support/redis-server.ts";

/** Milliseconds a server may take to write a long run into git before it ends. */
const STOP_MS = 600_000;

export interface ChronDb extends RunningServer {
  remove(): void;
}

export async function chronDb(directory = mkdtempSync(join(tmpdir(), "chrondb-bench-"))): Promise<ChronDb> {
  const server = await startServer({ dataDir: directory, stopMs: STOP_MS });
  return { ...server, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

/** redis-server that syncs before it answers: the durability ChronDB gives. */
export async function durableRedis(): Promise<RealRedis> {
  const started = await startRedis(["--appendonly", "yes", "--appendfsync", "always"]);
  if (started === null) throw new Error("redis-server is not installed");
  return started;
}

/** PostgreSQL with its default durability and room for the data in memory. */
export async function durablePostgres(): Promise<RealPostgres> {
  const started = await startPostgres({ shared_buffers: "512MB" });
  if (started === null) throw new Error("PostgreSQL is not installed");
  return started;
}

/** Entries the archive is behind, from /metrics. */
export async function archiveLag(server: RunningServer): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${server.rest}/metrics`)).text();
  return Number(/^chrondb_archive_lag_entries(?:\{[^}]*\})? ([\d.e+]+)$/m.exec(text)?.[1] ?? Number.NaN);
}

/** Waits until everything is in git. */
export async function drained(server: RunningServer, timeoutMs = 600_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while ((await archiveLag(server)) > 0) {
    if (performance.now() > deadline) throw new Error("the archive did not drain in time");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
