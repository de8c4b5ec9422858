import { describe, expect, it } from "vitest";
import { foreignProtocol, parseOptions } from "../../../../src/protocols/postgres/wire/index.ts";

describe("parseOptions", () => {
  it.each<[string, [string, string][]]>([
    ["", []],
    ["  ", []],
    ["-c a=1", [["a", "1"]]],
    [
      "-ca=1 --b-c=2",
      [
        ["a", "1"],
        ["b_c", "2"],
      ],
    ],
    [
      "-c a=one\\ two\\\\ -c b=",
      [
        ["a", "one two\\"],
        ["b", ""],
      ],
    ],
    ["-c a=b=c", [["a", "b=c"]]],
  ])("%j", (options, settings) => expect(parseOptions(options)).toEqual(settings));

  it.each(["-x", "-c", "-c a", "--", "plain", "-c =1"])("refuses %j", (options) => {
    expect(() => parseOptions(options)).toThrow(/invalid command-line argument/);
  });
});

describe("foreignProtocol", () => {
  it.each<[Buffer, string | null]>([
    [Buffer.from([0x16, 0x03, 0x01]), "tls"],
    [Buffer.from("GET / HTTP/1.1"), "http"],
    [Buffer.from("POST /"), "http"],
    [Buffer.from("GET"), null],
    [Buffer.from([0, 0, 0, 8]), null],
    [Buffer.alloc(0), null],
  ])("%# is %s", (bytes, what) => expect(foreignProtocol(bytes)).toBe(what));
});
