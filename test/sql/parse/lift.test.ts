// A statement whose values were lifted out answers what the statement as written answers: columns, rows, tag, and errors with
// their positions. Two rooms are given the same statements, one of them without the lifting.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SqlError, type SqlText } from "../../../src/sql/contract.ts";
import { lift } from "../../../src/sql/parse/lift.ts";
import { type Choose, chooser } from "../support/chooser.ts";
import { type Answer, TestRoom, type TestSession } from "../support/room.ts";

describe("what is lifted", () => {
  const lifted: readonly (readonly [text: string, to: string, oids: readonly number[], values: readonly string[]])[] = [
    ["SELECT a FROM t WHERE id = 17;", "SELECT a FROM t WHERE id = $1", [23], ["17"]],
    [
      "select a, 5 from t where a=-5 and b in (1,'x''y') limit 3",
      "select a, 5 from t where a=$1 and b in ($2,$3) limit 3",
      [23, 23, 0],
      ["-5", "1", "x'y"],
    ],
    ["SELECT a FROM t WHERE a = b -3 AND c = - 4", "SELECT a FROM t WHERE a = b -$1 AND c = $2", [23, 23], ["3", "-4"]],
    [
      "SELECT a FROM t WHERE a BETWEEN 1.50 AND 5000000000",
      "SELECT a FROM t WHERE a BETWEEN $1 AND $2",
      [1700, 20],
      ["1.50", "5000000000"],
    ],
    [
      "INSERT INTO t (a, b) VALUES (1, now()), (.5, 'z') ON CONFLICT (a) DO UPDATE SET b = 'y' RETURNING a + 1",
      "INSERT INTO t (a, b) VALUES ($1, now()), ($2, $3) ON CONFLICT (a) DO UPDATE SET b = $4 RETURNING a + 1",
      [23, 1700, 0, 0],
      ["1", "0.5", "z", "y"],
    ],
    [
      "UPDATE t SET a = a + -123 WHERE b = 'x' AND round(c, 2) = 5",
      "UPDATE t SET a = a + $1 WHERE b = $2 AND round(c, 2) = $3",
      [23, 0, 23],
      ["-123", "x", "5"],
    ],
    [
      "DELETE FROM t WHERE d = DATE '2020-01-01' AND x = 5::int8 AND y LIKE 'a%' AND z = 'b'",
      "DELETE FROM t WHERE d = DATE '2020-01-01' AND x = 5::int8 AND y LIKE 'a%' AND z = $1",
      [0],
      ["b"],
    ],
    [
      "SELECT a FROM t WHERE a = 3 AND b IN (SELECT 5 FROM u WHERE c = 7)",
      "SELECT a FROM t WHERE a = $1 AND b IN (SELECT 5 FROM u WHERE c = 7)",
      [23],
      ["3"],
    ],
  ];
  test.each(lifted)("%s", (text, to, oids, values) => {
    const found = lift(text);
    expect(found).toMatchObject({ text: to, oids, values });
  });

  test.each([
    "SELECT 1",
    "SELECT a FROM t ORDER BY 1 LIMIT 5",
    "SELECT a FROM t WHERE a = 1; SELECT 2",
    "SELECT a FROM t WHERE a = 1 -- one",
    "SELECT a FROM t WHERE a = 1 /* one */",
    "SELECT a FROM t WHERE a = E'\\n'",
    "SELECT a FROM t WHERE a = $$x$$",
    "SELECT a FROM t WHERE a = U&'x'",
    "SELECT a FROM t WHERE a = 'x'\n'y'",
    "SELECT a FROM t WHERE a = 1e3",
    "SELECT a FROM t WHERE a = 2147483648",
    "SELECT a FROM t WHERE a = 99999999999999999999",
    "SELECT a FROM t WHERE a ->> 'b' = 'c'",
    "SELECT a FROM t WHERE a !=-1",
    "SELECT a FROM t WHERE a = 'open",
    "SELECT a FROM t WHERE a = '🙂'",
    "INSERT INTO t SELECT 1",
    "WITH x AS (SELECT 1) SELECT a FROM x WHERE a = 1",
    "BEGIN",
    "",
  ])("not in %s", (text) => {
    expect(lift(text)).toBeNull();
  });

  test("positions are those of the statement as written", () => {
    const text = "SELECT a FROM t WHERE id = 12345 AND b = 'some text' AND c > 0";
    const { position, text: short } = lift(text) ?? expect.fail("nothing was lifted");
    for (const word of ["WHERE", "AND b", "= $2", "AND c", "c >"]) {
      const written = word === "= $2" ? "= 'some" : word;
      expect(position(short.indexOf(word) + 1)).toBe(text.indexOf(written) + 1);
    }
    expect(position(short.indexOf("$2") + 1)).toBe(text.indexOf("'some") + 1);
  });
});

