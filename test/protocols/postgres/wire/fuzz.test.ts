// Random and damaged bytes: decoding answers a message or a ProtocolError, never anything else, and never loops.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeStartup, foreignProtocol, Input, ProtocolError } from "../../../../src/protocols/postgres/wire/index.ts";
import { bind, describePortal, execute, parse, query, SYNC, startup } from "../support/raw-client.ts";

const seed = fc.sample(fc.integer(), 1)[0] ?? 0;
const VALID = Buffer.concat([
  parse("s", "select $1", [23]),
  bind("p", "s", ["1", null], [0, 1], [1]),
  describePortal("p"),
  execute("p", 3),
  SYNC,
  query("x"),
]);

/** Takes all messages; answers how many, stopping where the stream is lost. */
function drainInput(chunks: readonly Uint8Array[]): number {
  const input = new Input();
  let taken = 0;
  for (const chunk of chunks) {
    input.push(Buffer.from(chunk));
    for (;;) {
      try {
        if (input.next(10_000) === null) break;
        taken++;
      } catch (problem) {
        if (!(problem instanceof ProtocolError)) throw problem;
        if (problem.lost) return taken;
      }
    }
  }
  return taken;
}

describe(`damaged streams (seed ${seed})`, () => {
  it("random bytes", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }), (chunks) => drainInput(chunks) >= 0),
      { seed, numRuns: 500 },
    );
  });

  it("a good stream with bytes changed", () => {
    const change = fc.record({ at: fc.nat(VALID.length - 1), to: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 64 }), (changes, size) => {
        const bytes = Buffer.from(VALID);
        for (const { at, to } of changes) bytes[at] = to;
        const chunks: Buffer[] = [];
        for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
        // Cutting changes nothing, also in a broken stream.
        expect(drainInput(chunks)).toBe(drainInput([bytes]));
      }),
      { seed, numRuns: 1000 },
    );
  });

  it("startup packets", () => {
    const good = startup({ user: "ada", database: "x" }).subarray(4);
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length), (at, to, cut) => {
        const bytes = Buffer.from(good);
        bytes[at] = to;
        foreignProtocol(bytes);
        try {
          expect(["ssl", "gssenc", "cancel", "startup"]).toContain(decodeStartup(bytes.subarray(0, cut)).type);
        } catch (problem) {
          if (!(problem instanceof ProtocolError)) throw problem;
        }
      }),
      { seed, numRuns: 500 },
    );
  });
});
