// UNIQUE and PRIMARY KEY of declared tables.
import { expect, it } from "vitest";
import type { Effect } from "../../src/log/entry.ts";
import { numericKey } from "../../src/state/numkey.ts";
import { UniqueConflict } from "../../src/state/store.ts";
import { define, del, head, put, scratchStore, write } from "./support.ts";

function conflictOf(run: () => void): UniqueConflict {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof UniqueConflict) return thrown;
    throw thrown;
  }
  throw new Error("no conflict");
}

const CLASHES: [type: string, one: string, other: string, clash: boolean, printed?: string][] = [
  ["text", '"a"', '"a"', true, "a"],
  ["text", '"a"', '"A"', false],
  ["text", '"é\\n\\u00e9"', '"é\\né"', true, "é\né"],
  ["text", "null", "null", false],
  ["int4", "1", "1", true, "1"],
  ["int8", "9223372036854775807", "9223372036854775807", true, "9223372036854775807"],
  ["int8", "9223372036854775807", "9223372036854775806", false],
  ["float8", "1.5", "15e-1", true, "15e-1"],
  ["bool", "true", "true", true, "t"],
  ["bool", "true", "false", false],
  ["numeric", "1.10", "1.1", true, "1.1"],
  ["numeric", "100", "1e2", true, "1e2"],
  ["numeric", "0.0", "-0", true, "-0"],
  ["numeric", "12345678901234567890.1", "12345678901234567890.2", false],
  ["numeric", '"NaN"', '"NaN"', true, "NaN"],
  ["numeric", "null", "null", false],
  ["bpchar", '"ab  "', '"ab"', true, "ab"],
  ["date", '"2026-01-01"', '"2026-01-01"', true, "2026-01-01"],
];

it.each(CLASHES)("%s: %s and %s clash: %s", (type, one, other, clash, printed) => {
  const store = scratchStore();
  write(store, define("t", { v: type }, { unique: [["v"]] }), put("t", "1", `{"v":${one}}`));
  const second = () => write(store, put("t", "2", `{"v":${other}}`));
  if (!clash) {
    second();
    expect(store.reader.count(0, "t")).toBe(2);
    return;
  }
  expect(conflictOf(second)).toMatchObject({ table: "t", constraint: "t_v_key", columns: ["v"], values: [printed] });
  expect(store.reader.count(0, "t")).toBe(1);
});

it("names a composite key's columns and values, the id among them", () => {
  const store = scratchStore();
  write(
    store,
    define("t", { a: "text", b: "int4" }, { primaryKey: ["a", "b"], unique: [["id", "b"]] }),
    put("t", "1", '{"a":"x","b":1}'),
  );
  write(store, put("t", "2", '{"a":"x","b":2}'), put("t", "3", '{"a":"x"}'), put("t", "4", '{"a":"x","b":null}'));
  expect(conflictOf(() => write(store, put("t", "5", '{"b":1,"a":"x"}')))).toMatchObject({
    constraint: "t_pkey",
    columns: ["a", "b"],
    values: ["x", "1"],
    message: 'duplicate key value violates unique constraint "t_pkey"',
  });
});

it.each(['we"ird', "it's", "a.b", "back\\slash", "$", "ü", "[0]"])("constrains a column named %s", (column) => {
  const store = scratchStore();
  const body = (value: number) => `{${JSON.stringify(column)}:${value}}`;
  write(store, define("t", { [column]: "int4" }, { unique: [[column]] }), put("t", "1", body(1)), put("t", "2", body(2)));
  expect(conflictOf(() => write(store, put("t", "3", body(2)))).values).toEqual(["2"]);
});

it("a refused put leaves nothing behind, neither a past version nor a field", () => {
  const store = scratchStore();
  const { writer } = store;
  write(
    store,
    define("t", { v: "text" }, { unique: [["v"]] }),
    put("t", "1", '{"v":"a"}'),
    put("t", "2", '{"v":"b"}', { expiresAt: 5 }),
  );
  const catalogue = store.catalog();
  writer.begin();
  conflictOf(() => writer.apply(2, [put("t", "2", '{"v":"a","extra":1}')]));
  conflictOf(() => writer.apply(2, [put("t", "3", '{"v":"a","extra":1}', { expiresAt: 7 })]));
  expect(store.writerCatalog()).toBe(catalogue);
  writer.apply(2, [put("t", "2", '{"v":"c"}')]);
  writer.finish(head(2));
  writer.commit();
  expect(store.reader.history("t", "2", { limit: 9 }).map(({ from, to }) => [from, to])).toEqual([
    [2, null],
    [1, 2],
  ]);
  expect(store.reader.count(0, "t")).toBe(2);
  expect(store.reader.expired(10, 10)).toEqual([]);
});

