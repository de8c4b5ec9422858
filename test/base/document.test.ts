import { describe, expect, it } from "vitest";
import { classify, documentText } from "../../src/base/document.ts";

describe("classify", () => {
  it.each([
    ['{"a":1}', 0],
    [' {"a" : 1} ', 0],
    ['{"a":1,"a":2}', 1],
    ["[1]", 1],
    ["x", 1],
    ["", 1],
    ["{broken", 1],
  ])("%j is kind %i and keeps its bytes", (text, kind) => {
    expect(classify(Buffer.from(text))).toMatchObject({ kind, body: text });
  });

  it("keeps bytes that are not UTF-8 as bytes", () => {
    const bytes = Buffer.from([0x7b, 0xff]);
    expect(classify(bytes)).toMatchObject({ kind: 1, body: bytes });
    expect(documentText(1, bytes)).toBe('{"value":{"$base64":"e/8="}}');
  });

  it("shows strings as a value member", () => {
    expect(documentText(1, 'say "hi"')).toBe('{"value":"say \\"hi\\""}');
    expect(documentText(0, '{"a":1.0}')).toBe('{"a":1.0}');
  });
});