const SETUP = [
  "CREATE TABLE a (id int PRIMARY KEY, i int, n numeric, t text, b bool, d date, v varchar(5), c char(4), f float8, m timestamptz, s int2, l int8)",
  "CREATE TABLE k (x text, y int, z numeric, PRIMARY KEY (x, y))",
  `INSERT INTO a VALUES (1, 5, 1.10, 'x', true, '2024-01-31', 'abc', 'ab', 1.5, '2024-01-01 00:00+00', 1, 5),
    (2, NULL, 1.10, 'Y', false, '2024-02-29', '', '', -0.25, NULL, 2, 5000000000), (3, -7, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`,
  "INSERT INTO k VALUES ('x', 1, 1.5), ('y,z', 2, NULL)",
  "INSERT INTO loose (id, n, t) VALUES ('1', 5, 'x'), ('2', 7, '8')",
];

async function collect(session: TestSession, known: ReturnType<NonNullable<TestSession["session"]["known"]>>): Promise<Answer> {
  if (known === null) return expect.fail("not known");
  const { statement, parameters } = known;
  const columns = statement.columns?.map(({ name, typeOid, typmod }) => ({ name, type: typeOid, typmod })) ?? null;
  try {
    const now = session.session.executeNow?.(statement, parameters) ?? null;
    if (now !== null) return { columns, rows: now.rows.map((row) => [...row]), tag: now.tag, error: null };
    const cursor = await session.session.execute(statement, parameters);
    const rows: SqlText[][] = [];
    for (;;) {
      const batch = await cursor.next(0);
      rows.push(...batch.rows);
      if (batch.done) break;
    }
    const tag = cursor.tag();
    cursor.close();
    return { columns, rows, tag, error: null };
  } catch (thrown) {
    if (!(thrown instanceof SqlError)) throw thrown;
    session.session.fail();
    return { columns: null, rows: [], tag: "", error: thrown.fields };
  }
}

