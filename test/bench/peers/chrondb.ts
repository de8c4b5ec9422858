// The server under test, started as a user starts it.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stop } from "../shell.ts";

export interface ChronDbServer {
  readonly rest: number;
  readonly redis: number;
  readonly pg: number;
  readonly directory: string;
  readonly child: ChildProcess;
  /** SIGTERM: drains and flushes git. */
  stop(): Promise<void>;
  remove(): void;
}

const CHRONDB = fileURLToPath(new URL("../../../bin/chrondb", import.meta.url));

export async function startChronDb(directory = mkdtempSync(join(tmpdir(), "chrondb-bench-"))): Promise<ChronDbServer> {
  const child = spawn(
    "sh",
    [
      CHRONDB,
      "server",
      "--data-dir",
      directory,
      "--rest-port",
      "0",
      "--redis-port",
      "0",
      "--pg-port",
      "0",
      "--log-level",
      "warn",
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const ready = await new Promise<{ rest: number; redis: number; pg: number }>((resolve, reject) => {
    let out = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      out += chunk.toString();
      const line = out.split("\n").find((candidate) => candidate.includes('"ready":true'));
      if (line !== undefined) resolve(JSON.parse(line));
    });
    child.on("exit", (code) => reject(new Error(`the server ended with ${code} before it was ready`)));
  });
  return {
    ...ready,
    directory,
    child,
    stop: () => stop(child),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** Entries the archive is behind, from /metrics. */
export async function archiveLag(server: ChronDbServer): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${server.rest}/metrics`)).text();
  return Number(/^chrondb_archive_lag_entries(?:\{[^}]*\})? ([\d.e+]+)$/m.exec(text)?.[1] ?? Number.NaN);
}

/** Waits until everything is in git. */
export async function drained(server: ChronDbServer, timeoutMs = 600_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while ((await archiveLag(server)) > 0) {
    if (performance.now() > deadline) throw new Error("the archive did not drain in time");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
