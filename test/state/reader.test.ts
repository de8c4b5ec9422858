// Reads: past states across drops, odd ids and bodies, expiry, scan order, times, relations, and readers beside the writer.
import { expect, it } from "vitest";
import { checkState } from "../../src/state/check.ts";
import { openReader, openState } from "../../src/state/open.ts";
import { SEEN } from "../../src/state/store.ts";
import { define, del, drop, head, put, scratchPath, scratchStore, write } from "./support.ts";

const BODIES: [name: string, body: string | Buffer][] = [
  ["nothing", ""],
  ["NUL bytes", "a\u0000b\u0000"],
  ["emoji", "\u{1f600} ≈ é"],
  ["bytes that are no text", Buffer.from([0xff, 0x00, 0xfe])],
  ["bytes that are text", Buffer.from("plain")],
  ["two megabytes", "\u{1f600}".repeat(500_000)],
  ["exact numbers", '{"n":12345678901234567890,"d":1.10, "e":1e5}'],
  ["a NUL escape", '{"s":"\\u0000"}'],
];

it.each(BODIES)("a body of %s comes back as it was", async (_name, body) => {
  const path = scratchPath();
  const store = openState({ path });
  write(store, put("t", "1", body));
  write(store, put("t", "1", "later"));
  expect(store.reader.getAt("t", "1", 1)?.body).toEqual(body);
  await store.close();
  const again = openState({ path });
  expect(again.reader.getAt("t", "1", 1)?.body).toEqual(body);
  expect(again.reader.get("t", "1")?.body).toBe("later");
  await again.close();
  expect(checkState(path).messages).toEqual([]);
});

it("ids are any text of up to 1,024 bytes, in byte order", () => {
  const store = scratchStore();
  const ids = [
    "\\x00",
    "\u{10ffff}",
    "\u{10ffff}x",
    "\ud7ff",
    "\ue000",
    "\uffff",
    "\u{1f600}",
    "%",
    "a'b\"c",
    ".git",
    "é".repeat(512),
    "x".repeat(1024),
  ];
  for (const table of ["doc", "own"]) {
    if (table === "own") write(store, define("own", { a: "text" }));
    write(store, ...ids.map((id) => put(table, id, `{"id":1}`)));
    const sorted = [...ids].sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
    expect(store.reader.list(table, { limit: 99 }).map((version) => version.id)).toEqual(sorted);
    for (const id of ids) {
      expect(store.reader.get(table, id)?.id).toBe(id);
      expect(store.reader.list(table, { prefix: id, limit: 99 }).map((version) => version.id)).toEqual(
        sorted.filter((other) => other.startsWith(id)),
      );
      const later = sorted.slice(sorted.indexOf(id) + 1);
      expect(store.reader.list(table, { after: id, limit: 99 }).map((version) => version.id)).toEqual(later);
    }
  }
});

it("a dropped table answers for the time it existed, under a name that is free again", () => {
  const store = scratchStore();
  const { reader } = store;
  write(store, define("t", { a: "text" }), put("t", "1", '{"a":"first"}'), put("t", "2", '{"a":"two"}'));
  write(store, put("t", "1", '{"a":"second"}'));
  write(store, drop("t"));
  write(store, put("other", "1", "x"));
  write(store, put("t", "1", '{"b":1}'));
  write(store, drop("t"), define("t", { c: "text" }), put("t", "1", '{"c":1}'));
  const bodies = [1, 2, 3, 4, 5, 6].map((sequence) => reader.getAt("t", "1", sequence)?.body);
  expect(bodies).toEqual(['{"a":"first"}', '{"a":"second"}', undefined, undefined, '{"b":1}', '{"c":1}']);
  expect(reader.listAt("t", 2, { limit: 9 }).map((version) => version.body)).toEqual(['{"a":"second"}', '{"a":"two"}']);
  expect(reader.listAt("t", 4, { limit: 9 })).toEqual([]);
  expect(reader.history("t", "1", { limit: 9 }).map(({ from, to }) => [from, to])).toEqual([
    [6, null],
    [5, 6],
    [2, 3],
    [1, 2],
  ]);
  expect(reader.history("t", "1", { before: 6, limit: 2 }).map(({ from }) => from)).toEqual([5, 2]);
  expect(
    store
      .catalog()
      .tables.get("t")
      ?.fields.map((field) => field.name),
  ).toEqual(["c"]);
});

