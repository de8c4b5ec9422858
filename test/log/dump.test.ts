import { expect, test } from "vitest";
import { encodeEntry } from "../../src/log/codec.ts";
import { dumpLog } from "../../src/log/dump.ts";
import type { Entry } from "../../src/log/entry.ts";
import { openLog } from "../../src/log/writer.ts";
import { FaultyFiles } from "../support/faulty-files.ts";
import { appendSamples, BASE_TIME, sampleEntry } from "./sample.ts";

const DIRECTORY = "/log";

function written(...entries: Entry[]): FaultyFiles {
  const files = new FaultyFiles();
  const log = openLog({ directory: DIRECTORY, files, limits: { logSegmentBytes: 16 * 1024 } });
  for (const entry of entries) log.append([encodeEntry(entry)], entry.head);
  log.syncNow();
  log.close();
  return files;
}

const MIXED: Entry = {
  head: { ...sampleEntry(1).head, principal: "", flags: ["bulk", "two words"], operation: "EXEC\n" },
  effects: [
    { op: "put", table: "user", id: "1", kind: 0, body: '{"secret":"é"}', expiresAt: 0 },
    { op: "put", table: "default", id: "line\u2028break", kind: 1, body: Buffer.from([0xff, 0]), expiresAt: 1_790_000_000_000 },
    { op: "delete", table: "user", id: "2" },
    {
      op: "define",
      table: "t",
      definition: {
        table: "t",
        columns: [{ name: "a", type: "int4", typmod: -1, notNull: false, default: null }],
        primaryKey: null,
        unique: [],
        unversioned: false,
      },
    },
    { op: "define", table: "old", definition: null },
    { op: "branch", name: "dev", head: 7 },
    { op: "branch", name: "gone", head: null },
  ],
};

test("one line an entry: place, sequence, time, who, what; no values", () => {
  const files = written(MIXED, sampleEntry(2));
  const lines = [...dumpLog(DIRECTORY, { files })];
  expect(lines).toEqual([
    '1:4096  #1  2026-09-21T14:13:20.000001Z  main redis "EXEC\\n" [bulk "two words"]  ' +
      'put user:1 (document, 15 bytes), put "line\u2028break" (string, 2 bytes until 2026-09-21T14:13:20.000000Z), delete user:2, ' +
      "define table t (a), drop table old, branch dev at 7, delete branch gone",
    expect.stringMatching(
      /^1:\d+ {2}#2 {2}2026-09-21T14:13:20.000002Z {2}main redis SET by admin {2}put user:2 \(document, \d+ bytes\)$/,
    ),
  ]);
});

test("values only when asked", () => {
  const files = written(MIXED);
  expect([...dumpLog(DIRECTORY, { files })].join()).not.toContain("secret");
  expect([...dumpLog(DIRECTORY, { files, json: true })].join()).not.toContain("secret");
  expect([...dumpLog(DIRECTORY, { files, values: true })].join()).toContain('(document, 15 bytes) "{\\"secret\\":\\"é\\"}"');
  const [line = ""] = dumpLog(DIRECTORY, { files, values: true, json: true });
  expect(JSON.parse(line).effects.slice(0, 2)).toEqual([
    { op: "put", table: "user", id: "1", kind: "document", bytes: 15, expiresAt: 0, body: '{"secret":"é"}', encoding: "utf8" },
    {
      op: "put",
      table: "default",
      id: "line\u2028break",
      kind: "string",
      bytes: 2,
      expiresAt: 1_790_000_000_000,
      body: "/wA=",
      encoding: "base64",
    },
  ]);
});

test("JSON lines hold the whole head and every effect", () => {
  const effects = Array.from({ length: 50 }, (_, index) => ({ op: "delete" as const, table: "t", id: String(index) }));
  const files = written({ head: sampleEntry(1).head, effects });
  const [line = ""] = dumpLog(DIRECTORY, { files, json: true });
  const { time, ...head } = sampleEntry(1).head;
  expect(time).toBe(BASE_TIME + 1);
  expect(JSON.parse(line)).toEqual({ segment: 1, byte: 4096, time: "2026-09-21T14:13:20.000001Z", ...head, effects });
  const [text = ""] = dumpLog(DIRECTORY, { files });
  expect(text).toMatch(/delete t:19, and 30 more$/);
});

test("begins after a sequence, across segments, and says what is damaged before it goes on", () => {
  const files = new FaultyFiles();
  const log = openLog({ directory: DIRECTORY, files, limits: { logSegmentBytes: 16 * 1024 } });
  appendSamples(log, 1, 100, 400);
  log.syncNow();
  log.close();
  expect([...dumpLog(DIRECTORY, { files, after: 97 })].map((line) => line.split("  ")[1])).toEqual(["#98", "#99", "#100"]);
  files.rot(`${DIRECTORY}/segment-0000000002`, (bytes) => void bytes.fill(0, 4096, 5000));
  const lines = [...dumpLog(DIRECTORY, { files })];
  const damage = lines.findIndex((line) => line.includes("DAMAGED"));
  expect(lines[damage]).toMatch(
    /^2:4096 {2}DAMAGED {2}no valid record of entry (\d+) here, and the next segment begins with entry (\d+)$/,
  );
  expect(lines.at(-1)).toContain("  #100  ");
});
