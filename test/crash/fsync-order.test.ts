// Promise 1 as the kernel saw it: between a client's SET and its +OK lies a finished fdatasync of the log.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { requireClient } from "../support/clients.ts";
import { startServer } from "../support/ready-server.ts";

it("the fsync of the log ends before the reply leaves", async () => {
  for (const client of ["strace", "redis-cli"]) requireClient(client);
  const scratch = mkdtempSync(join(tmpdir(), "chrondb-strace-"));
  const server = await startServer({ dataDir: join(scratch, "data") });
  try {
    const trace = join(scratch, "trace");
    const strace = spawn(
      "strace",
      [
        "-f",
        "-y",
        "-s",
        "200",
        "-e",
        "trace=read,write,writev,sendto,sendmsg,fsync,fdatasync",
        "-o",
        trace,
        "-p",
        String(server.pid),
      ],
      {
        stdio: ["ignore", "ignore", "pipe"],
      },
    );
    await new Promise<void>((resolve) => strace.stderr.once("data", () => resolve()));
    for (let at = 0; at < 5; at++) execFileSync("redis-cli", ["-p", String(server.redis), "SET", `traced:${at}`, `marker-${at}`]);
    const ended = new Promise((resolve) => strace.once("exit", resolve));
    strace.kill("SIGINT");
    await ended;
    const lines = readFileSync(trace, "utf8").split("\n");
    for (let at = 0; at < 5; at++) {
      const asked = lines.findIndex((line) => line.includes(`marker-${at}`) && /read\(/.test(line));
      const answered = lines.findIndex((line, index) => index > asked && /\+OK\\r\\n/.test(line));
      // The end of a sync: whole on one line, or resumed on a thread of its own.
      const synced = lines.findIndex(
        (line, index) =>
          index > asked && /(fdatasync|fsync)\(.*\.chrondb\/log.*\) += 0|<\.\.\. (fdatasync|fsync) resumed>.*= 0/.test(line),
      );
      expect(asked, `request ${at} was seen`).toBeGreaterThanOrEqual(0);
      expect(synced, `sync of request ${at} was seen`).toBeGreaterThan(asked);
      expect(answered, `reply ${at} came after its sync`).toBeGreaterThan(synced);
    }
  } finally {
    await server.stop();
    rmSync(scratch, { recursive: true, force: true });
  }
}, 60_000);
