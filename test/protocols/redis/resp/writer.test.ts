import fc from "fast-check";
import { expect, test } from "vitest";
import type { Reply } from "../../../../src/protocols/redis/reply.ts";
import * as replies from "../../../../src/protocols/redis/reply.ts";
import { type Protocol, ReplyWriter } from "../../../../src/protocols/redis/resp/writer.ts";
import { parseReply } from "../replies.ts";

function written(reply: Reply, protocol: Protocol): string {
  const writer = new ReplyWriter();
  writer.write(reply, protocol);
  return Buffer.concat(writer.take()).toString("latin1");
}

const { array, bulk, error, integer, map, simple } = replies;

test.each<[Reply, string, string]>([
  [replies.OK, "+OK\r\n", "+OK\r\n"],
  [error("ERR no"), "-ERR no\r\n", "-ERR no\r\n"],
  [integer(-5), ":-5\r\n", ":-5\r\n"],
  [integer(9007199254740993n), ":9007199254740993\r\n", ":9007199254740993\r\n"],
  [bulk("a\u20ac"), "$4\r\na\xe2\x82\xac\r\n", "$4\r\na\xe2\x82\xac\r\n"],
  [bulk(Buffer.from([0, 255])), "$2\r\n\x00\xff\r\n", "$2\r\n\x00\xff\r\n"],
  [replies.NULL, "$-1\r\n", "_\r\n"],
  [replies.NULL_ARRAY, "*-1\r\n", "_\r\n"],
  [array([integer(1), replies.NULL]), "*2\r\n:1\r\n$-1\r\n", "*2\r\n:1\r\n_\r\n"],
  [map([bulk("k"), integer(1)]), "*2\r\n$1\r\nk\r\n:1\r\n", "%1\r\n$1\r\nk\r\n:1\r\n"],
  [{ type: "set", items: [simple("a")] }, "*1\r\n+a\r\n", "~1\r\n+a\r\n"],
  [{ type: "verbatim", text: "\u00fcb" }, "$3\r\n\xc3\xbcb\r\n", "=7\r\ntxt:\xc3\xbcb\r\n"],
  [replies.NONE, "", ""],
])("reply %#", (reply, resp2, resp3) => {
  expect(written(reply, 2)).toBe(resp2);
  expect(written(reply, 3)).toBe(resp3);
});

test("values of any length and number come back whole, across slabs and beside them", () => {
  const value = fc.oneof(
    fc.string({ unit: "binary", maxLength: 50 }),
    fc.nat({ max: 40_000 }).map((length) => "x".repeat(length)),
    fc.nat({ max: 40_000 }).map((length) => "\u20ac".repeat(length)),
    fc.nat({ max: 40_000 }).map((length) => Buffer.alloc(length, 0xfe)),
  );
  const writer = new ReplyWriter();
  fc.assert(
    fc.property(fc.array(value, { maxLength: 12 }), (values) => {
      for (const each of values) writer.write(bulk(each), 2);
      const size = writer.size;
      const bytes = Buffer.concat(writer.take());
      expect(bytes.length).toBe(size);
      expect(writer.size).toBe(0);
      let at = 0;
      for (const each of values) {
        const expected = Buffer.from(each);
        const parsed = parseReply(bytes, at);
        if (parsed === undefined) throw new Error("a reply is cut short");
        const end = parsed.next - 2;
        expect(bytes.subarray(end - expected.length, end).equals(expected)).toBe(true);
        at = parsed.next;
      }
      expect(at).toBe(bytes.length);
    }),
    { numRuns: 100 },
  );
});
