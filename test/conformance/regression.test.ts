// The runner of PostgreSQL's regression suite: how it reads scripts and what it leaves out. The suite itself runs in test/long.
import { loadModule } from "libpg-query";
import { beforeAll, expect, test } from "vitest";
import { Scope } from "./regression/scope.ts";
import { interpolate, readScript } from "./regression/script.ts";

beforeAll(() => loadModule());

test("a script splits where psql splits it", () => {
  const script = `-- a comment; with a semicolon
SELECT 'a;b', "c;d", $x$e;f$x$ /* g;h */;
\\set name 'value'
SELECT E'it\\'s;' ; SELECT (1;2);
COPY t FROM stdin;
1\tx
\\.
SELECT 1 \\gset p_
SET standard_conforming_strings = off; SELECT 'a\\';b';
SELECT last`;
  expect(readScript(script).map((step) => [step.kind, step.line, step.text, "data" in step ? step.data : null])).toEqual([
    ["statement", 2, `SELECT 'a;b', "c;d", $x$e;f$x$ /* g;h */`, null],
    ["command", 3, "\\set name 'value'", null],
    ["statement", 4, "SELECT E'it\\'s;' ", null],
    ["statement", 4, "SELECT (1;2)", null],
    ["statement", 5, "COPY t FROM stdin", "1\tx\n"],
    ["statement", 8, "SELECT 1 ", null],
    ["command", 8, "\\gset p_", null],
    ["statement", 9, "SET standard_conforming_strings = off", null],
    ["statement", 9, "SELECT 'a\\';b'", null],
    ["statement", 10, "SELECT last", null],
  ]);
});

test("psql's variables", () => {
  const variables = new Map([["a", "it's"]]);
  expect(interpolate(`SELECT :a, :'a', :"a", x::a, y[1:2], :b`, variables)).toBe(
    `SELECT it's, 'it''s', "it's", x::a, y[1:2], :b`,
  );
});

test("what issue 3 leaves out, and what depends on it", () => {
  const scope = new Scope();
  const verdicts = [
    "SELECT 1",
    "CREATE VIEW v AS SELECT 1",
    "SELECT * FROM v, w",
    "CREATE TABLE copy_of_v AS SELECT * FROM v",
    "SELECT * FROM copy_of_v",
    "DROP VIEW v",
    "CREATE TABLE v (a int)",
    "SELECT * FROM v",
    "CREATE TABLE c (a int CHECK (a > 0))",
    "INSERT INTO c VALUES (1)",
    "CREATE TABLE f (a int REFERENCES p)",
    "DELETE FROM p",
    "CREATE FUNCTION plain(int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE FUNCTION block() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END'",
    "SELECT plain(1)",
    "SELECT block()",
    "EXPLAIN SELECT 1",
    "SELEC 1",
  ].map((text) => (scope.judge(text) === null ? "in" : "out"));
  expect(verdicts.join(" ")).toBe("in out out out out out in in out out out out in out in out out in");
});