it("a table made and dropped by one entry was never there", () => {
  const store = scratchStore();
  write(store, define("t", { a: "text" }), put("t", "1", '{"a":"x"}'), drop("t"));
  expect(store.reader.getAt("t", "1", 1)).toBeUndefined();
  expect(store.catalog().tables.has("t")).toBe(false);
  expect(store.reader.count(0)).toBe(0);
});

it("an unversioned table keeps only what is current", () => {
  const store = scratchStore();
  write(store, define("t", { a: "text" }, { unversioned: true }), put("t", "1", '{"a":"x"}'), put("t", "2", '{"a":"y"}'));
  write(store, put("t", "1", '{"a":"z"}'), del("t", "2"));
  expect(store.reader.history("t", "1", { limit: 9 }).map(({ from }) => from)).toEqual([2]);
  expect(store.reader.getAt("t", "1", 1)).toBeUndefined();
  expect(store.reader.getAt("t", "2", 1)).toBeUndefined();
});

it("documents move along when their table is declared, their past with them", () => {
  const store = scratchStore();
  write(store, put("t", "1", '{"a":"x"}', { expiresAt: 50 }), put("u", "1", '{"a":"u"}'));
  write(store, put("t", "1", '{"a":"y"}', { expiresAt: 60 }));
  write(store, define("t", { a: "text" }));
  expect(store.reader.get("t", "1")).toMatchObject({ body: '{"a":"y"}', from: 2, expiresAt: 60 });
  expect(store.reader.getAt("t", "1", 1)?.body).toBe('{"a":"x"}');
  expect(store.reader.count(0, "t")).toBe(1);
  expect(store.reader.expired(60, 9)).toEqual([{ table: "t", id: "1", from: 2, expiresAt: 60 }]);
  const table = store.catalog().tables.get("t");
  expect(table && store.reader.relation(table)).toEqual({ from: `d_${table?.tid}`, where: "" });
});

it("knows when documents expire: counts without them, lists them oldest first", () => {
  const store = scratchStore();
  const { reader } = store;
  write(store, define("own", { a: "text" }));
  write(store, put("t", "1", "a", { expiresAt: 300 }), put("own", "1", '{"a":"b"}', { expiresAt: 100 }), put("t", "2", "c"));
  expect([99, 100, 299, 300].map((now) => reader.count(now))).toEqual([3, 2, 2, 1]);
  expect([99, 300].map((now) => reader.count(now, "t"))).toEqual([2, 1]);
  expect(reader.expired(1000, 9)).toEqual([
    { table: "own", id: "1", from: 2, expiresAt: 100 },
    { table: "t", id: "1", from: 2, expiresAt: 300 },
  ]);
  expect(reader.expired(1000, 1).length).toBe(1);
  write(store, put("t", "1", "a", { expiresAt: 0 }), put("own", "1", '{"a":"b"}', { expiresAt: 900 }));
  expect(reader.expired(899, 9)).toEqual([]);
  expect(reader.getAt("t", "1", 2)?.expiresAt).toBe(300);
  write(store, del("own", "1"));
  expect(reader.expired(1000, 9)).toEqual([]);
});

it("scans all tables in the order of their numbers, from where it stopped", () => {
  const store = scratchStore();
  write(
    store,
    put("a", "1", "x"),
    put("a", "2", "x"),
    define("b", {}),
    put("b", "1", "{}"),
    put("b", "2", "{}"),
    put("c", "1", "x"),
    define("d", {}),
  );
  write(store, put("d", "1", "{}"), define("e", {}), put("e", "1", "{}"));
  const all = store.reader.scan(null, 99).map(({ table, version }) => `${table}:${version.id}`);
  expect(all).toEqual(["a:1", "a:2", "b:1", "b:2", "c:1", "d:1", "e:1"]);
  for (const size of [1, 2, 3]) {
    const found: string[] = [];
    let after: { tid: number; id: string } | null = null;
    for (let page = store.reader.scan(null, size); page.length > 0; page = store.reader.scan(after, size)) {
      for (const { tid, table, version } of page) {
        found.push(`${table}:${version.id}`);
        after = { tid, id: version.id };
      }
    }
    expect(found).toEqual(all);
  }
});

it("finds the entry of a time", () => {
  const store = scratchStore();
  expect(store.reader.sequenceAt(5)).toBe(0);
  for (let at = 0; at < 20; at++) write(store, put("t", "1", `${at}`));
  expect([0, 999, 1000, 1999, 2000, 7500, 20_000, 9e15].map((micros) => store.reader.sequenceAt(micros))).toEqual([
    0, 0, 1, 1, 2, 7, 20, 20,
  ]);
  expect(store.reader.head(7)).toEqual(head(7));
  expect(store.reader.head(21)).toBeUndefined();
  expect(store.reader.head(0)).toBeUndefined();
});

