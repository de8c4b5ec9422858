// Transactions on the overlay: what a session sees, what others see, one commit, and who wins.
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { CALLER, TestRoom, type TestSession } from "./support/room.ts";

let room: TestRoom;
let one: TestSession;
let two: TestSession;

beforeAll(async () => {
  room = await TestRoom.open();
});
afterAll(() => room.close());

beforeEach(async () => {
  one = room.session();
  two = room.session();
  await one.rows("DROP TABLE IF EXISTS acc");
  await one.rows("CREATE TABLE acc (id int PRIMARY KEY, n int NOT NULL, u text UNIQUE)");
  await one.rows("INSERT INTO acc VALUES (1, 10, 'a'), (2, 20, 'b'), (3, 30, 'c')");
});

const sequence = (): number => room.service.tenant("chrondb").read(CALLER, (view) => view.sequence);

async function all(session: TestSession, ...statements: string[]): Promise<void> {
  for (const text of statements) await session.rows(text);
}

test("its own changes are seen inside, by nobody outside, and become one commit", async () => {
  const before = sequence();
  await all(
    one,
    "BEGIN",
    "UPDATE acc SET n = n + 1 WHERE id = 1",
    "INSERT INTO acc VALUES (4, 40, 'd')",
    "DELETE FROM acc WHERE id = 2",
  );
  const inside = [
    ["1", "11"],
    ["3", "30"],
    ["4", "40"],
  ];
  expect(await one.rows("SELECT id, n FROM acc ORDER BY id")).toEqual(inside);
  expect(await one.rows("SELECT n FROM acc WHERE id = 1")).toEqual([["11"]]);
  expect(await one.rows("SELECT sum(a.n) FROM acc a JOIN acc b USING (id)")).toEqual([["81"]]);
  expect(await two.rows("SELECT sum(n) FROM acc")).toEqual([["60"]]);
  expect(one.session.status).toBe("T");
  await one.rows("COMMIT");
  expect(await two.rows("SELECT id, n FROM acc ORDER BY id")).toEqual(inside);
  expect(sequence()).toBe(before + 1);
});

test("ROLLBACK leaves nothing, and so does a failed transaction's COMMIT", async () => {
  const before = sequence();
  await all(one, "BEGIN", "DELETE FROM acc", "ROLLBACK", "BEGIN", "DELETE FROM acc");
  expect((await one.run("SELECT 1/0")).error?.sqlstate).toBe("22012");
  expect(one.session.status).toBe("E");
  expect((await one.run("SELECT 1")).error?.sqlstate).toBe("25P02");
  expect((await one.run("COMMIT")).tag).toBe("ROLLBACK");
  expect(await one.rows("SELECT count(*) FROM acc")).toEqual([["3"]]);
  expect(sequence()).toBe(before);
});

test("a row changed by another since it was touched: 40001 at COMMIT, nothing of it remains", async () => {
  await all(one, "BEGIN", "UPDATE acc SET n = 0 WHERE id = 1", "UPDATE acc SET n = 0 WHERE id = 2");
  await two.rows("UPDATE acc SET n = 99 WHERE id = 2");
  expect((await one.run("COMMIT")).error?.sqlstate).toBe("40001");
  expect(await two.rows("SELECT id, n FROM acc ORDER BY id")).toEqual([
    ["1", "10"],
    ["2", "99"],
    ["3", "30"],
  ]);
  expect(one.session.status).toBe("I");
});

test("UNIQUE holds inside the transaction, against stored rows and its own", async () => {
  await one.rows("BEGIN");
  expect((await one.run("INSERT INTO acc VALUES (9, 1, 'a')")).error).toMatchObject({
    sqlstate: "23505",
    constraint: "acc_u_key",
  });
  await one.rows("ROLLBACK");
  await all(one, "BEGIN", "INSERT INTO acc VALUES (8, 1, 'z')");
  expect((await one.run("INSERT INTO acc VALUES (9, 1, 'z')")).error).toMatchObject({
    sqlstate: "23505",
    constraint: "acc_u_key",
  });
  await one.rows("ROLLBACK");
  await all(one, "BEGIN", "DELETE FROM acc WHERE id = 1", "INSERT INTO acc VALUES (9, 1, 'a')", "COMMIT");
  expect(await two.rows("SELECT id FROM acc WHERE u = 'a'")).toEqual([["9"]]);
});

test("UNIQUE of several columns holds when an UPDATE touches only one of them", async () => {
  await one.rows("DROP TABLE IF EXISTS two_keys");
  await one.rows("CREATE TABLE two_keys (id int PRIMARY KEY, a int, b numeric, UNIQUE (a, b))");
  await one.rows("INSERT INTO two_keys VALUES (1, 1, 1.50), (2, 2, 1.5)");
  await one.rows("BEGIN");
  expect((await one.run("UPDATE two_keys SET a = 1 WHERE id = 2")).error).toMatchObject({
    sqlstate: "23505",
    detail: "Key (a, b)=(1, 1.5) already exists.",
  });
  await one.rows("ROLLBACK");
  expect((await one.run("UPDATE two_keys SET a = 1 WHERE id = 2")).error?.sqlstate).toBe("23505");
});

