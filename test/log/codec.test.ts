import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MalformedBytes } from "../../src/log/bytes.ts";
import { decodeEntry, decodeHead, encodeEntry, encodeEntryWithHead, encodeHead } from "../../src/log/codec.ts";
import type { Entry, TableDefinition } from "../../src/log/entry.ts";
import { recordChecks, recordProves, sealRecord } from "../../src/log/record.ts";
import { arbitraryEntry, arbitraryHead, sampleEntry } from "./sample.ts";

describe("round trip", () => {
  test("any entry comes back as it was, alone and inside a larger buffer", () => {
    fc.assert(
      fc.property(arbitraryEntry, fc.nat({ max: 50 }), (entry, offset) => {
        const record = encodeEntry(entry);
        expect(decodeEntry(record)).toEqual(entry);
        expect(decodeEntry(Buffer.concat([Buffer.alloc(offset, 7), record, Buffer.alloc(9, 7)]), offset)).toEqual(entry);
      }),
      { numRuns: 300 },
    );
  });

  test("a head encoded once gives the same record as the whole entry", () => {
    fc.assert(
      fc.property(arbitraryEntry, (entry) => {
        const head = encodeHead(entry.head);
        expect(encodeEntryWithHead(head, entry.head.sequence, entry.effects)).toEqual(encodeEntry(entry));
      }),
    );
  });

  test("a head comes back, also from a plain Uint8Array as SQLite gives it", () => {
    fc.assert(
      fc.property(arbitraryHead, (head) => {
        expect(decodeHead(new Uint8Array(encodeHead(head)))).toEqual(head);
      }),
    );
  });

  test("a record keeps its bytes when many others are encoded after it", () => {
    const first = encodeEntry(sampleEntry(1));
    const copy = Buffer.from(first);
    for (let sequence = 2; sequence < 3_000; sequence++) encodeEntry(sampleEntry(sequence, 300));
    expect(first).toEqual(copy);
  });

  test("a document of 16 MiB, a transaction of 50,000 effects, and a body larger than a slab made of wide characters", () => {
    const large = sampleEntry(1, 16 * 1024 * 1024);
    expect(decodeEntry(encodeEntry(large))).toEqual(large);
    const many: Entry = {
      head: sampleEntry(2).head,
      effects: Array.from({ length: 50_000 }, (_, index) => ({ op: "delete", table: "t", id: String(index) })),
    };
    expect(decodeEntry(encodeEntry(many))).toEqual(many);
    const wide: Entry = {
      head: sampleEntry(3).head,
      effects: [{ op: "put", table: "t", id: "é", kind: 1, body: "日本".repeat(100_000), expiresAt: 1 }],
    };
    expect(decodeEntry(encodeEntry(wide))).toEqual(wide);
  });
});

describe("bytes", () => {
  test("a definition gives the same bytes whatever order its object was built in", () => {
    const definition: TableDefinition = {
      table: "t",
      columns: [{ name: "a", type: "int4", typmod: -1, notNull: true, default: null }],
      primaryKey: { name: "t_pkey", columns: ["a"] },
      unique: [],
      unversioned: false,
    };
    const turned: TableDefinition = {
      unversioned: false,
      unique: [],
      primaryKey: { columns: ["a"], name: "t_pkey" },
      columns: [{ default: null, notNull: true, typmod: -1, type: "int4", name: "a" }],
      table: "t",
    };
    const { head } = sampleEntry(1);
    expect(encodeEntry({ head, effects: [{ op: "define", table: "t", definition: turned }] })).toEqual(
      encodeEntry({ head, effects: [{ op: "define", table: "t", definition }] }),
    );
  });

  test("the worked example of DESIGN.md is what the codec writes", () => {
    const design = readFileSync(new URL("../../src/log/DESIGN.md", import.meta.url), "utf8");
    const [, json, hex] = /```json example\n([\s\S]*?)```[\s\S]*?```hex example\n([\s\S]*?)```/.exec(design) ?? [];
    const entry = JSON.parse(json ?? "") as Entry;
    const record = encodeEntry(entry);
    sealRecord(record, 2, 0x5a17);
    const written = (hex ?? "")
      .split("\n")
      .map((line) => line.replace(/ {2}.*$/, ""))
      .join("")
      .replaceAll(/\s/g, "");
    expect(record.toString("hex")).toBe(written);
    expect(decodeEntry(record)).toEqual(entry);
    expect(recordChecks(record, 0, record.length, 0x5a17)).toBe(true);
    expect(recordChecks(record, 0, record.length, 0x5a18)).toBe(false);
    expect(recordProves(record, 0)).toBe(entry.head.sequence - 3);
  });
});

describe("malformed bytes", () => {
  test.each([
    ["an effect of no kind", (record: Buffer) => record.writeUInt8(7, record.length - 1)],
    ["more effects than bytes", (record: Buffer) => record.writeUInt8(120, record.length - 8)],
  ])("%s is refused", (_, damage) => {
    const record = encodeEntry({ head: sampleEntry(1).head, effects: [{ op: "delete", table: "abc", id: "d" }] });
    // The last bytes: count 1, op 2, "abc" with its length, "d" with its length.
    expect(record.subarray(-8).toString("hex")).toBe("0102036162630164");
    damage(record);
    if (record[record.length - 1] === 7) record.writeUInt8(7, record.length - 7);
    expect(() => decodeEntry(record)).toThrow(MalformedBytes);
  });

  test("no truncation of a head decodes, and none reads past its end", () => {
    const head = encodeHead(sampleEntry(1).head);
    for (let length = 0; length < head.length; length++)
      expect(() => decodeHead(head.subarray(0, length))).toThrow(MalformedBytes);
  });

  test("a number that is no whole number is a bug of the caller", () => {
    expect(() => encodeHead({ ...sampleEntry(1).head, time: 1.5 })).toThrow("varint");
    expect(() => encodeHead({ ...sampleEntry(1).head, time: -1 })).toThrow("varint");
  });
});
