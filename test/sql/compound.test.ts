// Statements of several parts: one commit each, nothing lost between writers, nothing left of one that fails.
import { afterAll, beforeAll, expect, test } from "vitest";
import { CALLER, TestRoom } from "./support/room.ts";

let room: TestRoom;
beforeAll(async () => {
  room = await TestRoom.open();
});
afterAll(async () => {
  await room.close();
});

const sequence = (): number => room.service.tenant("chrondb").read(CALLER, (view) => view.sequence);

test("a statement whose WITH changes two tables is one entry", async () => {
  const session = room.session();
  await session.rows("CREATE TABLE stock (id int PRIMARY KEY, n int)");
  await session.rows("CREATE TABLE moved (id int PRIMARY KEY, n int)");
  await session.rows("INSERT INTO stock VALUES (1, 10), (2, 20)");
  const before = sequence();
  const answer = await session.run(
    "WITH gone AS (DELETE FROM stock WHERE id = 1 RETURNING *) INSERT INTO moved SELECT * FROM gone RETURNING id, n",
  );
  expect(answer.rows).toEqual([["1", "10"]]);
  expect(answer.tag).toBe("INSERT 0 1");
  expect(sequence()).toBe(before + 1);
});

test("nothing is left of one that fails in its last part", async () => {
  const session = room.session();
  const before = sequence();
  const answer = await session.run(
    "WITH gone AS (DELETE FROM stock RETURNING id) INSERT INTO moved SELECT 1, 1 / (id - id) FROM gone",
  );
  expect(answer.error?.sqlstate).toBe("22012");
  expect(sequence()).toBe(before);
  expect(await session.rows("SELECT count(*) FROM stock")).toEqual([["1"]]);
});

test("concurrent MERGEs of one row lose nothing", async () => {
  const sessions = Array.from({ length: 4 }, () => room.session());
  const add =
    "MERGE INTO stock USING (VALUES (7)) AS s(id) ON stock.id = s.id WHEN MATCHED THEN UPDATE SET n = n + 1 WHEN NOT MATCHED THEN INSERT VALUES (s.id, 1)";
  const answers = await Promise.all(
    sessions.map(async (session) => {
      const done: unknown[] = [];
      for (let turn = 0; turn < 5; turn++) done.push((await session.run(add)).error?.sqlstate ?? null);
      return done;
    }),
  );
  expect(answers.flat().filter((error) => error !== null)).toEqual([]);
  expect(await room.session().rows("SELECT n FROM stock WHERE id = 7")).toEqual([["20"]]);
});

test("larger tables are read in a worker, and parts still read what was there before", async () => {
  const session = room.session();
  await session.rows("CREATE TABLE big (id int PRIMARY KEY, n int)");
  await session.rows("INSERT INTO big SELECT g, g FROM generate_series(1, 30000) g");
  const answer = await session.run(
    "WITH up AS (UPDATE big SET n = -n WHERE id <= 1000 RETURNING n) SELECT (SELECT sum(n) FROM up), (SELECT min(n) FROM big)",
  );
  expect(answer.rows).toEqual([["-500500", "1"]]);
  expect(await session.rows("SELECT min(n) FROM big")).toEqual([["-1000"]]);
}, 30_000);

test("long chains and lists have an answer or a clear refusal", async () => {
  const session = room.session();
  const many = Array.from({ length: 20_000 }, (_, at) => at);
  expect((await session.run(`SELECT ${many.map(() => "1").join(" + ")}`)).error?.sqlstate).toBe("54001");
  expect((await session.run(`SELECT ${"(".repeat(20_000)}1${")".repeat(20_000)}`)).error?.sqlstate).toBe("54001");
  expect(await session.rows(`SELECT count(*) FROM stock WHERE ${many.map((at) => `id = ${at}`).join(" OR ")}`)).toEqual([["2"]]);
  expect(await session.rows(`SELECT cardinality(ARRAY[${many.join(", ")}])`)).toEqual([["20000"]]);
  expect(
    (
      await session.rows(
        many
          .slice(0, 600)
          .map((at) => `SELECT ${at}`)
          .join(" UNION ALL "),
      )
    ).length,
  ).toBe(600);
  expect((await session.run(`SELECT concat(${many.slice(0, 101).join(", ")})`)).error?.sqlstate).toBe("54023");
  expect(await session.rows("SELECT 1")).toEqual([["1"]]);
}, 30_000);
