// Texts are taken apart once, remembered in a bounded number, and checked against their parameters each time.
import { beforeAll, expect, test } from "vitest";
import { DEFAULT_LIMITS } from "../../../../src/base/limits.ts";
import { type Parameters, readParameters } from "../../../../src/protocols/rest/sql/parameters.ts";
import { Splitter } from "../../../../src/protocols/rest/sql/split.ts";
import type { SqlSession } from "../../../../src/sql/contract.ts";
import { grammarReady, parse } from "../../../../src/sql/parse/parser.ts";

beforeAll(() => grammarReady);

let asked: string[] = [];
const session = {
  split: (text: string) => {
    asked.push(text);
    return parse(text).map((parsed) => parsed.text);
  },
} as unknown as SqlSession;

const given = (json: string | undefined): Parameters => readParameters(json, DEFAULT_LIMITS);
const misread = (thrown: unknown): unknown => thrown;

test("the second time nothing is parsed, and a wrong number of values is still refused", () => {
  asked = [];
  const splitter = new Splitter(10);
  const sql = "SELECT ?; SELECT ?";
  const first = splitter.split(session, sql, given("[1,2]"), misread);
  expect(first.map(({ text }) => text)).toEqual(["SELECT $1", "SELECT $1"]);
  expect(splitter.split(session, sql, given('["a","b"]'), misread)).toBe(first);
  expect(asked).toHaveLength(1);
  expect(() => splitter.split(session, sql, given("[1]"), misread)).toThrow(/placeholder number 2/);
  expect(() => splitter.split(session, sql, given('{"a":1}'), misread)).toThrow(/array/);
});

test("the same text with and without values is two texts: a ? is then an operator", () => {
  const splitter = new Splitter(10);
  const sql = `SELECT '{"a":1}'::jsonb ? 'a'`;
  expect(splitter.split(session, sql, given(undefined), misread)[0]?.text).toBe(sql);
  expect(() => splitter.split(session, sql, given("[1]"), misread)).toThrow(/does not use/);
});

test("no more than the given number are remembered, the last ones; none that is long or whose names decide", () => {
  const splitter = new Splitter(3);
  for (let at = 0; at < 10; at++) splitter.split(session, `SELECT ${at}`, given(undefined), misread);
  expect(splitter.size).toBe(3);
  asked = [];
  splitter.split(session, "SELECT 9", given(undefined), misread);
  splitter.split(session, "SELECT 0", given(undefined), misread);
  expect(asked).toEqual(["SELECT 0"]);
  splitter.split(session, `SELECT '${"x".repeat(5_000)}'`, given(undefined), misread);
  splitter.split(session, "SELECT a[:n]", given('{"n":1}'), misread);
  expect(asked).toHaveLength(3);
  splitter.split(session, "SELECT a[:n]", given('{"n":1}'), misread);
  expect(asked).toHaveLength(4);
});