describe("both ways answer the same", () => {
  let short: TestRoom;
  let whole: TestRoom;
  let one: TestSession;
  let other: TestSession;
  let lifts = 0;

  beforeAll(async () => {
    short = await TestRoom.open();
    whole = await TestRoom.open();
    one = short.session();
    other = whole.session();
    for (const text of SETUP) for (const session of [one, other]) expect((await session.run(text)).error).toBeNull();
  });
  afterAll(async () => {
    await short.close();
    await whole.close();
  });

  async function same(text: string): Promise<void> {
    const known = one.session.known?.(text) ?? null;
    if (known !== null && known.parameters.length > 0) lifts++;
    const found = known === null ? await one.run(text) : await collect(one, known);
    expect(found, text).toEqual(await other.run(text));
  }

  test.each([
    "SELECT * FROM a WHERE id = 1",
    "SELECT * FROM a WHERE id = 2",
    "SELECT id, 7, 'x' FROM a WHERE id = 1",
    "SELECT * FROM a WHERE id = '1'",
    "SELECT * FROM a WHERE id = 'one'",
    "SELECT * FROM a WHERE id = '99999999999'",
    "SELECT * FROM a WHERE id = 5000000000",
    "SELECT * FROM a WHERE id = 1.0",
    "SELECT * FROM a WHERE id = -1",
    "SELECT * FROM a WHERE 1 = id",
    "SELECT * FROM a WHERE id = 1 + 1",
    "SELECT * FROM a WHERE t = 5",
    "SELECT * FROM a WHERE nothing = 5",
    "SELECT * FROM nothing WHERE id = 5",
    "SELECT * FROM a WHERE id = 12345 AND nothing = 5",
    "SELECT * FROM a WHERE b = 'yes'",
    "SELECT * FROM a WHERE b = 'perhaps'",
    "SELECT * FROM a WHERE d = '2024-02-29'",
    "SELECT * FROM a WHERE d = '2024-02-30'",
    "SELECT * FROM a WHERE m = '2024-01-01 00:00'",
    "SELECT * FROM a WHERE c = 'ab  '",
    "SELECT * FROM a WHERE v = 'abc'",
    "SELECT * FROM a WHERE n = 1.1 ORDER BY id",
    "SELECT * FROM a WHERE f > 1",
    "SELECT * FROM a WHERE l = 5000000000",
    "SELECT * FROM a WHERE 'x' = 'x' ORDER BY id",
    "SELECT * FROM a WHERE 5 ORDER BY id",
    "SELECT * FROM a WHERE 'true' ORDER BY id",
    "SELECT * FROM a WHERE id / 0 = 1",
    "SELECT * FROM a WHERE id = 1 / 0",
    "SELECT * FROM a WHERE id + 2147483647 = 5",
    "SELECT count(*), max(id) FROM a WHERE id > 0 AND id < 3 GROUP BY b HAVING count(*) > 0 ORDER BY 1 LIMIT 1",
    "SELECT id AS where, 1 FROM a WHERE id = 1",
    "SELECT * FROM a WHERE t LIKE 'x%' AND id = 1",
    "SELECT * FROM a WHERE (id, i) = (1, 5)",
    "SELECT * FROM a WHERE id IN (1, 2, '3') ORDER BY id",
    "SELECT * FROM a WHERE id IN (1, 'x')",
    "SELECT * FROM a WHERE coalesce(i, 5) = 5 ORDER BY id",
    "SELECT * FROM a WHERE NOT (id = 1 OR id = 3)",
    "SELECT * FROM a WHERE id = 1 AND 'x' IS NULL",
    "SELECT * FROM k WHERE x = 'y,z' AND y = 2",
    "SELECT * FROM k WHERE x = 'x' AND y = 1 AND z = 1.50",
    "SELECT * FROM loose WHERE id = '1'",
    "SELECT * FROM loose WHERE id = 1",
    "SELECT * FROM loose WHERE n = '5'",
    "SELECT * FROM loose WHERE n = 'x'",
    "INSERT INTO a (id, i, t, v) VALUES (10, 1, 'a', 'abcde')",
    "INSERT INTO a (id, i, t, v) VALUES (10, 1, 'a', 'abcde')",
    "INSERT INTO a (id, i, t, v) VALUES (11, 1, 'a', 'abcdef')",
    "INSERT INTO a (id, i) VALUES (11, 'x')",
    "INSERT INTO a (id, i) VALUES (11, '12')",
    "INSERT INTO a (id, n, f, l, s) VALUES (12, 5, 5, 5, 5)",
    "INSERT INTO a (id, s) VALUES (13, 70000)",
    "INSERT INTO a (id, i) VALUES (13, 5000000000)",
    "INSERT INTO a (id, i) VALUES (13, 1.5)",
    "INSERT INTO a (id, t) VALUES (14, 5)",
    "INSERT INTO a (id, b) VALUES (14, 5)",
    "INSERT INTO a (id, b) VALUES (14, 'yes')",
    "INSERT INTO a (id, m) VALUES (15, '2024-06-01 12:00+02')",
    "INSERT INTO a (id, i) VALUES (16, 1, 2)",
    "INSERT INTO a (id, nothing) VALUES (16, 1)",
    "INSERT INTO a (id, i) VALUES (1, 77) ON CONFLICT (id) DO UPDATE SET i = excluded.i + 1, t = 'new' WHERE a.id = 1 RETURNING id, i, 'lit', 5",
    "INSERT INTO a (id, i) VALUES (1, 77) ON CONFLICT (id) DO NOTHING",
    "INSERT INTO a (id, i) VALUES (NULL, 77)",
    "INSERT INTO loose (id, n, t) VALUES ('3', 'x', 5)",
    "INSERT INTO loose (id, n, t) VALUES ('4', '9', 'z'), ('5', 1.5, 'z')",
    "INSERT INTO fresh (id, n) VALUES ('4', 9)",
    "UPDATE a SET i = i + -5, t = 'u' WHERE id = 1",
    "UPDATE a SET i = 'x' WHERE id = 1",
    "UPDATE a SET i = 2147483647 + 1 WHERE id = 1",
    "UPDATE a SET n = 5, f = 7, s = 3, l = 9 WHERE id = 2 RETURNING n, f, s, l",
    "UPDATE a SET v = 'much too long' WHERE id = 1",
    "UPDATE a SET (i, t) = (8, 'both') WHERE id = 1",
    "UPDATE a SET id = 2 WHERE id = 1",
    "UPDATE loose SET n = 'now text' WHERE id = '1'",
    "DELETE FROM a WHERE id = 12 RETURNING *",
    "DELETE FROM a WHERE id = 12",
    "SELECT * FROM a ORDER BY id",
    "SELECT * FROM loose ORDER BY id",
    "SELECT * FROM fresh ORDER BY id",
  ])("%s", same);

  test("in a transaction, with the errors that end it", async () => {
    for (const text of [
      "BEGIN",
      "INSERT INTO a (id, i) VALUES (20, 1)",
      "SELECT * FROM a WHERE id = 20",
      "SELECT * FROM a WHERE id = 1",
    ])
      await same(text);
    for (const text of [
      "INSERT INTO a (id, i) VALUES (20, 1)",
      "SELECT * FROM a WHERE id = 20",
      "ROLLBACK",
      "SELECT * FROM a WHERE id = 20",
    ])
      await same(text);
    expect(one.session.status).toBe("I");
  });

  test("a statement no plan can be made for is told of, and works once its table is there", async () => {
    for (const text of [
      "SELECT * FROM later WHERE id = 5",
      "CREATE TABLE later (id int PRIMARY KEY)",
      "SELECT * FROM later WHERE id = 5",
    ])
      await same(text);
  });

  test("random statements", async () => {
    const seed = Number(process.env["CHRONDB_FUZZ_SEED"] ?? 20_261_122);
    const choose = chooser(seed);
    for (let round = 0; round < Number(process.env["CHRONDB_FUZZ_QUERIES"] ?? 400); round++) {
      const text = statement(choose);
      await same(text).catch((thrown: unknown) => {
        throw new Error(`seed ${seed}, round ${round}: ${text}\n${String(thrown)}`);
      });
    }
    await same("SELECT * FROM a ORDER BY id");
    await same("SELECT * FROM k ORDER BY x, y");
    expect(lifts).toBeGreaterThan(150);
  });
});

