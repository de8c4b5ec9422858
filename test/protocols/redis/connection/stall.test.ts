import { expect, test } from "vitest";
import { StallWatch } from "../../../../src/protocols/redis/connection/stall.ts";

test("a client stalls when something waits and nothing has left for ten idle times", () => {
  const watch = new StallWatch(0);
  const at = (now: number, written: number, waiting: number): boolean =>
    watch.isStalled({ bytesWritten: written + waiting, writableLength: waiting }, now, 100);
  expect(at(5_000, 0, 0)).toBe(false);
  expect(at(5_900, 0, 50)).toBe(false);
  expect(at(6_001, 0, 50)).toBe(true);
  expect(at(6_002, 10, 40)).toBe(false);
  expect(at(7_002, 10, 90)).toBe(false);
  expect(at(7_003, 10, 90)).toBe(true);
});
