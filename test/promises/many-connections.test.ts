// Ten thousand real connections on one door, with the limits as they are shipped: those within are served, each one past is told
// so in its protocol's words, and every door serves on meanwhile and after.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DEFAULT_LIMITS } from "../../src/base/limits.ts";
import { startup } from "../protocols/postgres/support/raw-client.ts";
import { type RunningServer, startServer } from "../support/ready-server.ts";

/** Connections being made at a time: fewer than a listening socket keeps waiting. */
const AT_ONCE = 100;
const MANY = 10_000;
/** Files the server and this process need beside the connections. */
const OTHER_FILES = 500;

const files = Number(execFileSync("sh", ["-c", "ulimit -n"], { encoding: "utf8" }).trim().replace("unlimited", "1000000000"));
const hasFiles = files >= MANY + OTHER_FILES;

const scratch = mkdtempSync(join(tmpdir(), "chrondb-many-"));
let server: RunningServer;
beforeAll(async () => {
  server = await startServer({ dataDir: join(scratch, "data"), logLevel: "error" });
});
afterAll(async () => {
  await server.stop();
  rmSync(scratch, { recursive: true, force: true });
});

interface Held {
  readonly sockets: Socket[];
  /** First answers -> how many got it. */
  readonly answers: Map<string, number>;
}

/** Opens `count` connections, each of which sends `first` and waits for an answer. */
async function open(port: number, count: number, first: string | Buffer, kind: (answer: string) => string): Promise<Held> {
  const sockets: Socket[] = [];
  const answers = new Map<string, number>();
  const one = (): Promise<void> =>
    new Promise((resolve) => {
      const socket = connect({ port, host: "127.0.0.1" });
      sockets.push(socket);
      socket.once("connect", () => socket.write(first));
      socket.once("data", (chunk: Buffer) => {
        const told = kind(chunk.toString("latin1"));
        answers.set(told, (answers.get(told) ?? 0) + 1);
        resolve();
      });
      socket.on("error", () => resolve());
      socket.on("close", () => resolve());
    });
  let left = count;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (left-- > 0) await one();
    }),
  );
  return { sockets, answers };
}

async function close({ sockets }: Held): Promise<void> {
  await Promise.all(
    sockets.map(
      (socket) =>
        new Promise<void>((resolve) => {
          if (socket.closed) resolve();
          else socket.once("close", () => resolve()).destroy();
        }),
    ),
  );
}

const PING = "*1\r\n$4\r\nPING\r\n";
const HEALTHZ = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
const HELLO = startup({ user: "ada", database: "chrondb" });
const redisKind = (answer: string): string => answer.trim();
const restKind = (answer: string): string => answer.slice(9, 12);
const pgKind = (answer: string): string => (answer.startsWith("R") ? "welcome" : (/C53300/.exec(answer)?.[0] ?? answer));

const DOORS = [
  {
    door: "redis",
    count: MANY + 20,
    limit: DEFAULT_LIMITS.redisConnections,
    first: PING,
    kind: redisKind,
    yes: "+PONG",
    no: "-ERR max number of clients reached",
  },
  { door: "rest", count: 1_200, limit: DEFAULT_LIMITS.restConnections, first: HEALTHZ, kind: restKind, yes: "200", no: "503" },
  { door: "pg", count: 700, limit: DEFAULT_LIMITS.pgConnections, first: HELLO, kind: pgKind, yes: "welcome", no: "C53300" },
] as const;

async function serves(door: (typeof DOORS)[number]): Promise<void> {
  const held = await open(server[door.door], 1, door.first, door.kind);
  expect([...held.answers]).toEqual([[door.yes, 1]]);
  await close(held);
}

describe("past the limit, politely", () => {
  test.for(DOORS)("$count connections on $door", async (door, context) => {
    if (!hasFiles) context.skip(`needs ${MANY + OTHER_FILES} open files and may have ${files} (ulimit -n)`);
    const held = await open(server[door.door], door.count, door.first, door.kind);
    expect(Object.fromEntries(held.answers)).toEqual({ [door.yes]: door.limit, [door.no]: door.count - door.limit });
    for (const other of DOORS) if (other !== door) await serves(other);
    await close(held);
    await expect
      .poll(() =>
        open(server[door.door], 1, door.first, door.kind).then(async (again) => {
          await close(again);
          return [...again.answers.keys()][0];
        }),
      )
      .toBe(door.yes);
  });
});
