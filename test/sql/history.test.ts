// chrondb_history, chrondb_at, chrondb_diff and chrondb_restore, with parameters too.
import { afterAll, beforeAll, expect, test } from "vitest";
import { CALLER, TestRoom, type TestSession } from "./support/room.ts";

let room: TestRoom;
let session: TestSession;
let first: number;

beforeAll(async () => {
  room = await TestRoom.open();
  session = room.session();
  await session.rows("INSERT INTO doc (id, a, b) VALUES ('x', 1, 'one')");
  first = room.service.tenant("chrondb").read(CALLER, (view) => view.sequence);
  await session.rows("SET chrondb.message = 'a reason'");
  await session.rows("SET chrondb.user = 'bea'");
  await session.rows("UPDATE doc SET a = 2, c = true WHERE id = 'x'");
});
afterAll(() => room.close());

test("chrondb_history: newest first, with commit, committer and document", async () => {
  const rows = await session.rows("SELECT commit_id, committer, data FROM chrondb_history('doc', 'x')");
  expect(rows.map(([commit, committer, data]) => [/^[0-9a-f]{40}$/.test(commit ?? ""), committer, data])).toEqual([
    [true, "bea", '{"a": 2, "b": "one", "c": true}'],
    [true, "ChronDB", '{"a": 1, "b": "one"}'],
  ]);
  expect(await session.rows("SELECT count(*) FROM chrondb_history($1, $2) WHERE data ->> 'a' = '1'", ["doc", "x"])).toEqual([
    ["1"],
  ]);
});

test("chrondb_at: the fields of the document as it was", async () => {
  expect(await session.rows(`SELECT * FROM chrondb_at('doc', 'x', '${first}')`)).toEqual([["x", "1", "one", null]]);
  expect(await session.rows("SELECT data FROM chrondb_at($1, $2, $3)", ["doc", "x", String(first)])).toEqual([
    ['{"a": 1, "b": "one"}'],
  ]);
  expect((await session.run("SELECT * FROM chrondb_at('doc', 'x', 'no such thing')")).error).not.toBeNull();
});

test("chrondb_diff", async () => {
  const rows = await session.rows(`SELECT id, added, removed, changed FROM chrondb_diff('doc', 'x', '${first}', '${first + 1}')`);
  expect(rows).toEqual([["x", '{"c": true}', "{}", '{"a": {"new": 2, "old": 1}}']]);
});

test("chrondb_restore: a new version, once", async () => {
  const before = room.service.tenant("chrondb").read(CALLER, (view) => view.sequence);
  expect(await session.rows(`SELECT id, data FROM chrondb_restore('doc', 'x', '${first}')`)).toEqual([
    ["x", '{"a": 1, "b": "one"}'],
  ]);
  expect(room.service.tenant("chrondb").read(CALLER, (view) => view.sequence)).toBe(before + 1);
  expect(await session.rows("SELECT a, b, c FROM doc")).toEqual([["1", "one", null]]);
});
