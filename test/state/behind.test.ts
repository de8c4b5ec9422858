// Applying behind the log: a store that decides changes by key in memory answers every read as its twin does, which applies each entry
// in place. Small limits make the ring wrap and the memory forget all the time.
import { expect, it } from "vitest";
import { DEFAULT_LIMITS } from "../../src/base/limits.ts";
import { encodeEntry, encodeHead } from "../../src/log/codec.ts";
import type { Effect } from "../../src/log/entry.ts";
import { checkState } from "../../src/state/check.ts";
import { compareStates } from "../../src/state/compare.ts";
import { NotInMemory, type StateStore } from "../../src/state/store.ts";
import { define, del, drop, head, put, scratchPath, scratchStore, write } from "./support.ts";

const LIMITS = { ...DEFAULT_LIMITS, stateRecentBytes: 30_000, stateRingBytes: 1 << 16 };

async function ready(store: StateStore): Promise<void> {
  store.memory.note(0);
  while (!store.memory.ready) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** One group decided in memory, made visible at once: each list of effects is an entry. */
function writeInMemory(store: StateStore, ...entries: Effect[][]): void {
  const { memory } = store;
  memory.begin();
  let sequence = store.visible;
  for (const effects of entries) {
    const made = head(++sequence);
    for (const effect of effects) memory.apply(sequence, [effect]);
    memory.finish(made, encodeHead(made), encodeEntry({ head: made, effects }));
  }
  memory.commit();
}

/** Small numbers from a seed: the same run every time it is given. */
function dice(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const SEEDS = [11, process.pid];

it.each(SEEDS)("answers every read as a store that applies in place (seed %d)", async (seed) => {
  const roll = dice(seed);
  const paths = [scratchPath(), scratchPath()] as const;
  const store = scratchStore({ path: paths[0], limits: LIMITS, worthAThread: 1 });
  const twin = scratchStore({ path: paths[1], limits: LIMITS });
  await ready(store);
  const tables = ["a", "b", "declared"];
  const anyId = (): string => `id${roll(40)}`;
  const change = (table: string, sequence: number): Effect =>
    roll(4) === 0
      ? del(table, anyId())
      : put(table, anyId(), `{"n":${roll(9)},"s${roll(5)}":"${"x".repeat(roll(200))}"}`, {
          expiresAt: roll(5) === 0 ? sequence + roll(500) : 0,
        });
  const same = <T>(read: (of: StateStore) => T): void => expect(read(store)).toEqual(read(twin));
  const reads: ((sequence: number) => void)[] = [
    () => same((of) => tables.map((table) => of.reader.list(table, { limit: 100 }))),
    () => same((of) => of.reader.scan(null, 200)),
    (now) => same((of) => tables.map((table) => of.reader.count(now, table))),
    (now) => {
      const at = roll(now + 1);
      same((of) => of.reader.listAt("b", at, { limit: 100 }));
      same((of) => of.reader.head(at)?.message);
      same((of) => of.reader.sequenceAt(at * 1000));
    },
    () => {
      const id = anyId();
      same((of) => of.reader.history("a", id, { limit: 20 }));
    },
    () => same((of) => of.reader.snapshot(() => of.reader.database.prepare("SELECT count(*) FROM entry").pluck().get())),
    () =>
      same((of) =>
        [...of.catalog().tables.values()]
          .map(({ name, fields, kinds }) => ({ name, fields, kinds }))
          .sort((a, b) => (a.name < b.name ? -1 : 1)),
      ),
  ];
  for (let step = 0; step < 150; step++) {
    const sequence = store.visible;
    if (roll(12) === 0) {
      await store.settled();
      const declared = store.definition("declared") !== null;
      const effects = [
        declared
          ? roll(2) === 0
            ? drop("declared")
            : put("declared", anyId(), `{"v":${roll(3)}}`)
          : define("declared", { v: "int4" }),
        ...(roll(2) === 0 ? [put("a", anyId(), `{"v":${step}}`)] : []),
      ];
      // A read between a change and its commit must not keep what is about to go.
      store.writer.begin();
      for (const effect of effects) store.writer.apply(sequence + 1, [effect]);
      for (const table of tables) store.reader.get(table, anyId());
      store.writer.finish(head(sequence + 1));
      store.writer.commit();
      write(twin, ...effects);
    } else {
      const entries = Array.from({ length: 1 + roll(8) }, (_, at) =>
        Array.from({ length: 1 + (roll(4) === 0 ? 2 : 0) }, () => change(roll(2) === 0 ? "a" : "b", sequence + at)),
      );
      while (!store.memory.fits(8_000)) await new Promise((resolve) => setTimeout(resolve, 1));
      writeInMemory(store, ...entries);
      for (const effects of entries) write(twin, ...effects);
    }
    expect(store.visible).toBe(twin.visible);
    for (let look = 0; look < 10; look++) {
      const [table, id] = [tables[roll(3)] ?? "a", anyId()];
      same((of) => of.reader.get(table, id));
    }
    if (roll(3) === 0) reads[roll(reads.length)]?.(store.visible);
    if (roll(40) === 0) await store.checkpoint();
    if (roll(30) === 0) await new Promise((resolve) => setTimeout(resolve, 15));
  }
  await store.settled();
  expect(store.applied).toBe(twin.visible);
  await store.checkpoint();
  expect(compareStates(paths[0], paths[1])).toEqual([]);
});

it("readers see a group only once it is committed; what is given up was never there", async () => {
  const store = scratchStore({ limits: LIMITS, worthAThread: 1 });
  await ready(store);
  writeInMemory(store, [put("t", "1", '{"v":1}')]);
  const { memory, reader } = store;
  memory.begin();
  const start = memory.mark();
  memory.apply(2, [put("t", "1", '{"v":2}')]);
  memory.apply(2, [put("t", "2", '{"v":2}')]);
  expect(memory.get("t", "1")?.body).toBe('{"v":2}');
  expect(reader.get("t", "1")?.body).toBe('{"v":1}');
  expect(reader.get("t", "2")).toBeUndefined();
  memory.savepoint();
  memory.apply(2, [del("t", "1")]);
  expect(memory.get("t", "1")).toBeUndefined();
  memory.rollbackToSavepoint();
  expect(memory.get("t", "1")?.body).toBe('{"v":2}');
  memory.backTo(start);
  expect(memory.get("t", "1")?.body).toBe('{"v":1}');
  expect(memory.get("t", "2")).toBeUndefined();
  memory.apply(2, [put("t", "1", '{"v":3}')]);
  memory.rollback();
  expect(memory.get("t", "1")?.body).toBe('{"v":1}');
});

it("decides nothing but documents by key, and says so", async () => {
  const store = scratchStore({ limits: LIMITS, worthAThread: 1 });
  write(store, define("declared", { v: "int4" }));
  await ready(store);
  const { memory } = store;
  memory.begin();
  for (const asks of [
    () => memory.apply(2, [put("declared", "1", "{}")]),
    () => memory.apply(2, [define("other", { v: "int4" })]),
    () => memory.list("declared", { limit: 1 }),
    () => memory.scan(null, 1),
    () => memory.count(0),
    () => memory.catalog(),
    () => memory.database,
  ]) {
    memory.mark();
    expect(memory.exceeded).toBe(false);
    expect(asks).toThrow(NotInMemory);
    expect(memory.exceeded).toBe(true);
  }
  memory.rollback();
});

it("is not ready below the rate that is worth a thread, and starts none", async () => {
  const store = scratchStore({ limits: LIMITS });
  for (let change = 0; change < 150; change++) store.memory.note(1_000 + change);
  for (let change = 0; change < 150; change++) store.memory.note(2_000 + change);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(store.memory.ready).toBe(false);
});

it("a thread that cannot apply is told of once, and what waits for it is refused", async () => {
  const path = scratchPath();
  const failures: string[] = [];
  const store = scratchStore({ path, limits: LIMITS, worthAThread: 1, onFailure: (error) => failures.push(error.code) });
  await ready(store);
  // An entry that the database has already cannot be applied again.
  store.writer.begin();
  store.writer.finish(head(5));
  store.writer.commit();
  const made = head(3);
  store.memory.begin();
  store.memory.apply(3, [put("t", "1", "{}")]);
  store.memory.finish(made, encodeHead(made), encodeEntry({ head: made, effects: [put("t", "1", "{}")] }));
  store.memory.commit();
  await expect(store.settled()).rejects.toMatchObject({ code: "STORAGE_FAILED" });
  expect(failures).toEqual(["STORAGE_FAILED"]);
  expect(() => store.reader.list("t", { limit: 1 })).toThrow("Nothing is lost");
  expect(checkState(path).messages).toEqual([]);
});
