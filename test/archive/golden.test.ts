// Hashes that must never change: a commit is a pure function of its entry and its parent, on every machine and in every version.
import fs from "node:fs";
import { afterAll, expect, test } from "vitest";
import { entryTrailers, identity, notesTrailers } from "../../src/archive/commit-text.ts";
import { archive, definitionOf, entry, git, initial, put, refs, remove, temporary } from "./support.ts";

const repository = temporary("golden");
afterAll(() => fs.rmSync(repository, { recursive: true, force: true }));

test("the commits, notes and trees of a small history", async () => {
  await archive(repository, [
    initial(),
    entry(2, [put("user", "1", '{"name":"Ada"}')], {
      user: "ada",
      principal: "admin",
      requestId: "r-1",
      metadata: '{"http":{"method":"PUT"}}',
    }),
    entry(3, [
      { op: "define", table: "city", definition: definitionOf("city") },
      put("city", "Zürich/1", '{"n":1.10}', { expiresAt: 1_800_000_000_000 }),
    ]),
    entry(4, [put("h", "k", '{"f":"v"}', { kind: 2 }), remove("user", "1")], {
      flags: ["delete"],
      message: "Two things\n\nat once",
    }),
  ]);
  expect(git(repository, "log", "--reverse", "--format=%H %T", "main").trim().split("\n")).toMatchInlineSnapshot(`
    [
      "68a14f2b701fd9b4b920756806f7d6bfbaac88e3 4b825dc642cb6eb9a060e54bf8d69288fbee4904",
      "57bbb2afc65520faee1ca4a2b15ffe825c7b9cfc 73f84653ec9ee6974c360120baba83ec5d32013e",
      "562bd0e1f2283b8517184667ea28f425bdf46eae 8dbbb007d3dd615959532c9e9bbf186d40b2a578",
      "f0425361fc53406d63085784b90fc6141004cd69 5bc356c9199bf3fc8f9578c997ef0cd3a8e412f2",
    ]
  `);
  expect(refs(repository)["refs/notes/chrondb"]).toMatchInlineSnapshot(`"0bbc5022e08bca1240d401f2c22b8ee116ba13f2"`);
  expect(git(repository, "ls-tree", "-r", "main")).toMatchInlineSnapshot(`
    "100644 blob c531a0d0766231a2443232870cfd36e93653063e	_schema/city.json
    100644 blob aabfb5f1a6703d1742b9141427cdd67615c5da23	city/95/be/%5a%c3%bcrich%2f1.json
    100644 blob 9ebacc006c342f1fcc4a15bdc41b0dad156829e7	city/95/be/%5a%c3%bcrich%2f1.meta
    100644 blob 7057362a0a3fab2c3e94a5c80cad987f20774e5b	h/13/fb/k.json
    100644 blob 62dcaeb319d4b8310f6493c3f758f29c2ccd4616	h/13/fb/k.meta
    "
  `);
  expect(git(repository, "cat-file", "commit", "main")).toMatchInlineSnapshot(`
    "tree 5bc356c9199bf3fc8f9578c997ef0cd3a8e412f2
    parent 562bd0e1f2283b8517184667ea28f425bdf46eae
    author ChronDB <chrondb@example.com> 1700000000 +0000
    committer ChronDB <chrondb@example.com> 1700000000 +0000

    Two things

    at once

    ChronDB-Sequence: 4
    ChronDB-Time: 1700000000004000
    ChronDB-Note: 8fa2f0af9a10c5c7cb12d12b0de7524100cce5da0f5dc8bc084d81e41ba67958
    "
  `);
  expect(git(repository, "notes", "--ref=chrondb", "show", "main~1")).toMatchInlineSnapshot(`
    "{"tx_id":"00000000-0000-4000-8000-000000000003","origin":"rest","timestamp":"2023-11-14T22:13:20.003000Z","operation":"save-document","branch":"main","commit_message":"Save 3","tables":["city"],"document_ids":["city:Zürich/1"],"document_count":1,"path":"city/95/be/%5a%c3%bcrich%2f1.json","document_id":"city:Zürich/1","sequence":3,"effects":{"others":[{"op":"define","table":"city"}],"order":"AQA=","width":1}}
    "
  `);
  expect(git(repository, "cat-file", "blob", "main:city/95/be/%5a%c3%bcrich%2f1.meta").trim()).toMatchInlineSnapshot(
    `"{"expiresAt":1800000000000}"`,
  );
});

test.each([
  [{ name: "A <b>\n", email: "x\0@y>" }, "A b <x@y>"],
  [{ name: "", email: "" }, "ChronDB <>"],
  [{ name: "Zoë 😀", email: "z@x" }, "Zoë 😀 <z@x>"],
])("the committer %j is written %s", (signature, written) => {
  expect(identity(signature)).toBe(written);
});

test("trailers count only where they end a message", () => {
  const ours = `x\n\nChronDB-Sequence: 7\nChronDB-Time: 8\nChronDB-Note: ${"a".repeat(64)}\n`;
  expect(entryTrailers(ours)).toEqual({ sequence: 7, time: 8, noteHash: "a".repeat(64) });
  expect(entryTrailers(`${ours}more`)).toBeNull();
  expect(entryTrailers(`${ours}${ours.replace("7", "9")}`)?.sequence).toBe(9);
  expect(notesTrailers(ours)).toBeNull();
});