it("declaring a constraint that the documents break is refused, and the table stays undeclared", () => {
  const store = scratchStore();
  write(store, put("t", "1", '{"v":"a"}'), put("t", "2", '{"v":"a"}'), put("t", "3", '{"v":"b"}'));
  expect(conflictOf(() => write(store, define("t", { v: "text" }, { unique: [["v"]] })))).toMatchObject({
    constraint: "t_v_key",
    values: ["a"],
  });
  expect(store.catalog().tables.get("t")?.definition).toBeNull();
  expect(store.reader.relation(store.catalog().tables.get("t") as never)).toEqual({ from: "doc", where: "%s.tid = 1" });
  expect(store.reader.list("t", { limit: 9 }).length).toBe(3);
  write(store, del("t", "2"));
  write(store, define("t", { v: "text" }, { unique: [["v"]] }));
  expect(store.reader.list("t", { limit: 9 }).map((version) => [version.id, version.from])).toEqual([
    ["1", 1],
    ["3", 1],
  ]);
});

it("refuses constraints on a table that holds plain strings", () => {
  const store = scratchStore();
  write(store, put("t", "1", "text"));
  expect(() => write(store, define("t", { v: "text" }, { unique: [["v"]] }))).toThrow(/holds plain strings \("1"\)/);
  write(store, define("t", { v: "text" }));
  expect(store.reader.get("t", "1")?.body).toBe("text");
});

it("a new definition keeps, drops and adds constraints", () => {
  const store = scratchStore();
  write(store, define("t", { a: "text", b: "text" }, { unique: [["a"]] }), put("t", "1", '{"a":"x","b":"y"}'));
  write(store, define("t", { a: "text", b: "text" }, { unique: [["b"]] }));
  write(store, put("t", "2", '{"a":"x","b":"z"}'));
  expect(conflictOf(() => write(store, put("t", "3", '{"b":"z"}'))).constraint).toBe("t_b_key");
  write(store, define("t", { a: "text", b: "text" }));
  write(store, put("t", "3", '{"b":"z"}'));
});

it("an entry read back may break a constraint on the way, not at its end", () => {
  const store = scratchStore();
  const { writer } = store;
  write(store, define("t", { v: "text" }, { unique: [["v"]] }), put("t", "1", '{"v":"a"}'), put("t", "2", '{"v":"b"}'));
  const swap: Effect[] = [put("t", "1", '{"v":"b"}'), put("t", "2", '{"v":"a"}')];
  writer.begin();
  writer.apply(2, swap);
  writer.finish(head(2));
  expect(
    conflictOf(() => writer.apply(3, [put("u", "1", "x"), put("t", "1", '{"v":"c"}'), put("t", "3", '{"v":"c"}')])).values,
  ).toEqual(["c"]);
  expect(writer.get("u", "1")).toBeUndefined();
  expect(writer.count(0)).toBe(2);
  writer.commit();
  expect(store.reader.list("t", { limit: 9 }).map((version) => version.body)).toEqual(['{"v":"b"}', '{"v":"a"}']);
  expect(store.reader.history("t", "1", { limit: 9 }).map(({ from, to }) => [from, to])).toEqual([
    [2, null],
    [1, 2],
  ]);
});

const KEYS: [string, string | null][] = [
  ["1.10", "11e-1"],
  ["1.1", "11e-1"],
  ["11e-1", "11e-1"],
  ["0.0011E3", "11e-1"],
  ["-1.10", "-11e-1"],
  ["100", "1e2"],
  ["1e+2", "1e2"],
  ["0", "0"],
  ["-0.00", "0"],
  ["0e5", "0"],
  ["12345678901234567890", "1234567890123456789e1"],
  ["1e400", "1e400"],
  ["1e-400", "1e-400"],
  ['"1.10"', "11e-1"],
  ['"NaN"', "NaN"],
  ['"Infinity"', "Infinity"],
  ["null", null],
];
it.each(KEYS)("the key of the number %s is %s", (json, key) => expect(numericKey(json)).toBe(key));
it("no member has no key", () => expect(numericKey(null)).toBeNull());
