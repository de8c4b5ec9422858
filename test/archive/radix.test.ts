import fc from "fast-check";
import { expect, test } from "vitest";
import { orderByKey } from "../../src/archive/radix.ts";

test("numbers come in the order of their keys, and of themselves where keys are equal", () => {
  const key = fc.oneof(fc.integer({ min: 0, max: 0xffffffff }), fc.integer({ min: 0, max: 5 }), fc.constant(0xffffffff));
  fc.assert(
    fc.property(fc.array(key, { maxLength: 3000 }), (list) => {
      const expected = list.map((_, number) => number).sort((a, b) => (list[a] ?? 0) - (list[b] ?? 0) || a - b);
      expect([...orderByKey(Uint32Array.from(list))]).toEqual(expected);
    }),
    { numRuns: 30 },
  );
});
