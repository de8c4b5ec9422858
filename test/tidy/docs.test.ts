// The documents agree with the code: those made from tables are up to date, and the rest names what exists.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { documents } from "../../bin/docs.ts";
import { LIMIT_DOCS } from "../../src/config/limit-docs.ts";
import { LIMIT_NAMES } from "../../src/config/table.ts";
import { ROOT } from "../support/source.ts";

const made = await documents();

test.each([...made.keys()])("%s is what `npm run docs` makes", (path) => {
  expect(readFileSync(join(ROOT, path), "utf8")).toBe(made.get(path));
});

test("every limit has a sentence for operators in src/config/limit-docs.ts", () => {
  expect(LIMIT_NAMES.filter((name) => (LIMIT_DOCS[name] ?? "") === "")).toEqual([]);
});
