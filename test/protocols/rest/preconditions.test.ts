import { expect, test } from "vitest";
import { preconditionsOf } from "../../../src/protocols/rest/preconditions.ts";
import type { Version } from "../../../src/state/store.ts";

const at = (from: number): Version => ({ table: "t", id: "1", kind: 0, body: "{}", expiresAt: 0, from, to: null });

test.each([
  { header: { "if-match": '"5"' }, passes: [5], fails: [undefined, 4] },
  { header: { "if-match": '"4", "5"' }, passes: [4, 5], fails: [undefined, 6] },
  { header: { "if-match": "5" }, passes: [5], fails: [undefined, 6] },
  { header: { "if-match": "*" }, passes: [1], fails: [undefined] },
  { header: { "if-match": 'W/"5"' }, passes: [], fails: [undefined, 5] },
  { header: { "if-none-match": "*" }, passes: [undefined], fails: [1] },
  { header: { "if-none-match": 'W/"5"' }, passes: [undefined, 4], fails: [5] },
  { header: { "if-match": '"5"', "if-none-match": '"5"' }, passes: [], fails: [undefined, 4, 5] },
  { header: {}, passes: [undefined, 1], fails: [] },
])("$header", ({ header, passes, fails }) => {
  const { check } = preconditionsOf(header);
  const version = (from: number | undefined) => (from === undefined ? undefined : at(from));
  for (const from of passes) expect(() => check(version(from))).not.toThrow();
  for (const from of fails) expect(() => check(version(from))).toThrow(expect.objectContaining({ code: "VERSION_CONFLICT" }));
});

test.each(["", "five", '"5', '"5" "6"', "5,6"])("If-Match: %s is refused", (text) => {
  expect(() => preconditionsOf({ "if-match": text })).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
});
