// Each kind of damage that `checkState` promises to find, made by hand, and each kind of difference that `compareStates` tells.
import { closeSync, copyFileSync, openSync, writeSync } from "node:fs";
import Database from "better-sqlite3";
import { expect, it } from "vitest";
import { checkState } from "../../src/state/check.ts";
import { compareStates } from "../../src/state/compare.ts";
import { openState } from "../../src/state/open.ts";
import { define, del, drop, put, scratchPath, write } from "./support.ts";

async function sound(): Promise<string> {
  const path = scratchPath();
  const store = openState({ path });
  write(store, put("user", "1", '{"a":1}', { expiresAt: 500 }), put("user", "2", '{"a":2}'));
  write(
    store,
    put("user", "1", '{"a":3}', { expiresAt: 600 }),
    define("own", { a: "int4" }, { unique: [["a"]] }),
    put("own", "1", '{"a":1}'),
  );
  write(
    store,
    put("user", "1", '{"a":4}', { expiresAt: 600 }),
    del("user", "2"),
    put("own", "1", '{"a":2}'),
    put("gone", "1", "x"),
  );
  write(store, drop("gone"));
  await store.close();
  return path;
}

function tamper(path: string, sql: string): void {
  const db = new Database(path);
  db.function("chrondb_numkey", { deterministic: true }, (text: unknown) => text);
  db.exec(sql);
  db.close();
}

const DAMAGE: [finding: RegExp, sql: string][] = [
  [/Table own has no physical table d_2/, "DROP TABLE d_2"],
  [/physical table d_77 belongs to no table/, "CREATE TABLE d_77 (id)"],
  [/tables numbered 1 and 9 both have the name user/, "INSERT INTO tbl VALUES (9, 'user', 2, NULL, NULL, 0, 99)"],
  [
    /Document 55:x refers to a table that is not registered/,
    "INSERT INTO doc (tid, id, from_seq, kind, expires, body) VALUES (55, 'x', 1, 1, 0, 'x'); UPDATE counter SET documents = documents + 1 WHERE tid = 0; INSERT INTO counter VALUES (55, 1)",
  ],
  [
    /past version of document 56:x refers to a table/,
    "INSERT INTO history (to_seq, tid, id, from_seq, kind, expires, body) VALUES (2, 56, 'x', 1, 1, 0, 'x')",
  ],
  [/Document 1:1 was written by entry 40/, "UPDATE doc SET from_seq = 40"],
  [/Document 2:1 was written by entry 41/, "UPDATE d_2 SET from_seq = 41"],
  [/past version of document 1:2 from entry 1 to 30/, "UPDATE history SET to_seq = 30 WHERE id = '2'"],
  [/past version of document 1:2 from entry 4 to 3/, "UPDATE history SET from_seq = 4 WHERE id = '2'"],
  [
    /past versions of document 1:1 overlap at entry 1/,
    "UPDATE history SET from_seq = 1 WHERE id = '1' AND to_seq = 3 AND tid = 1; UPDATE history SET body = '{}' WHERE 0; INSERT INTO history (to_seq, tid, id, from_seq, kind, expires, body) VALUES (4, 1, '1', 1, 0, 500, '{\"a\":1}')",
  ],
  [/Version 3 of document 1:1 does not follow version 2/, "UPDATE doc SET prev = 1"],
  [
    /Version 2 of document 1:1 does not follow version 1/,
    "UPDATE history SET prev = 0 WHERE to_seq = 3 AND id = '1' AND tid = 1",
  ],
  [/Version 3 of document 1:1 does not follow version 2/, "UPDATE doc SET depth = 1"],
  [/Version 2 of document 1:2 does not follow version 1/, "UPDATE gone SET prev = 0 WHERE id = '2'"],
  [/Version 1 of document 1:2 is past, but neither a current version nor a list of the deleted leads to it/, "DELETE FROM gone"],
  [/Version 3 of document 1:1 leads to a version that is no milestone/, "UPDATE doc SET jump = prev"],
  [
    /Document 1:1 is both current and deleted/,
    "INSERT INTO gone SELECT tid, id, prev, depth, jump FROM doc WHERE id = '1' AND tid = 1",
  ],
  [/Entry 2 notes the past as ended at version 9, but/, "UPDATE entry SET past = 9 WHERE seq = 2"],
  [/Entry 3 notes the past as ended at version 2, but/, "UPDATE entry SET past = 2 WHERE seq = 3"],
  [/Document 1:1 is current since entry 1, but a past version of it is newer/, "UPDATE doc SET from_seq = 1"],
  [/Document 1:1 expires, but the list of expiries does not have it/, "DELETE FROM expiry"],
  [/list of expiries has document 1:7, which does not expire then/, "INSERT INTO expiry VALUES (9, 1, '7')"],
  [/In all there are 2 documents, but 5 are counted/, "UPDATE counter SET documents = 5 WHERE tid = 0"],
  [/In the table numbered 2 there are 1 documents, but 0 are counted/, "DELETE FROM counter WHERE tid = 2"],
  [/Entries 2 to 2 are missing/, "DELETE FROM entry WHERE seq = 2"],
  [/Entry 3 is not later than the one before it/, "UPDATE entry SET time = 2000 WHERE seq = 3"],
  [/head of entry 3 is that of entry 2/, "UPDATE entry SET head = (SELECT head FROM entry WHERE seq = 2) WHERE seq = 3"],
  [/head of entry 1 cannot be read/, "UPDATE entry SET head = x'01ff' WHERE seq = 1"],
  [
    /Document user:1 has a kind, or a field or its type, that is not noted/,
    "DELETE FROM field WHERE tid = 1; INSERT INTO field VALUES (1, 0, 'a', 16)",
  ],
  [/Document gone:1 has a kind/, "UPDATE tbl SET kinds = 0 WHERE name = 'gone'"],
];

