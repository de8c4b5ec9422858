// A real PostgreSQL 15 for side-by-side tests: its own data folder, a free port, stopped by its own pid.
//
//   const judge = await startPostgres();          // null where PostgreSQL is not installed
//   … connect to 127.0.0.1:judge.port as postgres, database postgres …
//   await judge.stop();
import { execFile, spawn } from "node:child_process";
import { chown, mkdtemp, readFile, realpath, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { findClient, hasClient } from "./clients.ts";

const run = promisify(execFile);

export interface RealPostgres {
  readonly port: number;
  /** For psql and pgbench: `-h 127.0.0.1 -p PORT -U postgres`. */
  readonly user: "postgres";
  readonly database: "postgres";
  stop(): Promise<void>;
}

/** Whether the side-by-side tests can run here; with CI=true they must. */
export function hasPostgres(): boolean {
  return hasClient("initdb");
}

/** Starts one; `settings` are passed as `-c name=value`. Answers null where PostgreSQL 15 is not installed. */
export async function startPostgres(settings: Record<string, string> = {}): Promise<RealPostgres | null> {
  const found = findClient("initdb");
  if (found === null) return null;
  // Debian's initdb may be a link elsewhere; the server's other programs stand beside the real one.
  const programs = dirname(await realpath(found));
  const directory = await mkdtemp(join(tmpdir(), "chrondb-judge-"));
  // The server refuses to run as root, so as root it runs as the user its package made.
  const asRoot = userInfo().uid === 0;
  const prefix = asRoot ? ["runuser", "-u", "postgres", "--"] : [];
  const command = (words: string[]): [string, string[]] => {
    const [file = "", ...rest] = [...prefix, ...words];
    return [file, rest];
  };
  if (asRoot) {
    const uid = Number((await run("id", ["-u", "postgres"])).stdout);
    await chown(directory, uid, -1);
  }
  const data = join(directory, "data");
  const initdb = [`${programs}/initdb`, "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"];
  await run(...command(initdb), { cwd: directory });
  const port = await freePort();
  const given = Object.entries({
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    port: String(port),
    timezone: "UTC",
    log_timezone: "UTC",
    ...settings,
  }).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const server = spawn(...command([`${programs}/postgres`, "-D", data, ...given]), { cwd: directory, stdio: "ignore" });
  const ended = new Promise<void>((resolve) => server.once("exit", () => resolve()));
  const stop = async (): Promise<void> => {
    // By its own pid: runuser, which may stand in between, knows no fast shutdown (SIGINT).
    const pid = Number((await readFile(join(data, "postmaster.pid"), "utf8").catch(() => "")).split("\n")[0]);
    if (pid > 0) process.kill(pid, "SIGINT");
    else server.kill();
    await ended;
    await rm(directory, { recursive: true, force: true });
  };
  const deadline = performance.now() + 20_000;
  for (;;) {
    const ready = await run(`${programs}/pg_isready`, ["-q", "-h", "127.0.0.1", "-p", String(port)]).then(
      () => true,
      () => false,
    );
    if (ready) return { port, user: "postgres", database: "postgres", stop };
    if (server.exitCode !== null || performance.now() > deadline) {
      await stop();
      throw new Error(`PostgreSQL did not start on port ${port}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
