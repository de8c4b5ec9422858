import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ChronError } from "../../src/base/errors.ts";
import { checkId, idFromBytes, idToBytes, isTableName, joinKey, splitKey } from "../../src/base/keys.ts";

const seed = Number(process.env["SEED"] ?? Math.floor(performance.timeOrigin) % 1_000_000);

describe("ids of any bytes", () => {
  it.each([
    ["plain", "plain"],
    ["päron/🍐", "päron/🍐"],
    ["a\nb", "a\\x0ab"],
    ["\\", "\\"],
    ["\\x", "\\x"],
    ["\\x41", "\\x5cx41"],
  ])("%j becomes %s", (text, id) => {
    expect(idFromBytes(Buffer.from(text))).toBe(id);
    expect(idToBytes(id)).toEqual(Buffer.from(text));
  });

  it("escapes bytes that are not UTF-8, and tells a real U+FFFD from a replacement", () => {
    expect(idFromBytes(Buffer.from([0x61, 0xff, 0xc3]))).toBe("a\\xff\\xc3");
    expect(idFromBytes(Buffer.from("\ufffd"))).toBe("\ufffd");
    expect(idFromBytes(Buffer.from([0xed, 0xa0, 0x80]))).toBe("\\xed\\xa0\\x80");
  });

  it(`maps every byte string to one text and back (seed ${seed})`, () => {
    const byte = fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0x5c, 0x78, 0x34, 0x31, 0xc3, 0xa9));
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 40 }), (bytes) => {
        const id = idFromBytes(Buffer.from(bytes));
        expect([...idToBytes(id)]).toEqual(bytes);
        expect(idFromBytes(idToBytes(id))).toBe(id);
        if (bytes.length > 0) expect(checkId(id)).toBe(id);
      }),
      { numRuns: 5000, seed },
    );
  });

  it.each(["", "a\u0000", "a\u0085b", "\ud800", "x".repeat(1025), "\\x41"])("refuses %j as text", (id) => {
    expect(() => checkId(id)).toThrow(ChronError);
  });

  it("takes 1,024 bytes", () => {
    expect(checkId("é".repeat(512))).toHaveLength(512);
    expect(() => checkId(`${"é".repeat(512)}a`)).toThrow(/1025 bytes/);
  });
});

describe("keys", () => {
  it.each([
    ["user:1", "user", "1"],
    ["user:1:2", "user", "1:2"],
    ["plain", "default", "plain"],
    ["default:x", "default", "default:x"],
    ["_sys:x", "default", "_sys:x"],
    [":x", "default", ":x"],
    ["user:", "default", "user:"],
    [`${"t".repeat(64)}:x`, "default", `${"t".repeat(64)}:x`],
  ])("%s is document %s / %s", (key, table, id) => {
    expect(splitKey(key)).toEqual({ table, id });
    expect(joinKey(table, id)).toBe(key);
  });

  it("knows table names", () => {
    expect(["user", "User", "ü".repeat(31), "a b"].map(isTableName)).toEqual([true, true, true, true]);
    expect(["", "_x", "a:b", "a\n", "ü".repeat(32), "t".repeat(64)].map(isTableName)).toEqual([
      false,
      false,
      false,
      false,
      false,
      false,
    ]);
  });
});
