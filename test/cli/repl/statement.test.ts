// Where the prompt sees a statement end.
import { beforeAll, expect, test } from "vitest";
import { cutStatements } from "../../../src/cli/repl/statement.ts";
import { grammarReady } from "../../../src/sql/parse/parser.ts";

beforeAll(() => grammarReady);

test.each<[string, string[], string]>([
  ["SELECT 1;", ["SELECT 1;"], ""],
  ["SELECT 1", [], "SELECT 1"],
  ["SELECT 1; SELECT 'é;' ; SELECT", ["SELECT 1;", "SELECT 'é;' ;"], " SELECT"],
  ["SELECT 'a;b'", [], "SELECT 'a;b'"],
  ["SELECT 'a;", [], "SELECT 'a;"],
  ["SELECT 'a;\nb';", ["SELECT 'a;\nb';"], ""],
  ["SELECT 1 /* ;", [], "SELECT 1 /* ;"],
  ["SELECT 1 -- ;", [], "SELECT 1 -- ;"],
  ['SELECT 1 AS "a;', [], 'SELECT 1 AS "a;'],
  ["SELECT $$ ;", [], "SELECT $$ ;"],
  ["SELECT (1;", [], "SELECT (1;"],
  // A mistake of the scanner's is for the server to tell.
  ["SELECT 1a;", ["SELECT 1a;"], ""],
  ["", [], ""],
  ["  ", [], "  "],
])("%j", (text, statements, rest) => {
  expect(cutStatements(text)).toEqual({ statements, rest });
});
