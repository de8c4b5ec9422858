// A real Redis 7 for side-by-side tests: nothing on disk, a free port, stopped when its test is.
//
//   const judge = await startRedis();          // null where redis-server is not installed
//   … connect to 127.0.0.1:judge.port …
//   await judge.stop();
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findClient } from "./clients.ts";

export interface RealRedis {
  readonly port: number;
  stop(): Promise<void>;
}

const START_MS = 10_000;

/** Starts one; `args` are appended to its command line. Answers null where redis-server is not installed. */
export async function startRedis(args: readonly string[] = []): Promise<RealRedis | null> {
  const program = findClient("redis-server");
  if (program === null) return null;
  const directory = await mkdtemp(join(tmpdir(), "chrondb-redis-"));
  const port = await freePort();
  const settings = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", ...args];
  // The shell ends the server when its own input ends, so that a killed test process leaves no server behind.
  const guard = '"$@" & child=$!; cat; kill $child; wait $child';
  const server = spawn("/bin/sh", ["-c", guard, "sh", program, ...settings], {
    cwd: directory,
    stdio: ["pipe", "ignore", "ignore"],
  });
  const ended = new Promise<void>((resolve) => server.once("exit", () => resolve()));
  const stop = async (): Promise<void> => {
    server.stdin.end();
    await ended;
    await rm(directory, { recursive: true, force: true });
  };
  const deadline = performance.now() + START_MS;
  while (!(await answers(port))) {
    if (performance.now() > deadline) {
      await stop();
      throw new Error(`redis-server did not start on port ${port}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { port, stop };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
