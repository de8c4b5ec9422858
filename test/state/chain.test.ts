// Chains of versions, longer than the model's random entries make them: every version is found, in few steps, across deletions,
// rewrites within an entry, declaring and dropping.
import { expect, it } from "vitest";
import { define, del, drop, head, put, scratchStore, write } from "./support.ts";

const VERSIONS = 2_000;

/** What `user:1` is after each entry: every 7th deletes it, every 5th writes it twice. */
function longLived() {
  const store = scratchStore();
  const { writer } = store;
  const states: (string | undefined)[] = [undefined];
  writer.begin();
  for (let sequence = 1; sequence <= VERSIONS; sequence++) {
    const body = `{"n":${sequence}}`;
    if (sequence % 7 === 0) writer.apply(sequence, [del("user", "1")]);
    else if (sequence % 5 === 0) {
      writer.apply(sequence, [put("user", "1", '{"n":0}')]);
      writer.apply(sequence, [put("user", "2", body)]);
      writer.apply(sequence, [put("user", "1", body)]);
    } else writer.apply(sequence, [put("user", "1", body)]);
    writer.finish(head(sequence));
    states.push(sequence % 7 === 0 ? undefined : body);
  }
  writer.commit();
  return { store, states };
}

it("finds every version of a long-lived document", () => {
  const { store, states } = longLived();
  for (let sequence = 1; sequence <= VERSIONS; sequence++) {
    expect(store.reader.getAt("user", "1", sequence)?.body).toBe(states[sequence]);
  }
  const written = states.filter((body) => body !== undefined).reverse();
  expect(store.reader.history("user", "1", { limit: VERSIONS }).map((version) => version.body)).toEqual(written);
  for (const before of [1, 2, 8, 500, 1_001, VERSIONS]) {
    const wanted = states
      .slice(0, before)
      .filter((body) => body !== undefined)
      .reverse()
      .slice(0, 10);
    expect(store.reader.history("user", "1", { before, limit: 10 }).map((version) => version.body)).toEqual(wanted);
  }
});

it("finds a version in few steps", () => {
  const { store } = longLived();
  const links = new Map(
    store.reader.database
      .prepare("SELECT n, prev, jump FROM history WHERE id = '1'")
      .raw()
      .all()
      .map((row) => {
        const [n, prev, jump] = row as [number, number, number];
        return [n, { prev, jump }];
      }),
  );
  const newest = Math.max(...links.keys());
  for (const wanted of links.keys()) {
    let n = newest;
    let steps = 0;
    for (; n > wanted; steps++) {
      const link = links.get(n);
      n = link === undefined ? 0 : link.jump >= wanted ? link.jump : link.prev;
    }
    expect(n).toBe(wanted);
    // 15 to a milestone, 15 from one, and twice the digits of 2,000 / 16 in between.
    expect(steps).toBeLessThanOrEqual(45);
  }
});

it("goes on with its chain when its table is declared, and ends it when the table is dropped", () => {
  const { store, states } = longLived();
  write(store, define("user", { n: "int4" }));
  for (let more = 0; more < 40; more++) write(store, put("user", "1", `{"n":${more}}`));
  const last = store.reader.sequence();
  write(store, drop("user"));
  write(store, put("user", "1", '{"n":-1}'));
  expect(store.reader.getAt("user", "1", last)?.body).toBe('{"n":39}');
  expect(store.reader.getAt("user", "1", last + 1)).toBeUndefined();
  expect(store.reader.getAt("user", "1", 1_000)?.body).toBe(states[1_000]);
  expect(store.reader.listAt("user", 1_000, { limit: 9 }).map((version) => version.body)).toEqual([states[1_000], states[1_000]]);
  const written = states.filter((body) => body !== undefined).length;
  expect(store.reader.history("user", "1", { limit: 9_999 })).toHaveLength(written + 40 + 1);
});

it("a group given up leaves chains as they were", () => {
  const store = scratchStore();
  write(store, put("user", "1", '{"n":1}'));
  const { writer } = store;
  writer.begin();
  writer.savepoint();
  writer.apply(2, [put("user", "1", '{"n":2}')]);
  writer.rollbackToSavepoint();
  writer.apply(2, [del("user", "1")]);
  writer.rollback();
  write(store, put("user", "1", '{"n":3}'));
  expect(store.reader.history("user", "1", { limit: 9 }).map((version) => version.body)).toEqual(['{"n":3}', '{"n":1}']);
});
