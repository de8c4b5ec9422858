// A savepoint or a group given up puts back rows, catalogue, fields, kinds and counts.
import { expect, it } from "vitest";
import { UniqueConflict } from "../../src/state/store.ts";
import { define, del, drop, head, put, scratchStore, write } from "./support.ts";

it("gives up what a savepoint changed, and keeps what came before it", () => {
  const store = scratchStore();
  const { writer, reader } = store;
  write(store, put("user", "1", '{"name":"Ann"}'));
  const committed = store.catalog();
  writer.begin();
  writer.savepoint();
  writer.apply(2, [put("user", "2", '{"name":"Bob"}')]);
  writer.release();
  writer.finish(head(2));
  const kept = store.writerCatalog();
  writer.savepoint();
  writer.apply(3, [put("user", "2", '{"name":1,"age":7}'), put("fresh", "1", "text"), define("city", { name: "text" })]);
  writer.apply(3, [del("user", "1")]);
  expect(store.writerCatalog().tables.get("user")?.fields).toEqual([
    { name: "name", seen: 20 },
    { name: "age", seen: 4 },
  ]);
  expect([...store.writerCatalog().tables.keys()].sort()).toEqual(["city", "fresh", "user"]);
  expect(writer.count(0)).toBe(2);
  writer.rollbackToSavepoint();
  expect(store.writerCatalog()).toBe(kept);
  expect(store.catalog()).toBe(committed);
  expect(writer.count(0)).toBe(2);
  expect(writer.get("user", "2")?.body).toBe('{"name":"Bob"}');
  expect(writer.get("user", "1")?.from).toBe(1);
  writer.commit();
  expect(reader.sequence()).toBe(2);
  expect(reader.count(0)).toBe(2);
  expect(reader.get("user", "2")?.body).toBe('{"name":"Bob"}');
  expect(reader.getAt("user", "2", 1)).toBeUndefined();
});

it("never gives a version of the catalogue twice, though a group was given up", () => {
  const store = scratchStore();
  const { writer } = store;
  write(store, put("user", "1", '{"a":1}'));
  const before = store.catalog();
  writer.begin();
  writer.apply(2, [put("user", "1", '{"b":1}')]);
  const given = store.writerCatalog().version;
  writer.rollback();
  expect(store.catalog()).toBe(before);
  expect(store.writerCatalog()).toBe(before);
  write(store, put("user", "1", '{"c":1}'));
  expect(store.catalog().version).toBeGreaterThan(given);
  expect(before.tables.get("user")?.fields.map((field) => field.name)).toEqual(["a"]);
});

it("leaves the catalogue alone while documents look alike", () => {
  const store = scratchStore();
  write(store, put("user", "1", '{"a":1,"b":"x"}'));
  const before = store.catalog();
  write(store, put("user", "2", '{"b":"y"}'), put("user", "1", '{"b":"z","a":2}'));
  expect(store.catalog()).toBe(before);
});

it("a declared table unmade by a rollback can be made again with the same number", () => {
  const store = scratchStore();
  const { writer } = store;
  writer.begin();
  writer.apply(1, [define("t", { a: "text" })]);
  writer.apply(1, [put("t", "1", '{"a":"x"}')]);
  writer.rollback();
  write(store, define("u", { a: "text" }), put("u", "1", '{"a":"y"}'));
  expect(store.reader.get("u", "1")?.body).toBe('{"a":"y"}');
  expect(store.reader.get("t", "1")).toBeUndefined();
});

it("a drop is undone as a whole", () => {
  const store = scratchStore();
  const { writer } = store;
  write(store, define("t", { a: "text" }, { unique: [["a"]] }), put("t", "1", '{"a":"x"}', { expiresAt: 99 }));
  writer.begin();
  writer.savepoint();
  writer.apply(2, [drop("t")]);
  expect(writer.get("t", "1")).toBeUndefined();
  expect(writer.count(0)).toBe(0);
  writer.rollbackToSavepoint();
  expect(writer.get("t", "1")?.body).toBe('{"a":"x"}');
  expect(writer.expired(100, 10)).toEqual([{ table: "t", id: "1", from: 1, expiresAt: 99 }]);
  expect(() => writer.apply(2, [put("t", "2", '{"a":"x"}')])).toThrow(UniqueConflict);
  writer.rollback();
});

it("savepoints nest once", () => {
  const { writer } = scratchStore();
  writer.begin();
  writer.savepoint();
  writer.apply(1, [put("t", "1", '{"a":1}')]);
  writer.savepoint();
  writer.apply(1, [put("t", "2", '{"a":1}')]);
  expect(() => writer.savepoint()).toThrow("savepoints nest at most once");
  writer.rollbackToSavepoint();
  expect(writer.count(0)).toBe(1);
  writer.rollbackToSavepoint();
  expect(writer.count(0)).toBe(0);
  expect(() => writer.release()).toThrow("a savepoint is open");
  writer.rollback();
});

it("asserts the order of its calls", () => {
  const store = scratchStore();
  expect(() => store.writer.apply(1, [put("t", "1", "x")])).toThrow("inside a group");
  write(store, put("t", "1", "x"));
  store.writer.begin();
  expect(() => store.writer.apply(1, [put("t", "1", "y")])).toThrow("once, in order");
  expect(() => store.writer.finish(head(1))).toThrow("once, in order");
  store.writer.savepoint();
  expect(() => store.writer.commit()).toThrow("savepoints are released");
  store.writer.rollback();
});
