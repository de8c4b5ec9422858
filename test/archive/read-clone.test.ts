// From entries to git, through a stock `git clone --mirror`, and back to the same entries.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { netEffects } from "../../src/archive/effects.ts";
import { readClone } from "../../src/archive/read-clone.ts";
import type { Effect, Entry, TableDefinition } from "../../src/log/entry.ts";
import { archive, entry, fsck, git, initial, put, remove, temporary } from "./support.ts";

const directories: string[] = [];
afterAll(() => {
  for (const directory of directories) fs.rmSync(directory, { recursive: true, force: true });
});

async function throughGit(entries: readonly Entry[]): Promise<Entry[]> {
  const repository = temporary("clone");
  directories.push(repository);
  await archive(path.join(repository, "live"), entries);
  expect(fsck(path.join(repository, "live"))).toBe("");
  const clone = path.join(repository, "clone.git");
  execFileSync("git", ["clone", "-q", "--mirror", `file://${path.join(repository, "live")}`, clone]);
  return collect(clone);
}

async function collect(clone: string): Promise<Entry[]> {
  const found: Entry[] = [];
  for await (const each of readClone(clone, { branch: "main" })) found.push(each);
  return found;
}

const definition = (table: string, more: Partial<TableDefinition> = {}): TableDefinition => ({
  table,
  columns: [
    { name: "id", type: "text", typmod: -1, notNull: true, default: null },
    { name: "n", type: "numeric", typmod: 655366, notNull: false, default: "1.10" },
  ],
  primaryKey: { name: `${table}_pkey`, columns: ["id"] },
  unique: [{ name: "u", columns: ["n"] }],
  unversioned: false,
  ...more,
});

const define = (table: string, made: TableDefinition | null): Effect => ({ op: "define", table, definition: made });

test("every member of a head comes back, whatever it says", async () => {
  const nasty = 'a\0b\r\n\n\nChronDB-Sequence: 7\nChronDB-Time: 1\nChronDB-Note: x\n\t"\\ é 😀 \u2028 \ud800';
  const entries = [
    initial(),
    entry(2, [put("user", "1", '{"a":1.10}')], {
      time: 1_700_000_000_123_457,
      user: nasty,
      principal: nasty,
      requestId: nasty,
      origin: nasty,
      txId: nasty,
      operation: nasty,
      flags: ["a", "", nasty],
      message: nasty,
      metadata: '{"http":{"method":"PUT","deep":[1.10,12345678901234567890,{"a":[]}]},"command":"SET"}',
    }),
    entry(3, [put("user", "2", "{}")], { message: "", operation: "", txId: "", origin: "", branch: "", metadata: "not json" }),
    entry(4, [put("user", "2", "{}")], { message: "   \n", metadata: '{ "spaced": 1 }' }),
    entry(5, [], { message: "nothing changed\n\n" }),
  ];
  expect(await throughGit(entries)).toEqual(entries);
});

test("every kind of effect comes back in its order, seen in the diff or not", async () => {
  const many = Array.from({ length: 300 }, (_, i) => put("bulk", `id${(i * 7919) % 300}`, `{"n":${i}}`));
  const entries = [
    initial(),
    entry(2, [define("user", definition("user")), put("user", "b", '{"n":1}'), put("user", "a", '{"n":2}')]),
    entry(3, [put("user", "b", '{"n":1}')]),
    entry(4, [remove("user", "absent")]),
    entry(5, many),
    entry(6, many.toReversed()),
    entry(7, [
      put("h", "1", '{"f":"v"}', { kind: 2 }),
      put("h", "2", "text", { expiresAt: 1_800_000_000_000 }),
      put("h", "3", Buffer.from([0, 255, 254])),
    ]),
    entry(8, [put("h", "1", '{"f":"v"}', { kind: 2, expiresAt: 5 })]),
    entry(9, [put("h", "1", '{"f":"v"}')]),
    entry(10, [remove("h", "2"), remove("h", "nothing"), put("h", "3", "")]),
    entry(11, [define("user", definition("user", { unique: [] })), remove("user", "a")]),
    entry(12, [define("user", null), define("user", definition("user")), put("user", "b", '{"n":1}'), remove("user", "a")]),
    entry(13, [define("user", definition("user"))]),
    entry(14, [define("bulk", null)]),
    entry(15, [define("never", null), { op: "branch", name: "feature", head: 12 }, { op: "branch", name: "old", head: null }]),
    entry(16, [put("default", "user:1", "x"), put("default", "plain", "y")]),
    entry(17, [put("s", "doc-as-string", '{"a":1}', { kind: 1 }), put("s", "string-as-doc", "x", { kind: 0 })]),
  ];
  expect(await throughGit(entries)).toEqual(entries);
});