it("notes fields with their types, in the order first seen, up to the limit", () => {
  const store = scratchStore();
  write(
    store,
    put("t", "1", '{"b":1,"a":null,"c":[1]}'),
    put("t", "2", '{"a":1.5,"b":"x","d":{},"e":true}'),
    put("t", "3", "text"),
  );
  expect(store.catalog().tables.get("t")?.fields).toEqual([
    { name: "b", seen: SEEN.integer | SEEN.string },
    { name: "a", seen: SEEN.null | SEEN.number },
    { name: "c", seen: SEEN.array },
    { name: "d", seen: SEEN.object },
    { name: "e", seen: SEEN.boolean },
    { name: "value", seen: SEEN.string },
  ]);
  expect(store.catalog().tables.get("t")?.kinds).toBe(3);
  write(store, put("wide", "1", `{${Array.from({ length: 400 }, (_, at) => `"f${at}":1`).join(",")}}`));
  expect(store.catalog().tables.get("wide")?.fields.length).toBe(256);
  const before = store.catalog();
  write(store, put("wide", "2", '{"f399":"other","brand":"new"}'));
  expect(store.catalog()).toBe(before);
});

it("relations and past relations read in SQL what the calls read", () => {
  const store = scratchStore();
  write(store, put("a", "1", '{"v":1}'), put("b", "1", '{"v":2}'), define("c", { v: "int4" }), put("c", "1", '{"v":3}'));
  write(store, put("a", "1", '{"v":4}'), del("b", "1"), put("c", "2", '{"v":5}'));
  write(store, drop("c"));
  const sql = (from: string) => store.reader.database.prepare(`SELECT id, body FROM ${from} ORDER BY id`).raw().all();
  for (const sequence of [1, 2, 3]) {
    for (const table of ["a", "b", "c", "none"]) {
      const listed = store.reader.listAt(table, sequence, { limit: 9 }).map((version) => [version.id, version.body]);
      expect(sql(store.reader.pastRelation(table, sequence))).toEqual(listed);
    }
  }
  const table = store.catalog().tables.get("a");
  const relation = table && store.reader.relation(table);
  expect(sql(`${relation?.from} AS x WHERE ${relation?.where.replaceAll("%s", "x")}`)).toEqual([["1", '{"v":4}']]);
});

it("a snapshot of another thread's reader stands still while the writer goes on", () => {
  const store = scratchStore();
  write(store, put("t", "1", '{"a":1}'));
  const lone = openReader(store.path);
  try {
    lone.snapshot(() => {
      expect(lone.get("t", "1")?.from).toBe(1);
      write(store, put("t", "1", '{"b":1}'), define("u", { x: "text" }), put("u", "1", '{"x":"y"}'));
      expect(lone.get("t", "1")?.from).toBe(1);
      expect(lone.sequence()).toBe(1);
      expect(lone.get("u", "1")).toBeUndefined();
      expect(() => lone.snapshot(() => 1)).toThrow("within a snapshot");
    });
    expect(lone.get("u", "1")?.body).toBe('{"x":"y"}');
    expect(
      lone
        .catalog()
        .tables.get("t")
        ?.fields.map((field) => field.name),
    ).toEqual(["a", "b"]);
    expect(lone.catalog().version).toBe(store.catalog().version);
    write(store, drop("u"));
    expect(lone.catalog().tables.has("u")).toBe(false);
    expect(lone.getAt("u", "1", 2)?.body).toBe('{"x":"y"}');
  } finally {
    lone.close();
  }
});

it("the shared reader sees each commit at once, and says so when a cursor was left open", () => {
  const store = scratchStore();
  write(store, put("t", "1", "a"), put("t", "2", "b"));
  expect(store.reader.snapshot(() => store.reader.get("t", "1")?.body)).toBe("a");
  expect(() => store.reader.snapshot(() => store.reader.snapshot(() => 1))).toThrow("within a snapshot");
  const cursor = store.reader.database.prepare("SELECT id FROM doc").iterate();
  cursor.next();
  write(store, put("t", "1", "c"));
  expect(() => store.reader.get("t", "1")).toThrow(/busy/);
  cursor.return?.();
  expect(store.reader.get("t", "1")?.body).toBe("c");
});
