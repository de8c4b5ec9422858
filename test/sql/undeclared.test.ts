// Tables that were never declared: columns are the fields seen, types what fits all values, and any field may be written.
import { afterAll, beforeAll, expect, test } from "vitest";
import { CALLER, TestRoom, type TestSession } from "./support/room.ts";

let room: TestRoom;
let session: TestSession;

const INTENT = { operation: "save", message: "Save document", flags: [], requestId: "", metadata: {} };

async function put(table: string, id: string, body: string | Buffer): Promise<void> {
  await room.service.tenant("chrondb").write(CALLER, INTENT, (tx) => {
    tx.put(table, id, body);
  });
}

beforeAll(async () => {
  room = await TestRoom.open();
  session = room.session();
});
afterAll(() => room.close());

const types = async (text: string): Promise<string[]> =>
  ((await session.run(text)).columns ?? []).map(({ name, type }) => `${name}:${type}`);

test("columns are id and the fields in the order seen, of types that fit every value", async () => {
  await put("mix", "a", '{"i":1,"n":1,"b":true,"s":"x","o":{"k":1},"m":1,"z":null}');
  await put("mix", "b", '{"i":9007199254740993,"n":1.10,"b":null,"m":"y"}');
  expect(await types("SELECT * FROM mix")).toEqual(["id:25", "i:20", "n:1700", "b:16", "s:25", "o:3802", "m:3802", "z:25"]);
  expect(await session.rows("SELECT * FROM mix ORDER BY id")).toEqual([
    ["a", "1", "1", "t", "x", '{"k": 1}', "1", null],
    ["b", "9007199254740993", "1.10", null, null, null, '"y"', null],
  ]);
  expect(await session.rows("SELECT sum(i), sum(n) FROM mix")).toEqual([["9007199254740994", "2.10"]]);
});

test("numbers come back as they were written, on every door", async () => {
  await put("exact", "a", '{"big":12345678901234567890,"dec":1.10}');
  expect(await session.rows("SELECT big, dec FROM exact")).toEqual([["12345678901234567890", "1.10"]]);
  await session.rows("UPDATE exact SET other = 2.500 WHERE id = 'a'");
  const version = room.service.tenant("chrondb").read(CALLER, (view) => view.get("exact", "a"));
  expect(version?.body).toBe('{"big":12345678901234567890,"dec":1.10,"other":2.500}');
});

test("plain strings are the column value; bytes are shown in base64", async () => {
  await put("cache", "a", "plain");
  await put("cache", "b", Buffer.from([0xff, 0xfe]));
  await put("cache", "c", '{"value":"doc","x":1}');
  expect(await session.rows("SELECT id, value, x FROM cache ORDER BY id")).toEqual([
    ["a", "plain", null],
    ["b", '{"$base64":"//4="}', null],
    ["c", "doc", "1"],
  ]);
  await session.rows("UPDATE cache SET value = 'new' WHERE id = 'a'");
  await session.rows("UPDATE cache SET x = 2 WHERE id = 'b'").catch(() => undefined);
  expect(room.service.tenant("chrondb").read(CALLER, (view) => view.get("cache", "a"))).toMatchObject({ kind: 1, body: "new" });
});

test("field names that are awkward in JSON paths", async () => {
  await put("odd", "a", '{"a.b":1,"q\\"q":2,"$d":3,"it\'s":4,"päth":5,"a\\\\b":6}');
  expect(await session.rows(`SELECT "a.b", "q""q", "$d", "it's", "päth", "a\\b" FROM odd`)).toEqual([
    ["1", "2", "3", "4", "5", "6"],
  ]);
});

test("an INSERT makes the table, an id where none is given, and fields that were not there", async () => {
  expect((await session.run("SELECT * FROM fresh")).error?.sqlstate).toBe("42P01");
  const made = await session.run("INSERT INTO fresh (name, age) VALUES ('Ann', 3), ('Bob', 4) RETURNING id, name, age");
  expect(made.tag).toBe("INSERT 0 2");
  expect(made.rows[0]?.[0]).toMatch(/^[0-9a-f-]{36}$/);
  await session.rows("INSERT INTO fresh (id, name, extra) VALUES ('x', 'Cyd', '{\"k\":[1]}'::jsonb)");
  expect(await session.rows("SELECT name, age, extra FROM fresh WHERE id = 'x'")).toEqual([["Cyd", null, '{"k": [1]}']]);
  expect((await session.run("SELECT nofield FROM fresh")).error).toMatchObject({ sqlstate: "42703", position: 8 });
  expect((await session.run("INSERT INTO fresh (id) VALUES ('x')")).error).toMatchObject({
    sqlstate: "23505",
    detail: "Key (id)=(x) already exists.",
  });
});

test("the reserved word user names a table in a table's place", async () => {
  await session.rows("INSERT INTO user (id, name) VALUES ('1', 'Ann'), ('2', 'Bob')");
  expect(await session.rows("SELECT user.name FROM user WHERE user.id = '1'")).toEqual([["Ann"]]);
  expect((await session.run("UPDATE user SET name = 'Zoe' WHERE id = '2'")).tag).toBe("UPDATE 1");
  expect((await session.run("DELETE FROM user WHERE id = '1'")).tag).toBe("DELETE 1");
  expect(await session.rows("SELECT u.name FROM user u JOIN user v ON u.id = v.id")).toEqual([["Zoe"]]);
  expect(await session.rows("SELECT user")).toEqual([["ada"]]);
  // Positions are those of the text as the client wrote it.
  expect((await session.run("UPDATE user SET nope")).error?.position).toBe(21);
  expect((await session.run("SELECT 1 FROM user WHERE nofield = 1")).error?.position).toBe(26);
});

test("SHOW TABLES, SHOW SCHEMAS and DESCRIBE", async () => {
  await session.rows("CREATE TABLE declared (id int PRIMARY KEY, n varchar(5) NOT NULL DEFAULT 'x')");
  expect(await session.rows("SHOW TABLES")).toContainEqual(["declared", "YES"]);
  expect(await session.rows("show tables from public;")).toContainEqual(["fresh", "NO"]);
  expect(await session.rows("SHOW DATABASES")).toEqual([["public"]]);
  expect(await session.rows("DESCRIBE declared")).toEqual([
    ["id", "integer", "NO", "PRI", null],
    ["n", "character varying(5)", "NO", "", "'x'::character varying"],
  ]);
  expect(await session.rows("SHOW COLUMNS FROM public.fresh")).toContainEqual(["age", "bigint", "YES", "", null]);
  expect((await session.run("DESCRIBE nosuch")).error?.sqlstate).toBe("42P01");
});

test("expired documents are gone at once", async () => {
  await room.service.tenant("chrondb").write(CALLER, INTENT, (tx) => {
    tx.put("brief", "old", '{"n":1}', { expiresAt: 1 });
    tx.put("brief", "new", '{"n":2}', { expiresAt: tx.nowMs + 3_600_000 });
  });
  expect(await session.rows("SELECT id FROM brief")).toEqual([["new"]]);
  expect(await session.rows("SELECT id FROM brief WHERE id = 'old'")).toEqual([]);
  expect((await session.run("UPDATE brief SET n = 3")).tag).toBe("UPDATE 1");
  // An UPDATE keeps the time the document has left.
  const version = room.service.tenant("chrondb").read(CALLER, (view) => view.get("brief", "new"));
  expect(version?.expiresAt).toBeGreaterThan(1);
});
