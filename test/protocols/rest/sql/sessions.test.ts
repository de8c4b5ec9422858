// Transactions that are kept between requests, over a long time: many at once, abandoned ones, strangers' tokens, a server that
// stops while some are open.
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { SqlScene } from "./support.ts";

test("a hundred at once: each sees its own, each commits once", { timeout: 60_000 }, async () => {
  const scene = await SqlScene.open();
  await scene.sql("CREATE TABLE t (id int PRIMARY KEY, v int)");
  const tokens = await Promise.all(Array.from({ length: 100 }, () => scene.begin()));
  expect(new Set(tokens).size).toBe(100);
  expect((await scene.post("/api/v1/sql/begin", undefined)).json).toMatchObject({ limit: "restSqlTransactions" });
  for (const round of [0, 1, 2]) {
    const wrote = await Promise.all(
      tokens.map((transaction, at) =>
        scene.sql({ sql: "INSERT INTO t VALUES ($1, $2)", params: [at * 10 + round, at], transaction }),
      ),
    );
    expect(new Set(wrote.map(({ status }) => status))).toEqual(new Set([200]));
  }
  const counts = await Promise.all(
    tokens.map((transaction) => scene.sql({ sql: "SELECT count(*)::int AS n FROM t", transaction })),
  );
  expect(counts.map(({ json }) => json.rows)).toEqual(tokens.map(() => [{ n: 3 }]));
  expect((await scene.sql("SELECT count(*)::int AS n FROM t")).json.rows).toEqual([{ n: 0 }]);
  const ended = await Promise.all(
    tokens.map((transaction, at) => scene.post(`/api/v1/sql/${at % 2 === 0 ? "commit" : "rollback"}`, { transaction })),
  );
  expect(new Set(ended.map(({ status }) => status))).toEqual(new Set([200]));
  const versions = ended.flatMap(({ json }) => (json.version === undefined ? [] : [json.version]));
  expect(new Set(versions).size).toBe(50);
  expect((await scene.sql("SELECT count(*)::int AS n, count(DISTINCT v)::int AS v FROM t")).json.rows).toEqual([
    { n: 150, v: 50 },
  ]);
  await scene.close();
});

test("abandoned ones are rolled back after restSqlIdleMs and make room; one that is used stays", {
  timeout: 30_000,
}, async () => {
  const scene = await SqlScene.open({ restSqlIdleMs: 700, restSqlTransactions: 3 });
  await scene.sql("CREATE TABLE t (id int PRIMARY KEY)");
  const [used = "", ...abandoned] = await Promise.all([scene.begin(), scene.begin(), scene.begin()]);
  for (const [at, transaction] of abandoned.entries())
    await scene.sql({ sql: "INSERT INTO t VALUES ($1)", params: [at], transaction });
  for (let at = 0; at < 5; at++) {
    expect((await scene.sql({ sql: "INSERT INTO t VALUES ($1)", params: [100 + at], transaction: used })).status).toBe(200);
    await sleep(250);
  }
  for (const transaction of abandoned) {
    const answer = await scene.sql({ sql: "SELECT 1", transaction });
    expect(answer).toMatchObject({
      status: 404,
      json: { code: "UNKNOWN_TRANSACTION", error: expect.stringContaining("restSqlIdleMs") },
    });
  }
  expect(scene.limitsReached().filter((limit) => limit === "restSqlIdleMs")).toHaveLength(2);
  await scene.post("/api/v1/sql/rollback", { transaction: await scene.begin() });
  expect((await scene.post("/api/v1/sql/commit", { transaction: used })).status).toBe(200);
  expect((await scene.sql("SELECT count(*)::int AS n FROM t")).json.rows).toEqual([{ n: 5 }]);
  await scene.close();
});

test("a token is its caller's alone", async () => {
  const scene = await SqlScene.open({}, { user: "ada", password: "x" });
  const as = (user: string): Record<string, string> => ({
    authorization: `Basic ${Buffer.from(`${user}:x`).toString("base64")}`,
  });
  const transaction = await scene.begin(as("ada"));
  for (const path of ["", "/commit", "/rollback"]) {
    const body = path === "" ? { sql: "SELECT 1", transaction } : { transaction };
    expect(await scene.post(`/api/v1/sql${path}`, body, as("eve"))).toMatchObject({
      status: 404,
      json: { code: "UNKNOWN_TRANSACTION" },
    });
  }
  expect((await scene.sql({ sql: "SELECT current_user AS who", transaction }, as("ada"))).json.rows).toEqual([{ who: "ada" }]);
  expect((await scene.post("/api/v1/sql/commit", { transaction }, as("ada"))).status).toBe(200);
  expect((await scene.sql("SELECT 1")).status).toBe(401);
  await scene.close();
});

test("a server that stops rolls back what is open, answers what it took, and does not wait for idle ones", async () => {
  const scene = await SqlScene.open({ drainMs: 25_000 });
  await scene.sql("CREATE TABLE t (id int PRIMARY KEY)");
  const tokens = await Promise.all(Array.from({ length: 10 }, () => scene.begin()));
  for (const [at, transaction] of tokens.entries())
    await scene.sql({ sql: "INSERT INTO t VALUES ($1)", params: [at], transaction });
  // Once its first line is there, the server has taken it.
  const running = await fetch(scene.url("/api/v1/sql"), {
    method: "POST",
    headers: { accept: "application/x-ndjson" },
    body: JSON.stringify({ sql: "SELECT 1 AS one; SELECT count(*)::int AS n FROM generate_series(1, 200000) n" }),
  });
  const began = performance.now();
  await scene.door.drain();
  expect(performance.now() - began).toBeLessThan(20_000);
  expect(await running.text()).toMatch(/\[200000\]\n\{"command":"SELECT 1","rowCount":1\}\n$/);
  const left = scene.room.session();
  expect(await left.rows("SELECT count(*) FROM t")).toEqual([["0"]]);
  await scene.room.close();
});