const COLUMNS = ["id", "i", "n", "t", "b", "d", "v", "c", "f", "m", "s", "l", "missing"];
const VALUES = [
  "0",
  "1",
  "2",
  "-3",
  "- 4",
  "17",
  "70000",
  "-70000",
  "2147483647",
  "2147483648",
  "-2147483648",
  "5000000000",
  "9223372036854775807",
  "9223372036854775808",
  "1.5",
  "-.5",
  "3.",
  "1e3",
  "''",
  "'x'",
  "'abc'",
  "'abcdef'",
  "'5'",
  "'-5'",
  "'1.5'",
  "'true'",
  "'t'",
  "'2024-01-31'",
  "'2024-13-31'",
  "'2024-01-31 10:00'",
  "'it''s'",
  "NULL",
  "true",
  "DATE '2024-01-31'",
  "5::int8",
  "'5'::int",
  "i + 1",
  "length('abc')",
  "round(2.567, 1)",
  "(1 + 2)",
  "2 * 3",
  "1 / 0",
  "DEFAULT",
  "1 -1",
  "1 - -1",
];
const TESTS = ["=", "<>", "<", "<=", ">", ">=", "!=", "IS DISTINCT FROM", "LIKE"];

function condition(choose: Choose): string {
  const column = choose.oneOf(COLUMNS);
  const value = (): string => choose.oneOf(VALUES);
  return choose.oneOf([
    () => `${column} ${choose.oneOf(TESTS)} ${value()}`,
    () => `${column}=${value()}`,
    () => `${value()} = ${column}`,
    () => `${column} BETWEEN ${value()} AND ${value()}`,
    () => `${column} IN (${value()}, ${value()})`,
    () => `NOT (${column} = ${value()} OR id = ${value()})`,
    () => `id = ${value()} AND ${column} = ${value()}`,
    () => `id = ${choose.oneOf(["1", "2", "'1'"])}`,
  ])();
}

function statement(choose: Choose): string {
  const value = (): string => choose.oneOf(VALUES);
  const id = String(choose.below(40));
  return choose.oneOf([
    () => `SELECT ${choose.oneOf(COLUMNS)}, id FROM a WHERE ${condition(choose)} ORDER BY id`,
    () => `SELECT * FROM a WHERE ${condition(choose)} AND ${condition(choose)} ORDER BY id LIMIT 2;`,
    () => `INSERT INTO a (id, ${choose.oneOf(COLUMNS.slice(1))}) VALUES (${id}, ${value()})`,
    () =>
      `INSERT INTO a (id, ${choose.oneOf(COLUMNS.slice(1))}) VALUES (${id}, ${value()}) ON CONFLICT (id) DO UPDATE SET ${choose.oneOf(COLUMNS)} = ${value()} RETURNING *`,
    () => `INSERT INTO k VALUES (${choose.oneOf(["'x'", "'a,b'", "'q'"])}, ${id}, ${value()})`,
    () => `UPDATE a SET ${choose.oneOf(COLUMNS)} = ${value()} WHERE id = ${id}`,
    () => `UPDATE a SET ${choose.oneOf(COLUMNS)} = ${choose.oneOf(COLUMNS)} + ${value()} WHERE id = ${id} RETURNING id, 5`,
    () => `DELETE FROM a WHERE id = ${id} AND ${condition(choose)}`,
  ])();
}
