// One element becomes one line: ids made, numbers unquoted as written, everything else untouched.
import { expect, test } from "vitest";
import { type ConvertOptions, convert } from "../../../src/cli/import/convert.ts";

const PLAIN: ConvertOptions = { table: null, idSequence: false, idField: null, numbers: [] };

test.each<[string, Partial<ConvertOptions>, string]>([
  ['{"id":"a:1","x":1.10}', {}, '{"id":"a:1","x":1.10}'],
  ['{ "id" : "a:1" ,\n "x" : [1, 2] }', {}, '{"id":"a:1","x":[1,2]}'],
  ['{"id":7}', { table: "n" }, '{"id":"n:7"}'],
  ['{"id":"n:7"}', { table: "n" }, '{"id":"n:7"}'],
  ['{"id":"m:7"}', { table: "n" }, '{"id":"n:m:7"}'],
  ['{"x":1}', { table: "city", idSequence: true }, '{"x":1,"id":"city:42"}'],
  ['{"id":"old","x":1}', { table: "city", idSequence: true }, '{"id":"city:42","x":1}'],
  ['{"email":"ä@b","x":1}', { table: "user", idField: "email" }, '{"email":"ä@b","x":1,"id":"user:ä@b"}'],
  [
    '{"code":12345678901234567890}',
    { table: "t", idField: "code" },
    '{"code":12345678901234567890,"id":"t:12345678901234567890"}',
  ],
  ['{"id":"a","lat":"42.53176","n":"-0"}', { numbers: ["lat", "n"] }, '{"id":"a","lat":42.53176,"n":-0}'],
  ['{"id":"a","lat":"12345678901234567890.10"}', { numbers: ["lat"] }, '{"id":"a","lat":12345678901234567890.10}'],
  ['{"id":"a","lat":5}', { numbers: ["lat", "absent"] }, '{"id":"a","lat":5}'],
  ['{"id":"a","lat":null}', { numbers: ["lat"] }, '{"id":"a","lat":null}'],
])("%s with %o", (element, options, line) => {
  expect(convert(element, 42, { ...PLAIN, ...options })).toBe(line);
});

test.each<[string, Partial<ConvertOptions>, RegExp]>([
  ['{"x":1}', {}, /no field id/],
  ['{"id":null}', {}, /field id is null, not a string/],
  ['{"id":1.5}', {}, /field id is 1\.5/],
  ['{"id":"a","lat":"north"}', { numbers: ["lat"] }, /field lat is "north", which is not a number/],
  ['{"id":"a","lat":""}', { numbers: ["lat"] }, /field lat is ""/],
  ['{"id":"a","lat":"05"}', { numbers: ["lat"] }, /"05"/],
  ['{"id":"a","lat":"0x10"}', { numbers: ["lat"] }, /"0x10"/],
  ['{"id":"a","id":"b"}', {}, /Duplicate key/],
  ['{"id":"a",}', {}, /quoted key/],
])("%s is refused", (element, options, reason) => {
  expect(() => convert(element, 1, { ...PLAIN, ...options })).toThrow(reason);
});