test("ids of every sort come back", async () => {
  const ids = [
    "/",
    "..",
    ".",
    ".git",
    "a/b",
    "%",
    "%2f",
    "~",
    "a~b",
    "con",
    "CON.txt",
    "nul.json",
    "-rf",
    "_x",
    "User",
    "user",
    "USER",
    "😀",
    "שלום",
    "é",
    "e\u0301",
    "a.json",
    "a.meta",
    "a",
    "trailing.",
    "trailing ",
    " ",
    "\\x00\\xff",
    "a:b:c",
    "git~1",
    ".gitmodules",
    "x".repeat(1000),
    "é".repeat(500),
    `${"x".repeat(999)}y`,
    "%".repeat(67),
    "%".repeat(66),
  ];
  const entries = [initial(), ...ids.map((id, i) => entry(i + 2, [put("t", id, `{"id":${i}}`)]))];
  let next = entries.length + 1;
  entries.push(
    entry(
      next++,
      ids.map((id) => put("User/.git", id, JSON.stringify({ again: id }))),
    ),
  );
  entries.push(
    entry(
      next++,
      ids.map((id) => remove("t", id)),
    ),
  );
  entries.push(
    entry(
      next++,
      ids.map((id) => put("t", id, "s", { expiresAt: 9 })),
    ),
  );
  for (const id of ids) entries.push(entry(next++, [remove("User/.git", id)]));
  expect(await throughGit(entries)).toEqual(entries);
});

test("unversioned tables leave no trace but their definition", async () => {
  const entries = [
    initial(),
    entry(2, [define("cache", definition("cache", { unversioned: true })), put("cache", "1", "secret")]),
    entry(3, [put("cache", "2", "secret")]),
    entry(4, [put("cache", "3", "secret"), put("user", "1", "open")]),
    entry(5, [define("user", definition("user", { unversioned: true }))]),
    entry(6, [put("user", "1", "secret")]),
    entry(7, [define("user", definition("user")), put("user", "1", "again")]),
    entry(8, [put("cache", "2", "secret")]),
  ];
  const expected = [
    entries[0],
    { ...entries[1], effects: entries[1]?.effects.slice(0, 1) },
    { ...entries[3], effects: entries[3]?.effects.slice(1) },
    entries[4],
    entries[6],
  ];
  expect(await throughGit(entries)).toEqual(expected);
});

test("random histories come back as their net effects", async () => {
  const id = fc.constantFrom("1", "2", "A", "a", "x".repeat(300), "ä/../.git");
  const table = fc.constantFrom("user", "t/T", "default", "other");
  const body = fc.oneof(
    fc.constantFrom('{"a":1}', '{"a":2}', "text", ""),
    fc.uint8Array({ maxLength: 4 }).map((bytes) => `é${bytes.length}`),
  );
  const effect: fc.Arbitrary<Effect> = fc.oneof(
    {
      weight: 8,
      arbitrary: fc
        .record(
          { table, id, body, kind: fc.constantFrom(0, 1, 2), expiresAt: fc.constantFrom(0, 0, 7) },
          { noNullPrototype: true },
        )
        .map((made) => ({ op: "put", ...made }) as Effect),
    },
    {
      weight: 3,
      arbitrary: fc.record({ table, id }, { noNullPrototype: true }).map((made) => ({ op: "delete", ...made }) as Effect),
    },
    { weight: 1, arbitrary: table.map((name) => define(name, definition(name))) },
    { weight: 1, arbitrary: table.map((name) => define(name, null)) },
    { weight: 1, arbitrary: fc.constant<Effect>({ op: "branch", name: "b", head: 1 }) },
  );
  const history = fc.array(fc.array(effect, { maxLength: 30 }), { minLength: 1, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(history, async (lists) => {
      const entries = [initial(), ...lists.map((effects, i) => entry(i + 2, effects))];
      expect(await throughGit(entries)).toEqual(entries.map((each) => ({ ...each, effects: [...netEffects(each.effects)] })));
    }),
    { numRuns: 12 },
  );
}, 60_000);

test("a clone that was tampered with is refused, with the commit named", async () => {
  const repository = temporary("tampered");
  directories.push(repository);
  await archive(repository, [initial(), entry(2, [put("user", "1", "{}")])]);
  const head = git(repository, "rev-parse", "main").trim();
  git(
    repository,
    "-c",
    "user.name=x",
    "-c",
    "user.email=x@x",
    "notes",
    "--ref=chrondb",
    "add",
    "-f",
    "-m",
    '{"tx_id":"forged"}',
    "main",
  );
  await expect(collect(repository)).rejects.toMatchObject({
    code: "CORRUPT",
    message: new RegExp(`note of commit ${head} .* was changed`),
  });
  git(repository, "-c", "user.name=x", "-c", "user.email=x@x", "notes", "--ref=chrondb", "remove", "main");
  await expect(collect(repository)).rejects.toMatchObject({ code: "CORRUPT", message: /has no note/ });
});
