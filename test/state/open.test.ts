// Opening, damage, checkpoints and rebuilding.
import { closeSync, existsSync, openSync, statSync, writeFileSync, writeSync } from "node:fs";
import Database from "better-sqlite3";
import { expect, it } from "vitest";
import { ChronError } from "../../src/base/errors.ts";
import { DEFAULT_LIMITS } from "../../src/base/limits.ts";
import type { Entry } from "../../src/log/entry.ts";
import { checkState } from "../../src/state/check.ts";
import { openReader, openState } from "../../src/state/open.ts";
import { rebuildState } from "../../src/state/rebuild.ts";
import { define, head, put, scratchPath, scratchStore, write } from "./support.ts";

function refusalOf(run: () => unknown): ChronError {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof ChronError) return thrown;
    throw thrown;
  }
  throw new Error("nothing was thrown");
}

it("its files are for their owner only", () => {
  const store = scratchStore();
  write(store, put("t", "1", "x"));
  for (const suffix of ["", "-wal", "-shm"]) expect(statSync(`${store.path}${suffix}`).mode & 0o777).toBe(0o600);
});

it("registers the given functions on every connection", () => {
  let connections = 0;
  const store = scratchStore({
    registerFunctions: (db) => {
      connections++;
      db.function("seven", () => 7);
    },
  });
  expect(connections).toBe(2);
  for (const { database } of [store.writer, store.reader]) expect(database.prepare("SELECT seven()").pluck().get()).toBe(7);
});

const NOT_STATES: [name: string, make: (path: string) => void, says: RegExp][] = [
  ["garbage", (path) => writeFileSync(path, "garbage ".repeat(1000)), /is damaged: .*SQLITE_NOTADB.*chrondb rebuild/],
  ["another SQLite file", (path) => new Database(path).exec("CREATE TABLE x (y)").close(), /is a SQLite file of something else/],
  [
    "a format of the future",
    (path) => new Database(path).exec("CREATE TABLE meta (key, value); INSERT INTO meta VALUES ('format', 99)").close(),
    /has format 99, this ChronDB reads format 2/,
  ],
];
it.each(NOT_STATES)("refuses %s, naming file and remedy", (_name, make, says) => {
  const path = scratchPath();
  make(path);
  for (const open of [() => openState({ path }), () => openReader(path)]) {
    const refusal = refusalOf(open);
    expect(refusal.code).toBe("CORRUPT");
    expect(refusal.message).toMatch(says);
    expect(refusal.message).toContain(path);
    expect(refusal.message).toContain("chrondb rebuild");
  }
});

it("a page that is damaged later is refused when it is read, not answered", async () => {
  const path = scratchPath();
  const store = openState({ path });
  write(store, ...Array.from({ length: 2000 }, (_, at) => put("t", `id${at}`, "x".repeat(200))));
  await store.close();
  const fd = openSync(path, "r+");
  for (let page = 30; page < 100; page++) writeSync(fd, Buffer.alloc(4096, 0xa5), 0, 4096, page * 4096);
  closeSync(fd);
  const reader = openReader(path);
  const codes = new Set<string>();
  for (let at = 0; at < 2000; at++) {
    try {
      expect(reader.get("t", `id${at}`)?.body).toBe("x".repeat(200));
    } catch (thrown) {
      codes.add(thrown instanceof ChronError ? thrown.code : String(thrown));
    }
  }
  expect([...codes]).toEqual(["CORRUPT"]);
  reader.close();
  expect(checkState(path).ok).toBe(false);
});

it("a missing file is refused by a reader", () => {
  expect(refusalOf(() => openReader(scratchPath())).code).toBe("STORAGE_FAILED");
});

it("refuses what it cannot apply: moves of other branches", () => {
  const store = scratchStore();
  expect(refusalOf(() => write(store, { op: "branch", name: "dev", head: 1 })).code).toBe("NOT_SUPPORTED");
});

it("a checkpoint answers what is durable, and copies the WAL", async () => {
  const store = scratchStore();
  for (let at = 0; at < 50; at++) write(store, put("t", `${at}`, "x".repeat(500)));
  store.reader.get("t", "1");
  const before = statSync(store.path).size;
  const first = store.checkpoint();
  write(store, put("t", "later", "x"));
  const second = store.checkpoint();
  const third = store.checkpoint();
  expect(await first).toBe(50);
  expect([await second, await third]).toEqual([51, 51]);
  expect(statSync(store.path).size).toBeGreaterThan(before);
});