test("rows of a system relation, of history, and many computed ones can be inserted", async () => {
  await one.rows("INSERT INTO copied SELECT relname AS id, relkind::text AS kind FROM pg_class WHERE relname = 'acc'");
  expect(await one.rows("SELECT id, kind FROM copied")).toEqual([["acc", "r"]]);
  await one.rows("INSERT INTO old (id, data) SELECT 'a', data FROM chrondb_history('acc', '1') LIMIT 1");
  expect(await one.rows("SELECT data FROM old")).toEqual([['{"n": 10, "u": "a"}']]);
  const values = Array.from({ length: 700 }, (_, at) => `('k' || ${at}, ${at} + 1)`).join(", ");
  expect((await one.run(`INSERT INTO computed (id, n) VALUES ${values}`)).tag).toBe("INSERT 0 700");
  expect(await one.rows("SELECT sum(n) FROM computed")).toEqual([[String((700 * 701) / 2)]]);
});

test("two transactions that insert one key: the second to commit fails", async () => {
  await all(one, "BEGIN", "INSERT INTO acc VALUES (7, 1, 'x')");
  await all(two, "BEGIN", "INSERT INTO acc VALUES (7, 2, 'y')");
  await one.rows("COMMIT");
  expect((await two.run("COMMIT")).error?.sqlstate).toMatch(/^(40001|23505)$/);
  expect(await one.rows("SELECT n FROM acc WHERE id = 7")).toEqual([["1"]]);
});

test("savepoints nest, release and roll back, also after an error", async () => {
  await all(
    one,
    "BEGIN",
    "UPDATE acc SET n = 1 WHERE id = 1",
    "SAVEPOINT a",
    "UPDATE acc SET n = 2 WHERE id = 1",
    "SAVEPOINT b",
    "DELETE FROM acc",
  );
  expect((await one.run("SELECT * FROM nosuch")).error?.sqlstate).toBe("42P01");
  await one.rows("ROLLBACK TO b");
  expect(await one.rows("SELECT n FROM acc WHERE id = 1")).toEqual([["2"]]);
  await one.rows("ROLLBACK TO a");
  expect(await one.rows("SELECT n FROM acc WHERE id = 1")).toEqual([["1"]]);
  expect((await one.run("RELEASE b")).error?.sqlstate).toBe("3B001");
  await all(one, "ROLLBACK TO a", "RELEASE a", "COMMIT");
  expect(await two.rows("SELECT n FROM acc WHERE id = 1")).toEqual([["1"]]);
});

test("a table made in the transaction", async () => {
  await all(one, "BEGIN", "INSERT INTO made (id, a) VALUES ('1', 1)", "UPDATE made SET b = 'x'");
  expect(await one.rows("SELECT a, b FROM made")).toEqual([["1", "x"]]);
  expect((await two.run("SELECT * FROM made")).error?.sqlstate).toBe("42P01");
  await all(
    one,
    "CREATE TABLE decl (id int PRIMARY KEY, v int)",
    "INSERT INTO decl SELECT g, g * g FROM generate_series(1, 5) g",
  );
  expect(await one.rows("SELECT sum(v) FROM decl WHERE id > 2")).toEqual([["50"]]);
  await one.rows("COMMIT");
  expect(await two.rows("SELECT a, b FROM made")).toEqual([["1", "x"]]);
  expect(await two.rows("SELECT count(*) FROM decl")).toEqual([["5"]]);
});

test("the statements of one implicit block are one transaction", async () => {
  const before = sequence();
  one.session.beginImplicit();
  await all(one, "UPDATE acc SET n = 5 WHERE id = 1", "UPDATE acc SET n = 6 WHERE id = 2");
  await one.session.endImplicit(false);
  expect(sequence()).toBe(before + 1);
  one.session.beginImplicit();
  await one.rows("DELETE FROM acc");
  await one.session.endImplicit(true);
  expect(await one.rows("SELECT count(*) FROM acc")).toEqual([["3"]]);
});

test("concurrent increments lose nothing", async () => {
  const sessions = Array.from({ length: 8 }, () => room.session());
  await Promise.all(
    sessions.map(async (session) => {
      for (let at = 0; at < 25; at++) await session.rows("UPDATE acc SET n = n + 1 WHERE id = $1", ["3"]);
    }),
  );
  expect(await one.rows("SELECT n FROM acc WHERE id = 3")).toEqual([["230"]]);
});

test("an UPDATE of many rows, found in a worker, meets a writer and still changes each once", async () => {
  await one.rows("CREATE TABLE many (id int PRIMARY KEY, n int)").catch(() => undefined);
  await one.rows("INSERT INTO many SELECT g, 0 FROM generate_series(1, 1500) g");
  const writes = async (): Promise<void> => {
    for (let at = 0; at < 30; at++) await two.rows("UPDATE many SET n = n + 1 WHERE id = $1", [String(1 + at * 7)]);
  };
  const [big] = await Promise.all([one.run("UPDATE many SET n = n + 1000"), writes()]);
  expect(big.tag).toBe("UPDATE 1500");
  expect(await one.rows("SELECT sum(n) FROM many")).toEqual([[String(1500 * 1000 + 30)]]);
});
