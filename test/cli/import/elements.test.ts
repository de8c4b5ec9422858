// Documents cut out of a stream: any chunking gives the same documents, and wrong input is named with its byte.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ElementSplitter } from "../../../src/cli/import/elements.ts";

function split(text: string | Buffer, sizes: readonly number[] = [], maximum = 1000): string[] {
  const splitter = new ElementSplitter(maximum);
  const bytes = Buffer.from(text);
  const out: string[] = [];
  let at = 0;
  for (const size of sizes) {
    out.push(...splitter.push(bytes.subarray(at, at + size)));
    at += size;
  }
  out.push(...splitter.push(bytes.subarray(at)));
  splitter.end();
  return out;
}

test.each([
  ["an array", '[{"a":1},{"b":[1,{}]}]', ['{"a":1}', '{"b":[1,{}]}']],
  ["an array with spaces", ' [ {"a" : 1}\n,\t{} ] \n', ['{"a" : 1}', "{}"]],
  ["an empty array", "[]", []],
  ["nothing", "  \n", []],
  ["lines", '{"a":1}\n{"b":2}\r\n\n{"c":3}', ['{"a":1}', '{"b":2}', '{"c":3}']],
  ["objects side by side", '{"a":1}{"b":2}', ['{"a":1}', '{"b":2}']],
  ["brackets and quotes in strings", '[{"a":"]}\\"[{\\\\"}]', ['{"a":"]}\\"[{\\\\"}']],
  ["a byte order mark", '\ufeff[{"a":1}]', ['{"a":1}']],
])("%s", (_what, text, documents) => {
  expect(split(text)).toEqual(documents);
});

test("any chunking gives the same documents", () => {
  const documents = fc.array(fc.dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue()), { maxLength: 8 });
  fc.assert(
    fc.property(documents, fc.boolean(), fc.array(fc.integer({ min: 0, max: 20 })), (list, asLines, sizes) => {
      const texts = list.map((document) => JSON.stringify(document));
      const text = asLines ? texts.join("\n") : `[${texts.join(" , ")}]`;
      expect(split(text, sizes, 1e6)).toEqual(texts);
    }),
  );
});

describe("wrong input", () => {
  test.each([
    ["[1]", /has "1" where a document should be, at byte 2\./],
    ['[{"a":1} {"b":1}]', /has "\{" where "," or "\]" should be, at byte 10/],
    ["[{},]", /where a document should be, at byte 5/],
    ["[,{}]", /where a document should be, at byte 2/],
    ["[{}] x", /goes on after the end of its array, at byte 6/],
    ["[{}", /ends before the "\]"/],
    ['{"a":', /ends in the middle of a document/],
    ["hello", /has "h" where a document should be, at byte 1/],
  ])("%s", (text, message) => {
    expect(() => split(text)).toThrow(message);
  });

  test("a document over the limit is refused before it is held", () => {
    expect(() => split(`[{"a":"${"x".repeat(2000)}"}]`)).toThrow(/more than 1000 bytes/);
  });
});
