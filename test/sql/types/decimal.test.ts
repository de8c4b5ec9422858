// Exact decimals: properties over random values (the seed is printed by fast-check when one fails).
import fc from "fast-check";
import { expect, test } from "vitest";
import * as decimal from "../../../src/sql/types/decimal.ts";

const numbers = fc
  .tuple(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.integer({ min: 0, max: 20 }))
  .map(([digits, scale]): decimal.Decimal => ({ digits, scale, special: null }));

test("printing and reading is the identity", () => {
  fc.assert(
    fc.property(numbers, (value) => {
      expect(decimal.toDecimal(decimal.printDecimal(value))).toEqual(value);
    }),
  );
});

test("sort keys are ordered as the numbers are, and equal for equal ones", () => {
  fc.assert(
    fc.property(numbers, numbers, (a, b) => {
      const [x, y] = [decimal.sortKey(decimal.printDecimal(a)), decimal.sortKey(decimal.printDecimal(b))];
      expect(Math.sign(x < y ? -1 : x > y ? 1 : 0)).toBe(decimal.compare(a, b));
    }),
  );
  for (const [a, b] of [
    ["1.10", "1.1"],
    ["0", "-0.000"],
    ["1e3", "1000.0"],
    ["-5", "-5.00"],
  ] as const) {
    expect(decimal.sortKey(a)).toBe(decimal.sortKey(b));
  }
  const ordered = ["-Infinity", "-1e10", "-100", "-99.9", "-0.1", "0", "0.01", "0.1", "9", "10", "1e10", "Infinity", "NaN"];
  const keys = ordered.map(decimal.sortKey);
  expect([...keys].sort()).toEqual(keys);
});

test("a quotient times its divisor is the dividend, to the digits kept", () => {
  fc.assert(
    fc.property(numbers, numbers, (a, b) => {
      if (b.digits === 0n) return;
      const quotient = decimal.divide(a, b);
      const back = decimal.subtract(decimal.multiply(quotient, b), a);
      // Off by at most half a unit of the quotient's last place, times the divisor.
      const half = decimal.multiply(
        { digits: 5n, scale: quotient.scale + 1, special: null },
        b.digits < 0n ? decimal.negate(b) : b,
      );
      const size = decimal.sign(back) < 0 ? decimal.negate(back) : back;
      expect(decimal.compare(size, half)).toBeLessThanOrEqual(0);
    }),
  );
});

test("remainder has the dividend's sign and is smaller than the divisor", () => {
  fc.assert(
    fc.property(numbers, numbers, (a, b) => {
      if (b.digits === 0n) return;
      const rest = decimal.remainder(a, b);
      const whole = decimal.multiply(decimal.divideWhole(a, b), b);
      expect(decimal.compare(decimal.add(whole, rest), a)).toBe(0);
    }),
  );
});
