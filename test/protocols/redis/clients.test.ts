// Client libraries and tools that people use, against the door.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { requireClient } from "../../support/clients.ts";
import { type DoorRoom, GUARDED, openDoor } from "./room.ts";

const run = promisify(execFile);

let room: DoorRoom;
beforeAll(async () => {
  room = await openDoor({ auth: GUARDED });
});
afterAll(() => room.close());

test("ioredis: commands, pipelines, transactions, scans", async () => {
  const redis = new Redis({
    host: "127.0.0.1",
    port: room.door.port,
    password: "secret",
    username: "app",
    connectionName: "tests",
    lazyConnect: true,
  });
  await redis.connect();
  expect(await redis.set("user:1", "\u00e9\ud83d\ude00", "EX", 100)).toBe("OK");
  expect(await redis.get("user:1")).toBe("\u00e9\ud83d\ude00");
  await redis.hset("h", { a: "1", b: "2" });
  expect(await redis.hgetall("h")).toEqual({ a: "1", b: "2" });
  const piped = await redis.pipeline().incr("n").incr("n").get("n").exec();
  expect(piped).toEqual([
    [null, 1],
    [null, 2],
    [null, "2"],
  ]);
  const done = await redis.multi().set("a", "x").incr("a").exec();
  expect(done?.[0]).toEqual([null, "OK"]);
  expect(String(done?.[1]?.[0])).toContain("not an integer");
  const keys: string[] = [];
  for await (const page of redis.scanStream({ match: "user:*", count: 5 })) keys.push(...(page as string[]));
  expect(keys).toEqual(["user:1"]);
  expect(await redis.client("GETNAME")).toBe("tests");
  const blob = Buffer.from([0, 255, 13, 10, 200]);
  await redis.set("blob", blob);
  expect((await redis.getBuffer("blob"))?.equals(blob)).toBe(true);
  await redis.quit();
});

test("redis-cli reads and writes, and asks for documentation", async () => {
  const cli = requireClient("redis-cli");
  const ask = async (...args: string[]): Promise<string> => {
    const { stdout } = await run(cli, ["-p", String(room.door.port), "-a", "secret", "--no-auth-warning", ...args]);
    return stdout.trim();
  };
  expect(await ask("SET", "cli:1", '{"a":1}')).toBe("OK");
  expect(await ask("-3", "GET", "cli:1")).toBe('{"a":1}');
  expect(await ask("HGET", "cli:1", "a")).toBe("1");
  expect(await ask("COMMAND", "DOCS", "get")).toContain("summary");
  expect(await ask("INFO", "server")).toContain("redis_version:7.2.4");
  expect(await ask("--scan", "--pattern", "cli:*")).toBe("cli:1");
  expect(await ask("--bigkeys")).toContain("Sampled");
});

test("redis-benchmark runs", async () => {
  const benchmark = requireClient("redis-benchmark");
  const { stdout } = await run(benchmark, [
    "-p",
    String(room.door.port),
    "-a",
    "secret",
    "-n",
    "500",
    "-c",
    "5",
    "-P",
    "10",
    "-t",
    "set,get,incr,hset,mset",
    "--csv",
  ]);
  for (const name of ["SET", "GET", "INCR", "HSET"]) expect(stdout).toContain(`"${name}"`);
});
