// The load generators of the peers: redis-benchmark and pgbench, each one run, answering a rate.
import { run } from "./shell.ts";

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

/** One pgbench run of a script; answers transactions a second. */
export async function pgbench(
  target: { port: number; user: string; database: string },
  script: string,
  options: { clients: number; seconds: number; protocol: "prepared" | "simple" | "extended" },
): Promise<number> {
  const out = await run("pgbench", [
    "-h",
    "127.0.0.1",
    "-p",
    String(target.port),
    "-U",
    target.user,
    "-n",
    "-f",
    script,
    "-c",
    String(options.clients),
    "-j",
    "1",
    "-T",
    String(options.seconds),
    "-M",
    options.protocol,
    target.database,
  ]);
  return Number(/tps = ([\d.]+)/.exec(out)?.[1] ?? Number.NaN);
}
