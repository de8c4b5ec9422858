// Promise 3: with log and SQLite gone, a stock `git clone --mirror` alone gives the state back, table by table, history included.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import { DEFAULT_LIMITS } from "../../src/base/limits.ts";
import { compareStates } from "../../src/state/compare.ts";
import { requireClient } from "../support/clients.ts";
import { startServer } from "../support/ready-server.ts";

const scratch = mkdtempSync(join(tmpdir(), "chrondb-rebuild-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const chrondb = fileURLToPath(new URL("../../bin/chrondb", import.meta.url));

it("a mirror clone rebuilds into an equal state, and the server goes on from there", async () => {
  for (const client of ["redis-cli", "psql", "git"]) requireClient(client);
  const data = join(scratch, "data");
  const server = await startServer({ dataDir: data });
  const redis = (...args: string[]): string =>
    execFileSync("redis-cli", ["-p", String(server.redis), ...args], { encoding: "utf8" });
  const psql = (statement: string): string =>
    execFileSync(
      "psql",
      ["-X", "-q", "-h", "127.0.0.1", "-p", String(server.pg), "-U", "chrondb", "-d", "chrondb", "-v", "ON_ERROR_STOP=1"],
      {
        encoding: "utf8",
        input: statement,
      },
    );
  psql(
    "CREATE TABLE item (id int PRIMARY KEY, name text NOT NULL, price numeric(10,2) DEFAULT 1.50, made timestamptz DEFAULT now(), UNIQUE (name));",
  );
  for (let at = 1; at <= 30; at++) psql(`INSERT INTO item (id, name) VALUES (${at}, 'item ${at}');`);
  psql("UPDATE item SET price = price * 2 WHERE id <= 10; DELETE FROM item WHERE id > 25;");
  psql("BEGIN; INSERT INTO item (id, name) VALUES (100, 'a hundred'); UPDATE item SET name = 'the first' WHERE id = 1; COMMIT;");
  redis("SET", "plain", "text");
  redis("SET", "plain", "text");
  redis("SET", "user:1", '{"name" : "spaced" , "n": 1.10}');
  redis("HSET", "user:2", "name", "Jane", "city", "Zürich");
  redis("SET", "gone:1", "x", "PX", "30");
  redis("SET", "later:1", "y", "EX", "1000");
  redis("SET", `long:${"k".repeat(1000)}`, "z");
  redis("DEL", "plain");
  execFileSync("redis-cli", ["-p", String(server.redis), "-x", "SET", "raw:1"], { input: Buffer.from([255, 0, 1]) });
  psql("CREATE TABLE doomed (id text PRIMARY KEY, v int); INSERT INTO doomed VALUES ('a', 1); DROP TABLE doomed;");
  await fetch(`http://127.0.0.1:${server.rest}/api/v1/save`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-chrondb-user": "ann",
      "x-chrondb-flags": "a,b",
      "x-request-id": "r-1",
      "x-chrondb-message": "Changed by hand",
    },
    body: '{"id":"user:3","deep":{"a":[1,2,{"b":null}]}}',
  });
  await new Promise((resolve) => setTimeout(resolve, 400));
  await server.stop();

  const rebuilt = join(scratch, "rebuilt");
  execFileSync("git", ["clone", "--quiet", "--mirror", data, rebuilt]);
  execFileSync("sh", [chrondb, "rebuild", "--data-dir", rebuilt], { stdio: "pipe" });
  expect(compareStates(join(data, ".chrondb", "state.db"), join(rebuilt, ".chrondb", "state.db"), DEFAULT_LIMITS)).toEqual([]);

  const again = await startServer({ dataDir: rebuilt });
  const read = (...args: string[]): string =>
    execFileSync("redis-cli", ["-p", String(again.redis), ...args], { encoding: "utf8" }).trim();
  expect(read("GET", "user:1")).toBe('{"name" : "spaced" , "n": 1.10}');
  expect(read("HGET", "user:2", "city")).toBe("Zürich");
  expect(read("SET", "user:1", "new")).toBe("OK");
  await again.stop();
  const count = (directory: string): number =>
    Number(execFileSync("git", ["--git-dir", directory, "rev-list", "--count", "main"], { encoding: "utf8" }));
  expect(count(rebuilt)).toBe(count(data) + 1);
  expect(execFileSync("git", ["--git-dir", rebuilt, "fsck", "--full", "--strict"], { encoding: "utf8" })).not.toMatch(
    /error|missing/,
  );
}, 120_000);
