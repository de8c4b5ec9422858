// Which $1, ? and :name are placeholders, and what each statement of a text becomes.
import { beforeAll, describe, expect, test } from "vitest";
import { DEFAULT_LIMITS } from "../../../../src/base/limits.ts";
import { checkParameters, readParameters } from "../../../../src/protocols/rest/sql/parameters.ts";
import { neutralPosition, neutralText, numberStatements, readTemplate } from "../../../../src/protocols/rest/sql/placeholders.ts";
import { grammarReady, parse } from "../../../../src/sql/parse/parser.ts";

beforeAll(() => grammarReady);

function statements(text: string, names: string[] = []): [string, (number | string)[]][] {
  const template = readTemplate(text, new Set(names));
  const neutral = neutralText(template);
  const pieces = parse(neutral).map((parsed) => parsed.text);
  return numberStatements(template, neutral, pieces).map(({ text: own, slots }) => [own, [...slots]]);
}

describe("each is one statement, with no placeholder in it", () => {
  test.each([
    "SELECT 'a;b'",
    "SELECT 1 /* ; ? :a $1 */",
    "SELECT 'He said ''x;y?'''",
    "SELECT 1 -- ; ? :a $1",
    "SELECT $$ ; ? :a $1 $$",
    "SELECT $tag$ ; $$ ? $tag$",
    `SELECT 1 AS "a;b?:c$1"`,
    "SELECT E'it\\'s ; ?'",
    "SELECT '2020-01-01 10:30'::timestamp, 'x'::text",
    `SELECT '{"a":1}'::jsonb ? 'a', '{"a":1}'::jsonb ?| ARRAY['a'], '{"a":1}'::jsonb ?& ARRAY['a'], '[1]'::jsonb @? '$[0]'`,
    "SELECT data ? 'k', (data) ? 'k', t.data->'x' ? 'k', name ? 'k' FROM t",
    "SELECT a[1:n], a[i:2], a[:n] FROM t",
  ])("%s", (text) => {
    expect(statements(text)).toEqual([[text, []]]);
  });
});

test.each<[string, string, (number | string)[], string[]?]>([
  ["SELECT ?", "SELECT $1", [0]],
  ["SELECT * FROM t WHERE id=? AND n>=?", "SELECT * FROM t WHERE id=$1 AND n>=$2", [0, 1]],
  ["SELECT ?::int, ?||'x', ?-1", "SELECT $1::int, $2||'x', $3-1", [0, 1, 2]],
  ["SELECT data ? ?, data ?| ?", "SELECT data ? $1, data ?| $2", [0, 1]],
  ["SELECT 1 ORDER BY ? LIMIT ? OFFSET ?", "SELECT 1 ORDER BY $1 LIMIT $2 OFFSET $3", [0, 1, 2]],
  ["SELECT x LIKE ? ESCAPE ? AND y BETWEEN ? AND ?", "SELECT x LIKE $1 ESCAPE $2 AND y BETWEEN $3 AND $4", [0, 1, 2, 3]],
  ["SELECT now() AT TIME ZONE ?", "SELECT now() AT TIME ZONE $1", [0]],
  ["INSERT INTO t VALUES (?,?),(?,?)", "INSERT INTO t VALUES ($1,$2),($3,$4)", [0, 1, 2, 3]],
  ["SELECT :a, :b::int, x=:a", "SELECT $1, $2::int, x=$1", ["a", "b"], ["a", "b"]],
  ["SELECT :limit LIMIT :limit", "SELECT $1 LIMIT $1", ["limit"], ["limit"]],
  ["SELECT a[:n], a[1:n]", "SELECT a[$1], a[1:n]", ["n"], ["n"]],
  ["SELECT 'é😀', ?, 'é'", "SELECT 'é😀', $1, 'é'", [0]],
  ["SELECT $2, $1", "SELECT $2, $1", [0, 1]],
])("%s", (text, wanted, slots, names) => {
  expect(statements(text, names)).toEqual([[wanted, slots]]);
});

test("each statement of a text counts its own parameters", () => {
  expect(statements("INSERT INTO t VALUES (?, ';'); SELECT ? /* ; */; SELECT 1")).toEqual([
    ["INSERT INTO t VALUES ($1, ';')", [0]],
    ["SELECT $1 /* ; */", [1]],
    ["SELECT 1", []],
  ]);
  expect(statements("SELECT $2; SELECT $1, $2").at(0)).toEqual(["SELECT $1", [1]]);
});

test("positions are those of the text as it was sent", () => {
  const text = "SELECT '😀', :long_name; SELECT :long_name, nope";
  const template = readTemplate(text, new Set(["long_name"]));
  const neutral = neutralText(template);
  const second = numberStatements(
    template,
    neutral,
    parse(neutral).map((parsed) => parsed.text),
  )[1];
  const place = (within: string): number => [...within.slice(0, within.indexOf("nope"))].length + 1;
  expect(second?.position(place(second.text))).toBe(place(text));
  expect(neutralPosition(template, place(neutral))).toBe(place(text));
});

function check(sql: string, params: string): () => void {
  return () => {
    const given = readParameters(params, DEFAULT_LIMITS);
    const names = [...given.values.keys()].filter((key) => typeof key === "string");
    checkParameters(readTemplate(sql, new Set(names)), given);
  };
}

test.each([
  ["SELECT ?, $1", "[1,2]", /two kinds, \? and \$1/],
  ["SELECT ?, :a", '{"a":1}', /two kinds/],
  ["SELECT :a", "[1]", /kind :name, whose "params" is an object/],
  ["SELECT ?", '{"a":1}', /kind \?, whose "params" is an array/],
  ["SELECT ?, ?", "[1]", /no value for the placeholder number 2/],
  ["SELECT ?", "[1,2]", /a value for number 2, which the statement does not use/],
  ["SELECT :a", '{"a":1,"b":2}', /a value for :b/],
  ["SELECT :a, :b", '{"a":1}', /no value for the placeholder :b/],
  ["SELECT 1", "7", /must be an array/],
])("%s with %s is refused", (sql, params, message) => {
  expect(check(sql, params)).toThrow(message);
});
