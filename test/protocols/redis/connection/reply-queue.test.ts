import fc from "fast-check";
import { expect, test } from "vitest";
import { ReplyQueue } from "../../../../src/protocols/redis/connection/reply-queue.ts";
import { integer, NONE } from "../../../../src/protocols/redis/reply.ts";
import { ReplyWriter } from "../../../../src/protocols/redis/resp/writer.ts";

test("replies leave in the order of their places, whatever order they come in", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 3_000 }), { minLength: 1, maxLength: 3_000 }), (ranks) => {
      const queue = new ReplyQueue();
      const writer = new ReplyWriter();
      let out = "";
      const drain = (): void => {
        queue.drain(writer, 2);
        out += Buffer.concat(writer.take()).toString();
      };
      const places = ranks.map((rank) => ({ rank, place: queue.reserve() }));
      for (const { place } of [...places].sort((a, b) => a.rank - b.rank)) if (queue.fill(place, integer(place))) drain();
      queue.push(NONE);
      drain();
      expect(queue.pending).toBe(0);
      expect(out).toBe(places.map(({ place }) => `:${place}\r\n`).join(""));
    }),
    { numRuns: 50 },
  );
});
