// What the tab key offers.
import { expect, test } from "vitest";
import { complete } from "../../../src/cli/repl/completion.ts";

const NAMES = new Map([
  ["city", ["id", "name", "Area"]],
  ["country", ["id", "code"]],
]);

test.each<[string, string[], string]>([
  ["SEL", ["SELECT"], "SEL"],
  ["sel", ["select"], "sel"],
  ["SELECT * FROM ci", ["city"], "ci"],
  ["SELECT * FROM ", ["city", "country"], ""],
  ["SELECT * FROM city c JOIN co", ["country"], "co"],
  ["INSERT INTO c", ["city", "country"], "c"],
  ["SELECT na", ["name"], "na"],
  ["SELECT city.", ['city."Area"', "city.id", "city.name"], "city."],
  ["SELECT c.co", ["c.code"], "c.co"],
  ["\\d ci", ["city"], "ci"],
  ["\\d", ["\\d", "\\dt"], "\\d"],
  ["SELECT ", [], ""],
])("%j", (line, candidates, word) => {
  expect(complete(line, NAMES, ["\\d", "\\dt", "\\q"])).toEqual([candidates, word]);
});
