// The rules of declared tables as core applies them to every door's writes.
import { afterAll, beforeAll, expect, test } from "vitest";
import { ChronError } from "../../src/base/errors.ts";
import { CALLER, TestRoom, type TestSession } from "./support/room.ts";

let room: TestRoom;
let session: TestSession;
const INTENT = { operation: "save", message: "Save document", flags: [], requestId: "", metadata: {} };

async function put(table: string, id: string, body: string): Promise<string> {
  const done = await room.service.tenant("chrondb").write(CALLER, INTENT, (tx) => tx.put(table, id, body));
  return String(done.value.body);
}

async function refusal(table: string, id: string, body: string): Promise<{ code: string; message: string }> {
  try {
    await put(table, id, body);
  } catch (thrown) {
    if (thrown instanceof ChronError) return { code: thrown.code, message: thrown.message };
    throw thrown;
  }
  return { code: "none", message: "" };
}

beforeAll(async () => {
  room = await TestRoom.open();
  session = room.session();
  await session.rows(`CREATE TABLE item (id int PRIMARY KEY, name text NOT NULL, price numeric(10,2), at timestamptz, made timestamptz DEFAULT now(),
    ok bool DEFAULT true, tags text[], uid uuid, code varchar(3) UNIQUE)`);
  await session.rows("CREATE TABLE pair (a int, b text, v int, PRIMARY KEY (a, b))");
});
afterAll(() => room.close());

test("defaults are filled, values are written in their canonical form", async () => {
  const body = await put(
    "item",
    "1",
    '{"name":"x","price":"1.005","at":"2024-01-01 10:00+02","tags":["a"],"uid":"550E8400E29B41D4A716446655440000"}',
  );
  expect(body).toMatch(
    /^\{"name":"x","price":1\.01,"at":"2024-01-01T08:00:00\.000000Z","tags":\["a"\],"uid":"550e8400-e29b-41d4-a716-446655440000","made":"20\d\d-[^"]+Z","ok":true\}$/,
  );
});

test("an explicit null is no default; fields not declared are kept", async () => {
  expect(await put("item", "2", '{"name":"y","ok":null,"made":null,"extra":{"k":1.10}}')).toBe(
    '{"name":"y","ok":null,"made":null,"extra":{"k":1.10}}',
  );
  expect(await session.rows("SELECT extra FROM item WHERE id = 2")).toEqual([['{"k": 1.10}']]);
});

test("what does not fit is refused with the column's name", async () => {
  expect(await refusal("item", "3", "{}")).toEqual({
    code: "NOT_NULL_VIOLATION",
    message: 'Column "name" of table "item" must not be null; give it a value.',
  });
  expect(await refusal("item", "3", '{"name":"x","price":"abc"}')).toEqual({
    code: "TYPE_VIOLATION",
    message: 'Column "price" of table "item": invalid input syntax for type numeric: "abc"',
  });
  expect((await refusal("item", "3", '{"name":"x","code":"long"}')).message).toContain(
    "value too long for type character varying(3)",
  );
  expect((await refusal("item", "3", '{"name":"x","tags":"a"}')).code).toBe("TYPE_VIOLATION");
  expect((await refusal("item", "x", '{"name":"x"}')).message).toContain("invalid input syntax for type integer");
  expect((await refusal("item", "007", '{"name":"x"}')).message).toContain('must be written "7"');
  await put("item", "4", '{"name":"x","code":"abc"}');
  expect((await refusal("item", "5", '{"name":"x","code":"abc"}')).code).toBe("UNIQUE_VIOLATION");
});

test("a key of several columns and the document's id say the same", async () => {
  expect(await put("pair", "1,x\\,y", '{"v":5}')).toBe('{"v":5,"a":1,"b":"x,y"}');
  expect(await session.rows("SELECT a, b, v FROM pair WHERE a = 1 AND b = 'x,y'")).toEqual([["1", "x,y", "5"]]);
  expect((await refusal("pair", "1,z", '{"a":2,"b":"z"}')).message).toContain('should be "2,z"');
});

test("declaring a table that has documents: they must fit, and get their defaults", async () => {
  await session.rows("INSERT INTO late (id, n) VALUES ('1', 5), ('2', NULL)");
  expect((await session.run("CREATE TABLE late (id int PRIMARY KEY, n int NOT NULL)")).error?.sqlstate).toBe("23502");
  expect((await session.run("CREATE TABLE late (id int PRIMARY KEY, n int, k text DEFAULT 'd')")).tag).toBe("CREATE TABLE");
  expect(await session.rows("SELECT id, n, k FROM late ORDER BY id")).toEqual([
    ["1", "5", "d"],
    ["2", null, "d"],
  ]);
});
