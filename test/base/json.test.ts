import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  arrayElements,
  compactJson,
  JsonProblem,
  memberText,
  parseObject,
  scanObject,
  withMembers,
} from "../../src/base/json.ts";

const seed = Number(process.env["SEED"] ?? Math.floor(performance.timeOrigin) % 1_000_000);

describe("parseObject", () => {
  it.each([
    ['{"a":1.10,"b":12345678901234567890}', ["number", "number"]],
    ['{"a":9223372036854775807,"b":9223372036854775808}', ["integer", "number"]],
    [
      '{"a":-0,"b":1e3,"c":[1],"d":{},"e":null,"f":true,"g":"x"}',
      ["integer", "number", "array", "object", "null", "boolean", "string"],
    ],
  ])("finds members and their types in %s", (text, types) => {
    const object = parseObject(text);
    expect(object.text).toBe(text);
    expect(object.members.map((member) => member.type)).toEqual(types);
  });

  it("drops whitespace outside strings only, and keeps numbers as written", () => {
    const { text, members } = parseObject(' { "a b" : [ 1.0 , "x \\" y" ] ,\n"c":1E+2 } ');
    expect(text).toBe('{"a b":[1.0,"x \\" y"],"c":1E+2}');
    expect(members.map(({ key }) => key)).toEqual(["a b", "c"]);
  });

  it.each([
    ['{"a":1,"a":2}', "duplicate"],
    ['{"a":{"b":1,"b":2}}', "duplicate"],
    ['{"a":1,"\\u0061":2}', "duplicate"],
    [`{"a":${"[".repeat(200)}${"]".repeat(200)}}`, "depth"],
    ['{"a":01}', "syntax"],
    ['{"a":1.}', "syntax"],
    ['{"a":+1}', "syntax"],
    ['{"a":.5}', "syntax"],
    ['{"a":NaN}', "syntax"],
    ['{"a":"\t"}', "syntax"],
    ['{"a":"\\x"}', "syntax"],
    ['{"a":"\\u12"}', "syntax"],
    ['{"a":1,}', "syntax"],
    ["{'a':1}", "syntax"],
    ['{"a":1} x', "syntax"],
    ["[1]", "syntax"],
    ["", "syntax"],
    ["{", "syntax"],
    ['{"a', "syntax"],
    ["null", "syntax"],
  ])("refuses %s as %s", (text, reason) => {
    let problem: unknown;
    try {
      parseObject(text);
    } catch (thrown) {
      problem = thrown;
    }
    expect(problem).toBeInstanceOf(JsonProblem);
    expect((problem as JsonProblem).reason).toBe(reason);
    expect(scanObject(text)).toBeNull();
  });

  it(`accepts exactly what JSON.parse accepts (seed ${seed})`, () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string({ unit: fc.constantFrom(...'{}[]",:0123456789.eE+-tfnull \\u\n') })), (text) => {
        let native = true;
        try {
          JSON.parse(text);
        } catch {
          native = false;
        }
        let ours = true;
        try {
          compactJson(text);
        } catch (thrown) {
          ours = thrown instanceof JsonProblem && thrown.reason !== "syntax";
        }
        expect(ours).toBe(native);
      }),
      { numRuns: 3000, seed },
    );
  });

  it(`compacts to what JSON.stringify of the same value reads back (seed ${seed})`, () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const loose = JSON.stringify(value, null, 2);
        expect(parseObject(loose).text).toBe(JSON.stringify(value));
      }),
      { numRuns: 500, seed },
    );
  });
});

describe("withMembers", () => {
  it("replaces in place, appends, removes, and leaves the rest as written", () => {
    const object = parseObject('{"a":1.10,"b":2,"c":3}');
    const changes = new Map([
      ["b", '"x"'],
      ["c", null],
      ["d", "4.0"],
    ]);
    expect(withMembers(object, changes)).toBe('{"a":1.10,"b":"x","d":4.0}');
    expect(memberText(object, "a")).toBe("1.10");
    expect(memberText(object, "z")).toBeUndefined();
  });
});

describe("arrayElements", () => {
  it("answers elements as written", () => {
    expect(arrayElements(' [1.0, "a,b", [2,3], {"x":1}] ')).toEqual(["1.0", '"a,b"', "[2,3]", '{"x":1}']);
    expect(arrayElements("[]")).toEqual([]);
    expect(() => arrayElements("[1")).toThrow(JsonProblem);
  });
});
