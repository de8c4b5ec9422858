import { expect, test } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { mapSliced } from "../../../src/protocols/rest/slices.ts";

test("others have their turn while much is mapped, and the order stays", async () => {
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  const items = Array.from({ length: 400 }, (_, n) => n);
  const mapped = await mapSliced(systemClock, items, (n, index) => {
    const until = performance.now() + 0.2;
    while (performance.now() < until);
    return n * 2 + index;
  });
  clearInterval(timer);
  expect(mapped).toEqual(items.map((n) => n * 3));
  expect(turns).toBeGreaterThan(5);
});

test("what the mapping throws comes out", async () => {
  const broken = mapSliced(systemClock, [1], () => {
    throw new RangeError("no");
  });
  await expect(broken).rejects.toThrow(RangeError);
});
