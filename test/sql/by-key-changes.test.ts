// UPDATE, DELETE and upsert of one document compute in JavaScript where they can. Two tables get the same statements, the second
// in a form that SQLite computes (a condition that adds nothing): they stay the same, and so do answers and errors.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chooser } from "./support/chooser.ts";
import { type Answer, CALLER, TestRoom, type TestSession } from "./support/room.ts";

const INTENT = { operation: "save", message: "", flags: [], requestId: "", metadata: {} };
const COLUMNS =
  "k int PRIMARY KEY, s smallint, i int DEFAULT 7, l bigint, n numeric, p numeric(6,2), t text, v varchar(4), b bool, f float8";

let room: TestRoom;
let session: TestSession;

beforeAll(async () => {
  room = await TestRoom.open();
  session = room.session();
  for (const name of ["x", "y"]) {
    expect((await session.run(`CREATE TABLE ${name} (${COLUMNS})`)).error).toBeNull();
    for (const [table, id, body, options] of [
      [`loose_${name}`, "a", '{"n":5,"t":"\\u0041 \\n","m":1.50,"list":[1,2]}', {}],
      [`loose_${name}`, "b", '{"n":-0,"m":1e3}', {}],
      [`loose_${name}`, "c", "a plain string", {}],
      [`loose_${name}`, "d", '{"n":9007199254740993}', {}],
      [`loose_${name}`, "h", '{"n":"12"}', { kind: 2 as const }],
      [`loose_${name}`, "gone", '{"n":1}', { expiresAt: 1 }],
    ] as const)
      await room.service.tenant("chrondb").write(CALLER, INTENT, (tx) => tx.put(table, id, body, options));
  }
});
afterAll(() => room.close());

const told = ({ rows, tag, error, columns }: Answer): unknown => ({
  rows,
  tag,
  columns,
  error: error && {
    ...error,
    message: error.message.replace(/"(loose_)?[xy](_pkey)?"/g, "…"),
    table: "",
    constraint: "",
    position: 0,
  },
});

/** Runs a statement; in a transaction an error undoes it alone. */
async function run(text: string): Promise<Answer> {
  if (session.session.status !== "T") return session.run(text);
  await session.run("SAVEPOINT before");
  const answer = await session.run(text);
  await session.run(answer.error === null ? "RELEASE before" : "ROLLBACK TO before");
  return answer;
}

/** `@` stands for the table's name, `&` for the condition that adds nothing. */
async function both(text: string): Promise<void> {
  const here = await run(text.replaceAll("@", "x").replaceAll("&", ""));
  const there = await run(text.replaceAll("@", "y").replaceAll("&", "AND 1 = 1"));
  expect(told(here), text).toEqual(told(there));
}

async function sameRows(): Promise<void> {
  for (const [table, key] of [
    ["@", "k"],
    ["loose_@", "id"],
  ] as const) {
    const [one, other] = await Promise.all(
      ["x", "y"].map((name) => session.rows(`SELECT * FROM ${table.replace("@", name)} ORDER BY ${key}`)),
    );
    expect(one).toEqual(other);
  }
}

describe("one document, computed here and by SQLite", () => {
  test.each([
    "UPDATE loose_@ SET n = n + 1 WHERE id = 'a' &",
    "UPDATE loose_@ SET n = n + 1, t = 'new' WHERE id = 'b' &",
    "UPDATE loose_@ SET n = n * n WHERE id = 'd' &",
    "UPDATE loose_@ SET m = m + 0.25 WHERE id = 'a' &",
    "UPDATE loose_@ SET m = m + 1 WHERE id = 'b' &",
    "UPDATE loose_@ SET t = t WHERE id = 'a' &",
    "UPDATE loose_@ SET list = list WHERE id = 'a' &",
    "UPDATE loose_@ SET fresh = 5 WHERE id = 'a' &",
    "UPDATE loose_@ SET value = 'other string' WHERE id = 'c' &",
    "UPDATE loose_@ SET n = 13 WHERE id = 'h' &",
    "UPDATE loose_@ SET n = 2 WHERE id = 'gone' &",
    "UPDATE loose_@ SET id = 'moved' WHERE id = 'b' &",
    "UPDATE loose_@ SET id = 'a' WHERE id = 'moved' &",
    "DELETE FROM loose_@ WHERE id = 'gone' &",
    "DELETE FROM loose_@ WHERE id = 'h' & RETURNING *",
    "DELETE FROM loose_@ WHERE id = 'nothing' &",
  ])("%s", async (text) => {
    await both(text);
    await sameRows();
  });

  test("random changes", async () => {
    const seed = Number(process.env["CHRONDB_FUZZ_SEED"] ?? 15);
    const rounds = Number(process.env["CHRONDB_FUZZ_QUERIES"] ?? 300);
    const choose = chooser(seed);
    const columns = ["s", "i", "l", "n", "p", "t", "v", "b", "f"];
    const values = [
      "0",
      "1",
      "-7",
      "30000",
      "2000000000",
      "9000000000000000000",
      "1.5",
      "-0.25",
      "99999.999",
      "NULL",
      "'x'",
      "'it''s \"x\"'",
      "'too long'",
      "true",
      "DEFAULT",
    ];
    const expression = (): string =>
      choose.oneOf([
        () => choose.oneOf(values),
        () => choose.oneOf(columns),
        () => `${choose.oneOf(columns)} ${choose.oneOf(["+", "-", "*"])} ${choose.oneOf(values.slice(0, 9))}`,
        () => `${choose.oneOf(columns)} + ${choose.oneOf(columns)} * 2`,
        () => "k",
      ])();
    const key = (): string => String(choose.below(6) - 1);
    for (let round = 0; round < rounds; round++) {
      const open = choose.chance(0.2);
      const text = choose.oneOf([
        () => `INSERT INTO @ (k, ${choose.oneOf(columns)}) VALUES (${key()}, ${choose.oneOf(values)})`,
        () => `UPDATE @ SET ${choose.oneOf(columns)} = ${expression()} WHERE k = ${key()} &`,
        () => `UPDATE @ SET ${choose.oneOf(columns)} = ${expression()}, k = k + 1 WHERE k = ${key()} & RETURNING *`,
        () => `DELETE FROM @ WHERE k = ${key()} & RETURNING k, t`,
      ])();
      const column = choose.oneOf(columns);
      const upsert = `INSERT INTO @ AS o (k, ${column}) VALUES (${key()}, ${choose.oneOf(values)}) ON CONFLICT (k) DO UPDATE SET ${column} = ${choose.oneOf([`excluded.${column}`, `o.${column}`, `o.${column} + excluded.${column}`, "excluded.k", "5"])}`;
      try {
        if (open) await session.run("BEGIN");
        await both(choose.chance(0.6) ? text : upsert);
        if (choose.chance(0.3)) {
          const here = await run(upsert.replaceAll("@", "x"));
          const there = await run(`${upsert.replaceAll("@", "y")} WHERE 1 = 1`);
          expect(told(here), upsert).toEqual(told(there));
        }
        if (open) await session.run(choose.chance(0.3) ? "ROLLBACK" : "COMMIT");
        await sameRows();
      } catch (thrown) {
        throw new Error(`seed ${seed}, round ${round}: ${text}\n${upsert}\n${String(thrown)}`);
      }
    }
  });
});
