// redis-server with `appendonly yes`, `appendfsync always`: the durability ChronDB gives, by the peer.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, run, stop, until } from "../shell.ts";

export interface RedisPeer {
  readonly port: number;
  stop(): Promise<void>;
}

export async function startRedis(root = tmpdir()): Promise<RedisPeer> {
  const directory = mkdtempSync(join(root, "chrondb-redis-"));
  const port = await freePort();
  const child: ChildProcess = spawn(
    "redis-server",
    [
      "--port",
      String(port),
      "--bind",
      "127.0.0.1",
      "--dir",
      directory,
      "--appendonly",
      "yes",
      "--appendfsync",
      "always",
      "--save",
      "",
    ],
    { stdio: "ignore" },
  );
  await until(() => run("redis-cli", ["-p", String(port), "ping"]), 10_000);
  return {
    port,
    stop: async () => {
      await stop(child);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** One redis-benchmark run of about `seconds`; answers requests a second. `-r` spreads the keys. */
export async function redisBenchmark(
  port: number,
  command: readonly string[],
  clients: number,
  pipeline: number,
  seconds: number,
): Promise<number> {
  const args = (requests: number): string[] => [
    "-p",
    String(port),
    "-c",
    String(clients),
    "-P",
    String(pipeline),
    "-n",
    String(requests),
    "-r",
    "100000",
    "--csv",
    ...command,
  ];
  // The first column is the command, whose JSON has quotes of its own; the rate is the first column that is a number.
  const rate = (csv: string): number => {
    const found = /","(\d+(?:\.\d+)?)"/.exec(csv.trim().split("\n").at(-1) ?? "")?.[1];
    if (found === undefined) throw new Error(`redis-benchmark answered no rate: ${csv.slice(0, 500)}`);
    return Number(found);
  };
  const probe = rate(await run("redis-benchmark", args(Math.max(2000, clients * pipeline * 4))));
  return rate(await run("redis-benchmark", args(Math.max(2000, Math.round(probe * seconds)))));
}
