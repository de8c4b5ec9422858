import fc from "fast-check";
import { expect, test } from "vitest";
import { addDecimals, parseDecimal, printDecimal } from "../../../../src/protocols/redis/values/decimal.ts";

function sum(a: string, b: string): string {
  const [left, right] = [parseDecimal(a), parseDecimal(b)];
  if (left === undefined || right === undefined || left === "infinite" || right === "infinite") throw new Error("no numbers");
  return printDecimal(addDecimals(left, right));
}

test.each([
  ["0.1", "0.2", "0.3"],
  ["10.50", "0.1", "10.6"],
  ["5.0e3", "200", "5200"],
  ["1", "-1", "0"],
  ["-0.00000000000000000001", "0", "0"],
  [".5", "5.", "5.5"],
  ["1e20", "1", "100000000000000000001"],
  ["1e-17", "0", "0.00000000000000001"],
  ["0.123456789012345678", "0", "0.12345678901234568"],
])("%s + %s", (a, b, expected) => {
  expect(sum(a, b)).toBe(expected);
});

test.each(["", " 1", "1 ", "abc", "1e5000", "1e-5000", "0x10", "--1", "1e", ".", "nan", "9".repeat(6_000)])(
  "%j is no number",
  (text) => {
    expect(parseDecimal(text)).toBeUndefined();
  },
);

test("infinity is told apart", () => {
  expect(parseDecimal("-inf")).toBe("infinite");
  expect(parseDecimal("Infinity")).toBe("infinite");
});

test("integers add as bigints do", () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }),
      fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }),
      (a, b) => sum(String(a), String(b)) === String(a + b),
    ),
  );
});
