// POST /api/v1/sql and the transactions beside it, over a real SQL room.
import { execFile } from "node:child_process";
import { request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { requireClient } from "../../../support/clients.ts";
import { SqlScene } from "../sql/support.ts";

const run = promisify(execFile);
const LINES = { accept: "application/x-ndjson" };
let scene: SqlScene;
beforeAll(async () => {
  scene = await SqlScene.open();
  await scene.sql("CREATE TABLE item (id int PRIMARY KEY, price numeric(10,2) NOT NULL, name text, tags text[])");
});
afterAll(() => scene.close());

async function git(...args: string[]): Promise<string> {
  return (await run(requireClient("git"), ["-C", scene.room.directory, ...args])).stdout;
}

const count = async (): Promise<unknown> => (await scene.sql("SELECT count(*)::int AS n FROM item")).json.rows;

describe("answers", () => {
  test("typed values, numbers as written, columns with PostgreSQL's names of types", async () => {
    const sql =
      "SELECT 1 AS i, 1.10 AS n, 12345678901234567890123 AS big, true AS t, NULL AS z, 'x' AS s, 'NaN'::float8 AS nan, " +
      `'{"a": 1.50}'::jsonb AS j, ARRAY[1,NULL] AS a, ARRAY[['x','y z'],['"',',']] AS b, date '2026-01-02' AS d, '5'::varchar(7) AS v`;
    const { status, text, json } = await scene.sql({ sql });
    expect(status).toBe(200);
    expect(text).toContain(
      '"rows":[{"i":1,"n":1.10,"big":12345678901234567890123,"t":true,"z":null,"s":"x","nan":"NaN","j":{"a": 1.50},' +
        '"a":[1,null],"b":[["x","y z"],["\\"",","]],"d":"2026-01-02","v":"5"}]',
    );
    expect((json.columns as { type: string }[]).map(({ type }) => type)).toEqual([
      ...["integer", "numeric", "numeric", "boolean", "text", "text", "double precision", "jsonb", "integer[]", "text[]", "date"],
      "character varying(7)",
    ]);
    expect(json).toMatchObject({ command: "SELECT 1", rowCount: 1 });
    expect((await scene.sql({ sql: "SELECT 1.10 AS a, true AS a", rows: "arrays" })).text).toContain('"rows":[[1.10,true]]');
    expect((await scene.sql({ sql: "SELECT 1.10 AS a, true AS a", rows: "text" })).text).toContain('"rows":[["1.10","t"]]');
    expect((await scene.sql("SELECT 1 AS a, 2 AS a")).json).toMatchObject({ code: "INVALID_ARGUMENT", sqlstate: "42701" });
  });

  test("a write has its version, ETag, and under ?wait=commit its commit; its words end in the note", async () => {
    const headers = {
      "x-chrondb-user": "ann",
      "x-chrondb-origin": "Shop",
      "x-chrondb-flags": "a,b",
      "x-chrondb-message": "New item",
      "x-request-id": "r-1",
    };
    const wrote = await scene.post(
      "/api/v1/sql?wait=commit",
      { sql: "INSERT INTO item VALUES (?, ?, ?, ?)", params: [1, 2.5, "one", ["x", 'y"z']] },
      headers,
    );
    const { version, commit } = wrote.json as { version: number; commit: string };
    expect(wrote.headers.get("etag")).toBe(`"${version}"`);
    expect(wrote.headers.get("x-chrondb-commit")).toBe(commit);
    expect(await git("log", "-1", "--format=%s", commit)).toBe("New item\n");
    expect(JSON.parse(await git("notes", "--ref=chrondb", "show", commit))).toMatchObject({
      ...{ origin: "shop", user: "ann", request_id: "r-1", flags: ["a", "b"], operation: "insert" },
      metadata: { http: { method: "POST", path: "/api/v1/sql" }, endpoint: "/api/v1/sql" },
    });
    expect((await scene.sql("SELECT * FROM item WHERE id = 1")).text).toContain(
      '"rows":[{"id":1,"price":2.50,"name":"one","tags":["x","y\\"z"]}]',
    );
    const correlated = await scene.post(
      "/api/v1/sql?wait=commit",
      { sql: "UPDATE item SET name = 'uno' WHERE id = 1" },
      {
        "x-correlation-id": "c-1",
      },
    );
    expect(JSON.parse(await git("notes", "--ref=chrondb", "show", String(correlated.json.commit)))).toMatchObject({
      request_id: "c-1",
      origin: "rest",
    });
    const read = await scene.sql("SELECT 1");
    expect([read.json.version, read.headers.get("etag")]).toEqual([undefined, null]);
  });

  test("parameters: three styles, numbers with every digit, json, arrays, null", async () => {
    const wanted = '"rows":[{"a":12345678901234567890.10,"b":{"k": [1.0]},"c":[1,2],"d":null,"e":"x"}]';
    const columns = (a: string, b: string, c: string, d: string, e: string): string =>
      `SELECT ${a}::numeric AS a, ${b}::jsonb AS b, ${c}::int[] AS c, ${d}::text AS d, ${e} AS e`;
    const list = '[12345678901234567890.10,{"k":[1.0]},[1,2],null,"x"]';
    const body = (sql: string, params: string): string => `{"sql":${JSON.stringify(sql)},"params":${params}}`;
    expect((await scene.sql(body(columns("?", "?", "?", "?", "?"), list))).text).toContain(wanted);
    expect((await scene.sql(body(columns("$1", "$2", "$3", "$4", "$5"), list))).text).toContain(wanted);
    const named = '{"a":12345678901234567890.10,"b":{"k":[1.0]},"c":[1,2],"d":null,"e":"x"}';
    expect((await scene.sql(body(columns(":a", ":b", ":c", ":d", ":e"), named))).text).toContain(wanted);
    expect((await scene.sql({ sql: `SELECT '{"k":1}'::jsonb ? 'k' AS has` })).json.rows).toEqual([{ has: true }]);
    expect((await scene.sql({ sql: `SELECT '{"k":1}'::jsonb ? ? AS has`, params: ["k"] })).json.rows).toEqual([{ has: true }]);
    expect(await scene.sql("SELECT $1")).toMatchObject({ status: 400, json: { sqlstate: "08P01" } });
  });
});

describe("several statements", () => {
  test("are one transaction, whose answers are a list", async () => {
    const before = await count();
    const failed = await scene.sql("INSERT INTO item VALUES (50, 1); INSERT INTO item VALUES (50, 2)");
    expect(failed).toMatchObject({ status: 409, json: { code: "UNIQUE_VIOLATION", sqlstate: "23505", statement: 2 } });
    expect(await count()).toEqual(before);
    const { json } = await scene.sql("INSERT INTO item VALUES (50, 1); SELECT id FROM item WHERE id = 50");
    expect(json.results).toMatchObject([{ command: "INSERT 0 1" }, { rows: [{ id: 50 }] }]);
    expect(typeof json.version).toBe("number");
  });

  test("a batch is one transaction and one commit", async () => {
    const batch = [51, 52, 53].map((id) => ({ sql: "INSERT INTO item VALUES (:id, 1)", params: { id } }));
    const { json } = await scene.post("/api/v1/sql?wait=commit", { batch });
    expect((await git("show", "--name-only", "--format=", String(json.commit))).trim().split("\n")).toHaveLength(3);
    const before = await count();
    const failed = await scene.sql({ batch: [{ sql: "INSERT INTO item VALUES (54, 1)" }, { sql: "SELECT nope" }] });
    expect(failed).toMatchObject({ status: 400, json: { statement: 2, sqlstate: "42703", position: 8 } });
    expect(await count()).toEqual(before);
    for (const sql of ["BEGIN", "/* x */ COMMIT", "rollback"]) {
      expect(await scene.sql({ batch: [{ sql }] }), sql).toMatchObject({ status: 400, json: { sqlstate: "2D000" } });
    }
  });

  test("a transaction that is left open is rolled back and said so", async () => {
    expect(await scene.sql("BEGIN; INSERT INTO item VALUES (60, 1)")).toMatchObject({ status: 400, json: { sqlstate: "25000" } });
    expect((await scene.sql("SELECT 1 AS n FROM item WHERE id = 60")).json.rows).toEqual([]);
    expect((await scene.sql("BEGIN; INSERT INTO item VALUES (60, 1); COMMIT")).status).toBe(200);
    expect((await scene.sql("SELECT 1 AS n FROM item WHERE id = 60")).json.rows).toEqual([{ n: 1 }]);
  });
});

describe("errors", () => {
  test.each([
    ["SELEC 1", 400, { code: "SQL_ERROR", sqlstate: "42601", position: 1 }],
    ["SELECT 'é', nope FROM item", 400, { code: "SQL_ERROR", sqlstate: "42703", position: 13 }],
    ["SELECT * FROM nowhere", 404, { code: "UNKNOWN_TABLE", sqlstate: "42P01", position: 15 }],
    ["SELECT 1/0", 400, { sqlstate: "22012" }],
    ["SELECT 1; SELECT 1; SELECT nope", 400, { sqlstate: "42703", statement: 3, position: 28 }],
    ["INSERT INTO item (id) VALUES (99)", 409, { code: "NOT_NULL_VIOLATION", sqlstate: "23502", table: "item", column: "price" }],
    ["SELECT 'abc", 400, { sqlstate: "42601" }],
    ["COPY item FROM STDIN", 501, { sqlstate: "0A000", code: "NOT_SUPPORTED" }],
    ["COPY item TO STDOUT", 501, { sqlstate: "0A000", code: "NOT_SUPPORTED" }],
    ["SELECT 1 WHERE false AND ?", 400, { sqlstate: "42601" }],
    ["-- nothing", 400, { code: "INVALID_ARGUMENT" }],
    ["", 400, { code: "INVALID_ARGUMENT" }],
  ])("%s", async (sql, status, json) => {
    expect(await scene.sql({ sql })).toMatchObject({ status, json });
  });

  test("positions count in the text that was sent, placeholders and all", async () => {
    const sql = "SELECT :a_long_name::int; SELECT :a_long_name::int, nope";
    const { json } = await scene.sql({ sql, params: { a_long_name: 1 } });
    expect(json).toMatchObject({ sqlstate: "42703", position: sql.indexOf("nope") + 1 });
  });

  test.each([
    ["{", /Invalid JSON/],
    ["[]", /JSON object/],
    ['{"query":"SELECT 1"}', /has a member "query"; it takes "sql"/],
    ['{"sql":1}', /no text of a statement/],
    ['{"sql":"SELECT 1","batch":[]}', /one or the other/],
    ['{"batch":[1]}', /Element 1 of "batch"/],
    ['{"batch":[{"sql":"SELECT 1","rows":"text"}]}', /Element 1 of "batch" has a member "rows"/],
    ['{"batch":[]}', /no statement/],
    ['{"sql":"SELECT 1","rows":"csv"}', /"rows" must be one of/],
    ['{"sql":"SELECT 1","keep":1}', /"keep" must be/],
    ['{"sql":"SELECT 1","timeout_ms":0}', /restSqlMs/],
    ['{"sql":"SELECT 1","transaction":5}', /"transaction" must be/],
  ])("the body %s", async (body, message) => {
    const answer = await scene.post("/api/v1/sql", body);
    expect(answer.status).toBe(400);
    expect(answer.json.error).toMatch(message);
  });

  test("a past state is refused by name; an unknown branch and tenant as on other routes", async () => {
    expect(await scene.post("/api/v1/sql?at=1", { sql: "SELECT 1" })).toMatchObject({ status: 501, json: { feature: "at" } });
    expect((await scene.post("/api/v1/sql?branch=dev", { sql: "SELECT 1" })).status).toBe(404);
    expect((await scene.post("/api/v1/sql?tenant=none", { sql: "SELECT 1" })).status).toBe(404);
  });
});

describe("lines", () => {
  test("columns, a line a row, the tag; a write's version in the last line", async () => {
    expect(await scene.lines({ sql: "SELECT n, n::text AS t FROM generate_series(1, 2) AS n" })).toEqual([
      {
        columns: [
          { name: "n", type: "integer", oid: 23 },
          { name: "t", type: "text", oid: 25 },
        ],
      },
      [1, "1"],
      [2, "2"],
      { command: "SELECT 2", rowCount: 2 },
    ]);
    expect(await scene.lines({ sql: `SELECT '{"a":\n1}'::json AS columns`, rows: "objects" })).toMatchObject([
      { columns: [{ name: "columns" }] },
      { row: { columns: { a: 1 } } },
      { command: "SELECT 1" },
    ]);
    const wrote = await scene.lines({ sql: "INSERT INTO item VALUES (70, 1) RETURNING id; SELECT 1 AS one" });
    expect(wrote).toMatchObject([
      { columns: [{ name: "id" }] },
      [70],
      { command: "INSERT 0 1" },
      { columns: [{ name: "one" }] },
      [1],
      { command: "SELECT 1", version: expect.any(Number) },
    ]);
  });

  test("an error before the first line is an error's answer; later it is the last line", async () => {
    expect(await scene.sql("SELECT nope", LINES)).toMatchObject({ status: 400, json: { sqlstate: "42703" } });
    const lines = await scene.lines({ sql: "INSERT INTO item VALUES (71, 1); SELECT 1/0" });
    expect(lines.at(-1)).toMatchObject({ sqlstate: "22012", statement: 2, code: "SQL_ERROR", request_id: expect.any(String) });
    expect((await scene.sql("SELECT id FROM item WHERE id = 71")).json.rows).toEqual([]);
  });

  test("three million rows to a reader that stops; a client that hangs up frees the worker", async () => {
    const reading = await open({ sql: "SELECT n, repeat('x', 100) AS t FROM generate_series(1, 3000000) AS n" });
    await sleep(300);
    expect(reading.socketBytes()).toBeLessThan(8 * 1024 * 1024);
    reading.destroy();
    // There is one worker: the next statement that needs it must get it.
    const after = await scene.sql({ sql: "SELECT count(*)::int AS n FROM item a CROSS JOIN item b", timeout_ms: 20_000 });
    expect(after.status).toBe(200);
  });

  function open(body: object): Promise<{ destroy: () => void; socketBytes: () => number }> {
    return new Promise((resolve, reject) => {
      const asked = request(scene.url("/api/v1/sql"), {
        method: "POST",
        headers: { ...LINES, "content-type": "application/json" },
      });
      asked.on("response", (response) => {
        response.once("readable", () =>
          resolve({ destroy: () => asked.destroy(), socketBytes: () => response.socket.bytesRead }),
        );
      });
      asked.on("error", reject);
      asked.end(JSON.stringify(body));
    });
  }
});

describe("transactions by token", () => {
  test("nobody sees it before its commit, which is one commit with the words of its requests", async () => {
    const transaction = await scene.begin({ "x-chrondb-user": "ann", "x-chrondb-message": "By token" });
    await scene.sql({ sql: "INSERT INTO item VALUES (?, 1)", params: [200], transaction }, { "x-chrondb-flags": "a" });
    const second = await scene.sql({ sql: "INSERT INTO item VALUES (201, 1) RETURNING id", transaction }, LINES);
    expect(second.text).toContain(`"transaction":"${transaction}","status":"open"`);
    expect((await scene.sql("SELECT id FROM item WHERE id IN (200, 201)")).json.rows).toEqual([]);
    const inside = await scene.sql({ sql: "SELECT count(*)::int AS n FROM item WHERE id IN (200, 201)", transaction });
    expect(inside.json).toMatchObject({ rows: [{ n: 2 }], status: "open" });
    const done = await scene.post(
      "/api/v1/sql/commit?wait=commit",
      { transaction },
      { "x-chrondb-flags": "b", "x-request-id": "r-9" },
    );
    expect(done).toMatchObject({ status: 200, json: { command: "COMMIT", version: expect.any(Number) } });
    const commit = String(done.json.commit);
    expect(await git("log", "-1", "--format=%s", commit)).toBe("By token\n");
    expect(JSON.parse(await git("notes", "--ref=chrondb", "show", commit))).toMatchObject({
      ...{ user: "ann", flags: ["a", "b"], request_id: "r-9", operation: "transaction", document_count: 2 },
    });
    expect(await scene.sql({ sql: "SELECT 1", transaction })).toMatchObject({
      status: 404,
      json: { code: "UNKNOWN_TRANSACTION" },
    });
  });

  test("rollback; a failed one must be rolled back and does not commit", async () => {
    const first = await scene.begin();
    await scene.sql({ sql: "INSERT INTO item VALUES (210, 1)", transaction: first });
    expect((await scene.post("/api/v1/sql/rollback", { transaction: first })).json).toEqual({ command: "ROLLBACK" });
    const second = await scene.begin();
    await scene.sql({ sql: "INSERT INTO item VALUES (211, 1)", transaction: second });
    const failed = await scene.sql({ sql: "SELECT nope", transaction: second });
    expect(failed).toMatchObject({ status: 400, json: { sqlstate: "42703", transaction: second, status: "failed" } });
    expect((await scene.sql({ sql: "SELECT 1", transaction: second })).json).toMatchObject({ sqlstate: "25P02" });
    const done = await scene.post("/api/v1/sql/commit", { transaction: second });
    expect(done).toMatchObject({ status: 409, json: { code: "TRANSACTION_FAILED", sqlstate: "25P02" } });
    expect((await scene.sql("SELECT id FROM item WHERE id IN (210, 211)")).json.rows).toEqual([]);
    expect(await scene.post("/api/v1/sql/commit", { transaction: second })).toMatchObject({ status: 404 });
    expect(await scene.post("/api/v1/sql/commit", {})).toMatchObject({ status: 400 });
  });

  test("savepoints; a conflict with another writer is 409 and 40001", async () => {
    const transaction = await scene.begin();
    await scene.sql({ sql: "INSERT INTO item VALUES (220, 1); SAVEPOINT a; INSERT INTO item VALUES (221, 1)", transaction });
    await scene.sql({ sql: "ROLLBACK TO a", transaction });
    expect((await scene.post("/api/v1/sql/commit", { transaction })).status).toBe(200);
    expect((await scene.sql("SELECT id FROM item WHERE id IN (220, 221)")).json.rows).toEqual([{ id: 220 }]);
  });

  test("keep: a BEGIN typed as SQL, settings that last, and COMMIT that ends it", async () => {
    const begun = await scene.sql({ sql: "BEGIN", keep: true });
    expect(begun.json).toMatchObject({ command: "BEGIN", status: "open" });
    const transaction = String(begun.json.transaction);
    await scene.sql({ sql: "INSERT INTO item VALUES (230, 1)", transaction });
    const ended = await scene.sql({ sql: "COMMIT", transaction });
    expect(ended.json).toEqual({ command: "COMMIT", rowCount: null, version: expect.any(Number) });
    expect((await scene.sql({ sql: "SELECT 1", transaction })).status).toBe(404);
    const set = await scene.sql({ sql: "SET chrondb.message = 'Typed'", keep: true });
    expect(set.json.status).toBe("idle");
    const wrote = await scene.post("/api/v1/sql?wait=commit", {
      ...{ sql: "INSERT INTO item VALUES (231, 1)", transaction: set.json.transaction, keep: true },
    });
    expect(await git("log", "-1", "--format=%s", String(wrote.json.commit))).toBe("Typed\n");
    await scene.post("/api/v1/sql/rollback", { transaction: set.json.transaction });
  });

  test("one request at a time; a client that hangs up stops its statement", async () => {
    const transaction = await scene.begin();
    const slow = {
      sql: "SELECT count(*) FROM generate_series(1, 3000) a CROSS JOIN generate_series(1, 3000) b CROSS JOIN generate_series(1, 3000) c",
      transaction,
    };
    const stop = new AbortController();
    const hung = fetch(scene.url("/api/v1/sql"), { method: "POST", body: JSON.stringify(slow), signal: stop.signal }).catch(
      String,
    );
    await sleep(300);
    expect(await scene.sql({ sql: "SELECT 1", transaction })).toMatchObject({ status: 409, json: { code: "LOCKED" } });
    stop.abort();
    await hung;
    await expect
      .poll(async () => (await scene.sql({ sql: "SELECT 1", transaction })).json.sqlstate, { timeout: 10_000 })
      .toBe("25P02");
    expect((await scene.post("/api/v1/sql/rollback", { transaction })).status).toBe(200);
  });
});

test("OpenAPI describes the routes", async () => {
  const answer = await fetch(scene.url("/openapi.json"));
  const { paths } = (await answer.json()) as { paths: Record<string, unknown> };
  for (const path of ["/api/v1/sql", "/api/v1/sql/begin", "/api/v1/sql/commit", "/api/v1/sql/rollback"]) {
    expect(paths).toHaveProperty([path, "post"]);
  }
});
