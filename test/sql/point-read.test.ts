// A document read by its key without SQLite answers as SQLite does, also where documents are not what the table declares.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SqlText } from "../../src/sql/contract.ts";
import { CALLER, TestRoom, type TestSession } from "./support/room.ts";

const INTENT = { operation: "save", message: "", flags: [], requestId: "", metadata: {} };

let room: TestRoom;
let session: TestSession;

beforeAll(async () => {
  room = await TestRoom.open();
  session = room.session();
  const put = (table: string, id: string, body: string, options = {}): Promise<unknown> =>
    room.service.tenant("chrondb").write(CALLER, INTENT, (tx) => tx.put(table, id, body, options));
  // Put before the table was declared.
  await put("old", "1", '{ "k" : 1, "n" : 12, "t" : "a \\u0041", "b" : null, "more" : {"k":7} }');
  await put("old", "2", '{"k":2,"n":1.50,"b":true}');
  for (const text of [
    "CREATE TABLE old (k int PRIMARY KEY, n numeric, t text, b bool)",
    "CREATE TABLE d (k int PRIMARY KEY, t text, v varchar(5), n numeric, b bool, l bigint, f float8)",
    "CREATE TABLE named (id text PRIMARY KEY, n int)",
    "CREATE TABLE pair (a int, b int, PRIMARY KEY (a, b))",
    "INSERT INTO d VALUES (1, 'plain', 'ab', 1.10, true, 9007199254740993, 1.5), (2, NULL, NULL, NULL, NULL, NULL, NULL), (3, 'it''s \"quoted\"', '', -0.50, false, -1, 0), (-4, E'tab\\tline\\n \\\\ é 🙂', 'x', 0, true, 0, 1e10)",
    "INSERT INTO named VALUES ('a', 1), ('b:c', 2)",
    "INSERT INTO pair VALUES (1, 2)",
  ])
    expect((await session.run(text)).error, text).toBeNull();
  await put("loose", "x", '{"n": 5, "t":"\\u0041\\ud83d\\ude42", "m":1.0, "deep":{"n":6}}');
  await put("loose", "y", '{"n":-0,"m":1e3}');
  await put("loose", "gone", '{"n":7}', { expiresAt: 1 });
  await put("loose", "z", "a plain string");
});
afterAll(() => room.close());

/** What is answered at once, and what the same statement answers through SQLite. */
async function both(text: string, parameters: readonly SqlText[]): Promise<void> {
  const prepared = session.session.prepare(text, []);
  const now = session.session.executeNow?.(prepared, parameters) ?? null;
  const slow = await session.run(text, parameters);
  expect({ rows: now?.rows, tag: now?.tag }, `${text} ${parameters.join()}`).toEqual({ rows: slow.rows, tag: slow.tag });
}

describe("a document by its key", () => {
  const cases: readonly (readonly [text: string, ...keys: (string | null)[]])[] = [
    ["SELECT * FROM old WHERE k = $1", "1", "2", "3", null],
    ["SELECT t, n FROM old WHERE k = $1", "1", "2"],
    ["SELECT k, t, v, n, b, l FROM d WHERE k = $1", "1", "2", "3", "-4", " 3 ", "+3", "03", "9", null],
    ["SELECT t FROM d WHERE $1 = k", "1", "2"],
    ["SELECT * FROM d WHERE k = $1", "1"],
    ["SELECT k FROM d WHERE k = $1::int8", "1", "5000000000"],
    ["SELECT id, t FROM d WHERE id = $1", "1", "01", "nothing"],
    ["SELECT t AS other, t FROM d AS e WHERE e.k = $1", "3"],
    ["SELECT t FROM d WHERE k = $1 AND t IS NULL", "1", "2"],
    ["SELECT t FROM d WHERE k = $1 LIMIT 0", "1"],
    ["SELECT * FROM named WHERE id = $1", "a", "b:c", "A", null],
    ["SELECT * FROM pair WHERE a = $1", "1"],
    ["SELECT * FROM loose WHERE id = $1", "x", "y", "z", "gone", "nothing"],
    ["SELECT n FROM loose WHERE id = $1", "x", "y", "z", "gone"],
    ["SELECT m FROM loose WHERE id = $1", "x", "y"],
    ["SELECT t FROM loose WHERE id = $1", "x", "y"],
  ];
  for (const [text, ...keys] of cases)
    test(text, async () => {
      for (const key of keys) {
        await (text.includes("pair") ? expect(session.rows(text, [key])).resolves.toEqual([["1", "2"]]) : both(text, [key]));
      }
    });

  test("a key that is no such value is refused", () => {
    const prepared = session.session.prepare("SELECT t FROM d WHERE k = $1", []);
    for (const key of ["x", "", "99999999999"]) expect(() => session.session.executeNow?.(prepared, [key])).toThrow(/integer/);
  });

  test("a write is seen at once", async () => {
    const prepared = session.session.prepare("SELECT t FROM d WHERE k = $1", []);
    for (let round = 0; round < 3; round++) {
      await session.rows(`UPDATE d SET t = 'round ${round}' WHERE k = 1`);
      expect(session.session.executeNow?.(prepared, ["1"])?.rows).toEqual([[`round ${round}`]]);
    }
    await session.rows("DELETE FROM d WHERE k = 1");
    expect(session.session.executeNow?.(prepared, ["1"])?.rows).toEqual([]);
  });
});
