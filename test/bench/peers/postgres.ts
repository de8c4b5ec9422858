// A real PostgreSQL 15 with its default durability, in a folder its own user owns (it refuses to run as root).
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { freePort, run, until } from "../shell.ts";

export interface PostgresPeer {
  readonly port: number;
  readonly user: string;
  stop(): Promise<void>;
}

const BIN = "/usr/lib/postgresql/15/bin";

export async function startPostgres(root = tmpdir()): Promise<PostgresPeer> {
  const directory = mkdtempSync(join(root, "chrondb-postgres-"));
  const port = await freePort();
  const asRoot = userInfo().uid === 0;
  const as = (program: string, args: string[]): [string, string[]] =>
    asRoot ? ["runuser", ["-u", "postgres", "--", `${BIN}/${program}`, ...args]] : [`${BIN}/${program}`, args];
  if (asRoot) {
    chmodSync(directory, 0o755);
    await run("chown", ["postgres", directory]);
  }
  await run(
    ...as("initdb", [
      "-D",
      join(directory, "data"),
      "-A",
      "trust",
      "-U",
      "postgres",
      "--no-sync",
      "-E",
      "UTF8",
      "--locale=C.UTF-8",
    ]),
  );
  const child: ChildProcess = spawn(
    ...as("postgres", [
      "-D",
      join(directory, "data"),
      "-p",
      String(port),
      "-h",
      "127.0.0.1",
      "-k",
      directory,
      "-c",
      "shared_buffers=512MB",
    ]),
    { stdio: "ignore" },
  );
  await until(() => run("psql", ["-h", "127.0.0.1", "-p", String(port), "-U", "postgres", "-c", "select 1"]), 20_000);
  return {
    port,
    user: "postgres",
    stop: async () => {
      // The server's own pid: the child may be runuser. SIGINT = fast shutdown, clients are cut off.
      const pid = Number(readFileSync(join(directory, "data", "postmaster.pid"), "utf8").split("\n")[0]);
      const ended = new Promise((resolve) => child.once("exit", resolve));
      process.kill(pid, "SIGINT");
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
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
