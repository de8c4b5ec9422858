import { expect, it } from "vitest";
import { firstInvalid } from "../../src/base/utf8.ts";

it.each([
  ["plain and é €", null],
  [Buffer.from([0x61, 0xff]), { at: 1, shown: "0xff" }],
  [Buffer.from([0xc3, 0x28, 0x61]), { at: 0, shown: "0xc3 0x28" }],
  [Buffer.from([0x61, 0xe2, 0x82]), { at: 1, shown: "0xe2 0x82" }],
  [Buffer.from([0x61, 0x00]), { at: 1, shown: "0x00" }],
])("%j", (bytes, expected) => {
  expect(firstInvalid(Buffer.from(bytes as string))).toEqual(expected);
});
