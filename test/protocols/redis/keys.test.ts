// The short way for plain keys agrees with the rules of base/keys.ts.
import fc from "fast-check";
import { expect, test } from "vitest";
import { idFromBytes, splitKey } from "../../../src/base/keys.ts";
import { keyBytes, keyOf, keyText } from "../../../src/protocols/redis/keys.ts";

const byte = fc.oneof(fc.constantFrom(...Buffer.from(":_\\x41ab~ ")), fc.nat({ max: 255 }));
const key = fc.oneof(
  fc.array(byte, { maxLength: 80 }).map((bytes) => Buffer.from(bytes)),
  fc.string({ maxLength: 80 }).map((text) => Buffer.from(text)),
  fc
    .tuple(fc.constantFrom("user", "default", "_x", "", "a".repeat(70)), fc.string({ maxLength: 9 }))
    .map((parts) => Buffer.from(parts.join(":"))),
);

test("any key is split as its canonical form is, and comes back as the same bytes", () => {
  fc.assert(
    fc.property(key, (bytes) => {
      const found = keyOf(bytes);
      expect(keyText(bytes)).toBe(idFromBytes(bytes));
      expect(found).toEqual(splitKey(idFromBytes(bytes)));
      expect(keyBytes(found.table, found.id).equals(bytes)).toBe(true);
    }),
    { numRuns: 5_000 },
  );
});

test("more prefixes than are remembered", () => {
  for (let index = 0; index < 3_000; index++) expect(keyOf(Buffer.from(`t${index}:1`))).toEqual({ table: `t${index}`, id: "1" });
  expect(keyOf(Buffer.from("_t:1"))).toEqual({ table: "default", id: "_t:1" });
});

test("a key that is absent is a wrong number of arguments", () => {
  expect(() => keyOf(undefined)).toThrow("wrong number of arguments");
});