it("finds nothing in a sound file, also while it is in use", async () => {
  const path = await sound();
  expect(checkState(path)).toEqual({ ok: true, messages: [] });
  const store = openState({ path });
  write(store, put("user", "9", '{"z":1}'));
  expect(checkState(path)).toEqual({ ok: true, messages: [] });
  await store.close();
});

it.each(DAMAGE)("finds %s", async (finding, sql) => {
  const path = await sound();
  tamper(path, sql);
  const report = checkState(path);
  expect(report.ok).toBe(false);
  expect(report.messages.join("\n")).toMatch(finding);
});

it("finds what SQLite finds: an index that lacks a row", async () => {
  const path = await sound();
  const db = new Database(path);
  const page = Number(db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'u_2_0'").pluck().get());
  db.close();
  const fd = openSync(path, "r+");
  // The number of cells of an index leaf is in bytes 3 and 4 of its page.
  writeSync(fd, Buffer.from([0, 0]), 0, 2, (page - 1) * 4096 + 3);
  closeSync(fd);
  expect(checkState(path).messages.join("\n")).toMatch(/SQLite finds: .*u_2_0/);
});

const DIFFERENCES: [difference: string, sql: string][] = [
  ['The document of user "1" differs.', `UPDATE doc SET body = '{"a":5}'`],
  ['The document of user "1" differs.', "UPDATE doc SET body = CAST(body AS BLOB)"],
  ['The document of own "1" differs.', `UPDATE d_2 SET body = '{"a":5}'`],
  ['Only the first has the document of own "1".', "DELETE FROM d_2"],
  ['The past version in user "1" of entry 1 differs.', "UPDATE history SET expires = 1 WHERE from_seq = 1 AND id = '1'"],
  ['Only the first has the past version in user "2" of entry 1.', "DELETE FROM history WHERE id = '2'"],
  [
    'Only the second has the past version in user "0" of entry 1.',
    "INSERT INTO history (to_seq, tid, id, from_seq, kind, expires, body) VALUES (2, 1, '0', 1, 1, 0, 'x')",
  ],
  ["The entry 2 differs.", "UPDATE entry SET head = (SELECT head FROM entry WHERE seq = 1) WHERE seq = 2"],
  ["Only the first has the entry 4.", "DELETE FROM entry WHERE seq = 4"],
  [
    "Table own is defined differently.",
    `UPDATE tbl SET definition = json_set(definition, '$.columns[0].type', 'int8') WHERE tid = 2`,
  ],
  ["Only the first has table gone (dropped by entry 4).", "DELETE FROM tbl WHERE name = 'gone'"],
  [
    "Only the second has table fresh.",
    "INSERT INTO tbl VALUES (9, 'fresh', 2, NULL, NULL, 1, 99); INSERT INTO doc (tid, id, from_seq, kind, expires, body) VALUES (9, 'x', 1, 1, 0, 'x')",
  ],
];

it("tells no difference between a file and its copy", async () => {
  const path = await sound();
  const copy = scratchPath();
  copyFileSync(path, copy);
  expect(compareStates(path, copy)).toEqual([]);
});

it.each(DIFFERENCES)("tells: %s", async (difference, sql) => {
  const path = await sound();
  const copy = scratchPath();
  copyFileSync(path, copy);
  tamper(copy, sql);
  expect(compareStates(path, copy)).toContain(difference);
});
