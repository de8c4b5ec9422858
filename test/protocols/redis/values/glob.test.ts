import { expect, test } from "vitest";
import { globMatches, globPrefix } from "../../../../src/protocols/redis/values/glob.ts";

test.each([
  ["*", "", true],
  ["", "", true],
  ["", "a", false],
  ["h?llo", "hello", true],
  ["h?llo", "hllo", false],
  ["h*llo", "heeeello", true],
  ["*a*b*c", "xaybzc", true],
  ["*a*b*c", "xaybz", false],
  ["h[ae]llo", "hallo", true],
  ["h[^e]llo", "hello", false],
  ["h[a-b]llo", "hbllo", true],
  ["h[b-a]llo", "hallo", true],
  ["\\*", "*", true],
  ["\\*", "a", false],
  ["[\\]]", "]", true],
  ["[a", "a", true],
  ["a\\", "a\\", true],
  ["user:*", "user:1", true],
])("%s on %s", (pattern, value, expected) => {
  expect(globMatches(Buffer.from(pattern), Buffer.from(value))).toBe(expected);
});

test("case is folded where asked", () => {
  expect(globMatches(Buffer.from("MAX[A-C]*"), Buffer.from("maxclients"), true)).toBe(true);
  expect(globMatches(Buffer.from("MAX*"), Buffer.from("maxclients"))).toBe(false);
});

test("a hostile pattern costs no more than pattern times value", () => {
  const pattern = Buffer.from(`${"*a".repeat(200)}b`);
  expect(globMatches(pattern, Buffer.alloc(20_000, "a"))).toBe(false);
});

test.each([
  ["user:*", "user:"],
  ["plain", "plain"],
  ["[a]b", ""],
  ["a\\*b", "a"],
])("prefix of %s", (pattern, prefix) => {
  expect(globPrefix(Buffer.from(pattern)).toString()).toBe(prefix);
});
