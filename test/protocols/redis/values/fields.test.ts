import fc from "fast-check";
import { expect, test } from "vitest";
import { present } from "../../../../src/base/assert.ts";
import { parseObject } from "../../../../src/base/json.ts";
import { fieldBytes, fieldName, fieldText, fieldValue } from "../../../../src/protocols/redis/values/fields.ts";

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 12 }).map((each) => Buffer.from(each)),
  fc.string({ unit: "binary", maxLength: 12 }).map((each) => Buffer.from(each, "utf8")),
  fc.constantFrom("\\xff", "\\\\xff", "\\x5c", "a\\x0ab", '{"$base64":"AA=="}', "\u0000").map((each) => Buffer.from(each)),
);

test("any bytes as a field's name and value survive the JSON, and different names stay different", () => {
  fc.assert(
    fc.property(bytes, bytes, bytes, (name, other, value) => {
      const object = parseObject(`{${JSON.stringify(fieldName(name))}:${fieldText(value)}}`);
      const member = present(object.members[0], "the member");
      expect(Buffer.from(fieldBytes(member.key)).equals(name)).toBe(true);
      expect(Buffer.from(fieldValue(object, member)).equals(value)).toBe(true);
      expect(fieldName(name) === fieldName(other)).toBe(name.equals(other));
    }),
    { numRuns: 2_000 },
  );
});

test("text stays text", () => {
  expect(fieldName(Buffer.from("caf\u00e9 \n"))).toBe("caf\u00e9 \n");
  expect(fieldText(Buffer.from('say "hi"'))).toBe('"say \\"hi\\""');
  expect(fieldText(Buffer.from([0xff]))).toBe('{"$base64":"/w=="}');
});
