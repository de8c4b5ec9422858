// Every limit of SQL over REST, reached by a real client: the answer names it, and it is counted.
import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SqlScene } from "./support.ts";

const LINES = { accept: "application/x-ndjson" };
let scene: SqlScene;
beforeAll(async () => {
  scene = await SqlScene.open({
    ...{ restSqlStatementBytes: 300, restSqlParameters: 3, restSqlBatch: 2, restSqlRows: 10, restSqlBytes: 2_000 },
    ...{ restSqlMs: 20_000, restSqlStallMs: 300, restSqlTransactions: 2, sqlSpoolMemoryBytes: 100_000, sqlSpoolBytes: 1_000_000 },
  });
  await scene.sql("CREATE TABLE t (id int PRIMARY KEY, v text)");
});
afterAll(() => scene.close());

const SLOW = "SELECT count(*) FROM generate_series(1, 4000) a, generate_series(1, 4000) b, generate_series(1, 4000) c";

describe("refused by name, and counted", () => {
  test.each<[limit: string, status: number, body: object]>([
    ["restSqlStatementBytes", 413, { sql: `SELECT '${"x".repeat(300)}'` }],
    ["restSqlStatementBytes", 413, { batch: [{ sql: `SELECT '${"x".repeat(300)}'` }] }],
    ["restSqlParameters", 413, { sql: "SELECT ?, ?, ?, ?", params: [1, 2, 3, 4] }],
    ["restSqlBatch", 413, { batch: [{ sql: "SELECT 1" }, { sql: "SELECT 1" }, { sql: "SELECT 1" }] }],
    ["restSqlBatch", 413, { sql: "SELECT 1; SELECT 1; SELECT 1" }],
    ["restSqlRows", 413, { sql: "SELECT n FROM generate_series(1, 11) n" }],
    ["restSqlBytes", 413, { sql: "SELECT repeat('x', 300) AS t FROM generate_series(1, 8) n" }],
    ["restSqlMs", 504, { sql: SLOW, timeout_ms: 200 }],
  ])("%s", async (limit, status, body) => {
    const before = scene.limitsReached().length;
    const answer = await scene.sql(body);
    expect(answer.status, answer.text).toBe(status);
    expect(answer.json).toMatchObject({ limit, error: expect.stringContaining(`limit ${limit}`) });
    expect(scene.limitsReached().slice(before)).toEqual([limit]);
    expect((await scene.sql("SELECT 1 AS n")).json.rows).toEqual([{ n: 1 }]);
  });

  test("a stream has no end of rows or bytes, but its time", async () => {
    const lines = await scene.lines({ sql: "SELECT repeat('x', 300) AS t FROM generate_series(1, 500) n" });
    expect(lines).toHaveLength(502);
    const late = await scene.sql({ sql: `SELECT 1 AS one; ${SLOW}`, timeout_ms: 300 }, LINES);
    expect(JSON.parse(late.text.trim().split("\n").at(-1) ?? "")).toMatchObject({
      limit: "restSqlMs",
      statement: 2,
      code: "TIMEOUT",
    });
  });

  test("several statements share their time and their rows; what they wrote is rolled back", async () => {
    const both = { sql: "INSERT INTO t VALUES (1, 'x'); SELECT n FROM generate_series(1, 11) n" };
    expect((await scene.sql(both)).json).toMatchObject({ limit: "restSqlRows" });
    expect((await scene.sql({ sql: `INSERT INTO t VALUES (1, 'x'); ${SLOW}`, timeout_ms: 300 })).json).toMatchObject({
      limit: "restSqlMs",
    });
    expect((await scene.sql("SELECT id FROM t")).json.rows).toEqual([]);
  });

  test("a write that is done answers what fits and says that it is cut", async () => {
    const wrote = await scene.sql("INSERT INTO t SELECT n + 100, 'x' FROM generate_series(1, 20) n RETURNING id");
    expect(wrote.json).toMatchObject({ rowCount: 20, command: "INSERT 0 20", truncated: true });
    expect(wrote.json.rows).toHaveLength(10);
  });

  test("restSqlStallMs: a reader that takes nothing is cut off, and the worker is free for others", async () => {
    const before = scene.limitsReached().length;
    const ended = new Promise<string>((resolve) => {
      const asked = request(scene.url("/api/v1/sql"), { method: "POST", headers: LINES }, (response) => {
        response.on("close", () => resolve(response.complete ? "whole" : "cut off"));
        response.on("error", () => undefined);
        setTimeout(() => response.resume(), 1_500);
      });
      asked.on("error", () => undefined);
      asked.end(JSON.stringify({ sql: "SELECT repeat('x', 10000) AS t FROM generate_series(1, 100000) n" }));
    });
    expect(await ended).toBe("cut off");
    expect(scene.limitsReached().slice(before)).toEqual(["restSqlStallMs"]);
    expect((await scene.sql("SELECT count(*)::int AS n FROM t a CROSS JOIN t b")).json.rows).toEqual([{ n: 400 }]);
  });

  test("restSqlTransactions: one too many is 503 and told to try again; a place that is freed is given again", async () => {
    const held = [await scene.begin(), await scene.begin()];
    for (const [path, body] of [
      ["/api/v1/sql/begin", undefined],
      ["/api/v1/sql", { sql: "BEGIN", keep: true }],
    ] as const) {
      const extra = await scene.post(path, body);
      expect(extra).toMatchObject({ status: 503, json: { limit: "restSqlTransactions" } });
      expect(extra.headers.get("retry-after")).toBe("1");
    }
    for (const transaction of held) await scene.post("/api/v1/sql/rollback", { transaction });
    const again = await scene.begin();
    expect((await scene.post("/api/v1/sql/commit", { transaction: again })).status).toBe(200);
  });
});
