// Entries for the log's tests: plain ones by number, and arbitrary ones for properties.
import fc from "fast-check";
import { encodeEntry } from "../../src/log/codec.ts";
import type { Effect, Entry, EntryHead, Kind } from "../../src/log/entry.ts";
import type { SegmentedLog } from "../../src/log/writer.ts";

export const BASE_TIME = 1_790_000_000_000_000;

/** Entry number `sequence`, the same every time; its body is `size` characters long. */
export function sampleEntry(sequence: number, size = 40): Entry {
  const body = `{"n":${sequence},"pad":"${"x".repeat(size)}"}`;
  return {
    head: {
      sequence,
      time: BASE_TIME + sequence,
      branch: "main",
      txId: `00000000-0000-4000-8000-${String(sequence).padStart(12, "0")}`,
      origin: "redis",
      user: "",
      principal: "admin",
      requestId: "",
      flags: [],
      operation: "SET",
      message: `SET user:${sequence}`,
      metadata: '{"command":"SET"}',
    },
    effects: [{ op: "put", table: "user", id: String(sequence), kind: 0, body, expiresAt: 0 }],
  };
}

/** Appends sample entries `from` to `to` as one group, without syncing. */
export function appendSamples(log: SegmentedLog, from: number, to: number, size = 40): void {
  const entries: Entry[] = [];
  for (let sequence = from; sequence <= to; sequence++) entries.push(sampleEntry(sequence, size));
  log.append(entries.map(encodeEntry), { sequence: to, time: BASE_TIME + to });
}

/** The sequences a log gives back after `after`. */
export function sequences(log: SegmentedLog, after = 0): number[] {
  return [...log.read(after)].map((entry) => entry.head.sequence);
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

/** A generator from a seed, so that a random test can print what it did (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const text = fc
  .oneof(fc.string({ unit: "grapheme", maxLength: 60 }), fc.string({ unit: "binary", maxLength: 300 }))
  .map((value) => value.toWellFormed());
const whole = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const id = fc.oneof(
  text,
  fc.uuid(),
  fc.uuid().map((value) => value.toUpperCase()),
);
const names = fc.array(text, { maxLength: 4 });

export const arbitraryHead: fc.Arbitrary<EntryHead> = fc.record({
  sequence: whole.filter((value) => value > 0),
  time: whole,
  branch: text,
  txId: id,
  origin: text,
  user: text,
  principal: text,
  requestId: id,
  flags: names,
  operation: text,
  message: text,
  metadata: text,
});

const kind: fc.Arbitrary<Kind> = fc.constantFrom<Kind>(0, 1, 2);
const bytes = fc.uint8Array({ maxLength: 300 }).map((value) => Buffer.from(value));
const unique = fc.record({ name: text, columns: names });
const column = fc.record({
  name: text,
  type: text,
  typmod: fc.integer({ min: -1, max: 10_000 }),
  notNull: fc.boolean(),
  default: fc.option(text),
});

export const arbitraryEffect: fc.Arbitrary<Effect> = fc.oneof(
  fc.record({
    op: fc.constant("put" as const),
    table: text,
    id: text,
    kind,
    body: fc.oneof(text, bytes),
    expiresAt: fc.oneof(fc.constant(0), whole),
  }),
  fc.record({ op: fc.constant("delete" as const), table: text, id: text }),
  fc.record({
    op: fc.constant("define" as const),
    table: text,
    definition: fc.option(
      fc.record({
        table: text,
        columns: fc.array(column, { maxLength: 4 }),
        primaryKey: fc.option(unique),
        unique: fc.array(unique, { maxLength: 2 }),
        unversioned: fc.boolean(),
      }),
    ),
  }),
  fc.record({ op: fc.constant("branch" as const), name: text, head: fc.option(whole) }),
);

export const arbitraryEntry: fc.Arbitrary<Entry> = fc.record({
  head: arbitraryHead,
  effects: fc.array(arbitraryEffect, { maxLength: 6 }),
});
