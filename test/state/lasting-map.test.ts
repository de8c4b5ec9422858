import { expect, it } from "vitest";
import { LastingMap } from "../../src/state/lasting-map.ts";

it("is the map it stands for, and earlier ones stay as they were", () => {
  let map = LastingMap.of<number>([["a", 1]]);
  const plain = new Map([["a", 1]]);
  const kept: [LastingMap<number>, [string, number][]][] = [];
  for (let step = 0; step < 3000; step++) {
    const key = `k${(step * 7919) % 500}`;
    const value = step % 3 === 0 ? null : step;
    map = map.with(key, value);
    if (value === null) plain.delete(key);
    else plain.set(key, value);
    if (step % 200 === 0) kept.push([map, [...plain].sort()]);
  }
  expect([...map].sort()).toEqual([...plain].sort());
  expect(map.size).toBe(plain.size);
  expect([...map.keys()].sort()).toEqual([...plain.keys()].sort());
  expect([...map.values()].length).toBe(plain.size);
  for (const [earlier, entries] of kept) expect([...earlier].sort()).toEqual(entries);
  for (const key of ["a", "k1", "k2", "none"]) expect([map.get(key), map.has(key)]).toEqual([plain.get(key), plain.has(key)]);
  const seen: string[] = [];
  map.forEach((_value, key) => seen.push(key));
  expect(seen.length).toBe(plain.size);
});

it("stays cheap when tables are added one by one", () => {
  let map = LastingMap.of<number>([]);
  const started = performance.now();
  for (let step = 0; step < 50_000; step++) map = map.with(`table${step}`, step);
  expect(map.size).toBe(50_000);
  // Copying the whole map each time would take minutes.
  expect(performance.now() - started).toBeLessThan(5_000);
});
