// Starts the real server as its own process, on free ports, and knows it by its pid. `await server.stop()` in the test's end;
// a server that a failed test leaves behind dies with the test process.
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

const ROOT = join(import.meta.dirname, "../..");
const START_MS = 30_000;
const STOP_MS = 30_000;
/** Of what the server said, what an error shows. */
const TAIL = 4000;

export interface ServerOptions {
  readonly dataDir: string;
  /** More arguments of `chrondb server`. */
  readonly args?: readonly string[];
  /** More environment; CHRONDB_* variables of the surroundings are not passed on. */
  readonly env?: Readonly<Record<string, string>>;
  readonly logLevel?: string;
  /** Milliseconds it may take to end. */
  readonly stopMs?: number;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface RunningServer {
  readonly rest: number;
  readonly redis: number;
  readonly pg: number;
  readonly pid: number;
  readonly dataDir: string;
  /** Resolves when the process has ended, for whatever reason. */
  readonly exited: Promise<Exit>;
  /** The end of what it wrote to standard error. */
  stderr(): string;
  /** SIGTERM; resolves when it has drained. Throws unless it exits with 0. */
  stop(): Promise<void>;
  /** Sends a signal and waits for the end. */
  kill(signal?: NodeJS.Signals): Promise<Exit>;
}

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const ports = ["--rest-port", "0", "--redis-port", "0", "--pg-port", "0"];
  const args = [
    "server",
    "--data-dir",
    options.dataDir,
    ...ports,
    "--log-level",
    options.logLevel ?? "warn",
    ...(options.args ?? []),
  ];
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", join(ROOT, "src/main.ts"), ...args], {
    cwd: ROOT,
    env: environment(options.env ?? {}),
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  let said = "";
  child.stderr.setEncoding("utf8");
  child.stderr.on("data", (text: string) => {
    said = (said + text).slice(-TAIL);
  });
  const exited = new Promise<Exit>((resolve) => {
    child.once("close", (code, signal) => {
      running.delete(child);
      resolve({ code, signal });
    });
  });
  const ready = await readyLine(child, exited, () => said);
  const kill = async (signal: NodeJS.Signals = "SIGKILL"): Promise<Exit> => {
    child.kill(signal);
    const stopMs = options.stopMs ?? STOP_MS;
    return within(exited, stopMs, () => new Error(`The server did not end ${stopMs} ms after ${signal}: ${said}`));
  };
  return {
    rest: ready.rest ?? 0,
    redis: ready.redis ?? 0,
    pg: ready.pg ?? 0,
    pid: ready.pid,
    dataDir: options.dataDir,
    exited,
    stderr: () => said,
    stop: async () => {
      const { code, signal } = await kill("SIGTERM");
      if (code !== 0) throw new Error(`The server ended with ${code ?? signal} after SIGTERM: ${said}`);
    },
    kill,
  };
}

interface Ready {
  readonly rest: number | null;
  readonly redis: number | null;
  readonly pg: number | null;
  readonly pid: number;
}

async function readyLine(child: ChildProcess, exited: Promise<Exit>, said: () => string): Promise<Ready> {
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const first = new Promise<Ready>((resolve) => {
    lines.once("line", (line) => resolve(JSON.parse(line) as Ready));
  });
  const ended = exited.then(({ code, signal }) => {
    throw new Error(`The server ended with ${code ?? signal} before it was ready: ${said()}`);
  });
  try {
    return await within(
      Promise.race([first, ended]),
      START_MS,
      () => new Error(`The server was not ready in ${START_MS} ms: ${said()}`),
    );
  } catch (thrown) {
    child.kill("SIGKILL");
    throw thrown;
  }
}

async function within<T>(work: Promise<T>, ms: number, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(late()), ms);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

/** The surroundings without what would change the server: its own variables and the test runner's. */
export function environment(more: Readonly<Record<string, string>>): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && !/^(CHRONDB_|VITEST|NODE_OPTIONS$|NODE_ENV$|PG[A-Z]+$|REDISCLI_)/.test(name)) env[name] = value;
  }
  return { ...env, ...more };
}