it("starts the WAL over when it is past its bound, also with a group open and readers at work", async () => {
  const store = scratchStore({ limits: { ...DEFAULT_LIMITS, stateWalBytes: 200_000 } });
  const wal = () => statSync(`${store.path}-wal`).size;
  const lone = openReader(store.path);
  for (let at = 0; at < 100; at++) write(store, put("t", `${at}`, "x".repeat(3000)));
  expect(wal()).toBeGreaterThan(200_000);
  store.writer.begin();
  store.writer.apply(101, [put("t", "open", "x")]);
  store.writer.finish(head(101));
  store.reader.get("t", "1");
  lone.get("t", "1");
  expect(await store.checkpoint()).toBe(100);
  expect(wal()).toBeGreaterThan(200_000);
  store.writer.commit();
  expect(wal()).toBe(0);
  expect(store.reader.get("t", "open")?.from).toBe(101);
  // A reader that stays on an old snapshot holds it back without holding anybody up, and it is done later.
  for (let at = 0; at < 100; at++) write(store, put("t", `${at}`, "y".repeat(3000)));
  lone.database.exec("BEGIN");
  lone.get("t", "1");
  for (let at = 0; at < 100; at++) write(store, put("t", `${at}`, "z".repeat(3000)));
  const started = performance.now();
  expect(await store.checkpoint()).toBe(301);
  expect(performance.now() - started).toBeLessThan(4000);
  expect(wal()).toBeGreaterThan(200_000);
  lone.database.exec("COMMIT");
  expect(await store.checkpoint()).toBe(301);
  expect(wal()).toBe(0);
  lone.close();
});

it("what was committed is there after the file is opened again, and nothing of what was not", async () => {
  const path = scratchPath();
  const store = openState({ path });
  write(store, put("t", "1", "x"), define("own", { a: "text" }), put("own", "1", '{"a":"x"}'));
  store.writer.begin();
  store.writer.apply(2, [put("t", "2", "y")]);
  await store.close();
  const again = openState({ path });
  expect(again.reader.sequence()).toBe(1);
  expect(again.reader.get("t", "2")).toBeUndefined();
  expect(again.reader.get("own", "1")?.body).toBe('{"a":"x"}');
  expect(again.catalog().tables.get("own")?.fields).toEqual([{ name: "a", seen: 16 }]);
  await again.close();
  expect(existsSync(`${path}-wal`)).toBe(false);
});

it("a rebuild takes the place of a damaged file and its WAL only when it is whole", async () => {
  const path = scratchPath();
  const entries: Entry[] = Array.from({ length: 2500 }, (_, at) => ({
    head: head(at + 1),
    effects: [put("t", `${at % 10}`, `{"n":${at}}`)],
  }));
  const store = openState({ path });
  write(store, put("old", "1", "x"));
  await store.close();
  writeFileSync(`${path}-wal`, "left over");
  const failing = (function* () {
    yield* entries.slice(0, 1500);
    throw new Error("the source failed");
  })();
  await expect(rebuildState(path, failing)).rejects.toThrow("the source failed");
  expect(existsSync(`${path}.rebuild`)).toBe(false);
  writeFileSync(path, "damaged");
  const told: number[] = [];
  expect(await rebuildState(path, entries, { progress: (done) => told.push(done) })).toBe(2500);
  expect(told).toEqual([1000, 2000, 2500]);
  const rebuilt = openState({ path });
  expect(rebuilt.reader.get("old", "1")).toBeUndefined();
  expect(rebuilt.reader.history("t", "3", { limit: 1000 }).length).toBe(250);
  expect(rebuilt.reader.getAt("t", "3", 1004)?.body).toBe('{"n":1003}');
  await rebuilt.close();
  for (const left of [".rebuild", ".old", "-wal"]) expect(existsSync(`${path}${left}`)).toBe(false);
  expect(checkState(path)).toEqual({ ok: true, messages: [] });
});
