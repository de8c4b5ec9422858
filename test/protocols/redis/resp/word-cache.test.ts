import fc from "fast-check";
import { expect, test } from "vitest";
import { WordCache } from "../../../../src/protocols/redis/resp/word-cache.ts";

test("any words, again and again, read as Latin-1", () => {
  const cache = new WordCache();
  const word = fc.oneof(
    fc.constantFrom("GET", "get", "GAT", "SET", "MGET", "user").map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 30 }), fc.nat({ max: 5 }), (words, before) => {
      for (const bytes of [...words, ...words]) {
        const buffer = Buffer.concat([Buffer.alloc(before, "x"), bytes, Buffer.from("yy")]);
        expect(cache.text(buffer, before, before + bytes.length)).toBe(bytes.toString("latin1"));
        // The cache keeps no bytes of others.
        buffer.fill(0);
      }
    }),
    { numRuns: 500 },
  );
});
