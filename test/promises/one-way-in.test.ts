// Promise 8: what a declared table forbids, it forbids on every door.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasClient, requireClient } from "../support/clients.ts";
import { type RunningServer, startServer } from "../support/ready-server.ts";

const scratch = mkdtempSync(join(tmpdir(), "chrondb-way-"));
let server: RunningServer;

function psql(statement: string): { out: string; err: string } {
  const args = [
    "-X",
    "-A",
    "-t",
    "-h",
    "127.0.0.1",
    "-p",
    String(server.pg),
    "-U",
    "chrondb",
    "-d",
    "chrondb",
    "-v",
    "VERBOSITY=verbose",
    "-c",
    statement,
  ];
  const { stdout, stderr } = spawnSync("psql", args, { encoding: "utf8" });
  return { out: stdout.trim(), err: stderr };
}
function redis(...args: string[]): string {
  return execFileSync("redis-cli", ["-p", String(server.redis), ...args], { encoding: "utf8" }).trim();
}
async function rest(path: string, body: string): Promise<{ status: number; body: { code?: string; error?: string } }> {
  const answer = await fetch(`http://127.0.0.1:${server.rest}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  return { status: answer.status, body: (await answer.json()) as { code?: string } };
}

const CLIENTS = ["redis-cli", "psql"];
const isComplete = CLIENTS.every(hasClient);

beforeAll(async () => {
  if (!isComplete) return;
  server = await startServer({ dataDir: join(scratch, "data") });
  const { err } = psql("CREATE TABLE person (id int PRIMARY KEY, email text NOT NULL UNIQUE, age int, level text DEFAULT 'new')");
  expect(err).toBe("");
  expect(psql("INSERT INTO person (id, email, age) VALUES (1, 'ann@example.com', 30)").out).toBe("INSERT 0 1");
});
afterAll(async () => {
  if (isComplete) await server.stop();
  rmSync(scratch, { recursive: true, force: true });
});

describe("a declared table's rules hold on every door", () => {
  it("UNIQUE", async () => {
    for (const client of CLIENTS) requireClient(client);
    expect(psql("INSERT INTO person (id, email) VALUES (2, 'ann@example.com')").err).toMatch(/23505/);
    expect(redis("SET", "person:2", '{"email":"ann@example.com"}')).toMatch(/duplicate key value violates unique constraint/);
    expect(redis("HSET", "person:2", "email", "ann@example.com")).toMatch(/duplicate key/);
    expect(await rest("/api/v1/save", '{"id":"person:2","email":"ann@example.com"}')).toMatchObject({
      status: 409,
      body: { code: "UNIQUE_VIOLATION" },
    });
    expect(
      await rest("/api/v1/documents/import", '[{"id":"other:1"},{"id":"person:2","email":"ann@example.com"}]'),
    ).toMatchObject({ status: 409 });
    expect(redis("EXISTS", "other:1"), "an import is one transaction").toBe("0");
  });

  it("NOT NULL", async () => {
    for (const client of CLIENTS) requireClient(client);
    expect(psql("INSERT INTO person (id, age) VALUES (3, 1)").err).toMatch(/23502/);
    expect(redis("SET", "person:3", '{"age":1}')).toMatch(/Column "email" of table "person"/);
    expect(await rest("/api/v1/save", '{"id":"person:3","age":1}')).toMatchObject({
      status: 409,
      body: { code: "NOT_NULL_VIOLATION" },
    });
  });

  it("types", async () => {
    for (const client of CLIENTS) requireClient(client);
    expect(psql("INSERT INTO person (id, email, age) VALUES (4, 'd', 'old')").err).toMatch(/22P02/);
    expect(redis("SET", "person:4", '{"email":"d","age":"old"}')).toMatch(/invalid input syntax for type integer/);
    expect(redis("SET", "person:x", '{"email":"d"}')).toMatch(/invalid input syntax for type integer/);
    expect(await rest("/api/v1/save", '{"id":"person:4","email":"d","age":"old"}')).toMatchObject({
      status: 400,
      body: { code: "TYPE_VIOLATION" },
    });
  });

  it("defaults are filled in", async () => {
    for (const client of CLIENTS) requireClient(client);
    expect(redis("SET", "person:5", '{"email":"e"}')).toBe("OK");
    expect(psql("SELECT level FROM person WHERE id = 5").out).toBe("new");
    expect((await rest("/api/v1/save", '{"id":"person:6","email":"f"}')).status).toBe(200);
    expect(psql("SELECT level FROM person WHERE id = 6").out).toBe("new");
  });

  it("only documents", () => {
    for (const client of CLIENTS) requireClient(client);
    expect(redis("SET", "person:7", "plain")).toMatch(/only JSON objects/);
  });
});
