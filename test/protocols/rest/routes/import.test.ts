import { expect, test } from "vitest";
import { ChronError } from "../../../../src/base/errors.ts";
import { fakeCommit } from "../../../support/fake-service.ts";
import { rows, stored, writes } from "../rows.ts";
import { scene } from "../support.ts";

const url = "/api/v1/documents/import";
const json = { method: "POST", url } as const;
const lines = { method: "POST", url, headers: { "content-type": "application/x-ndjson" } } as const;

rows([
  {
    name: "documents in an envelope: one transaction",
    ...json,
    body: '{"documents":[{"id":"a:1","n":1.10},{"id":2,"_table":"a"}]}',
    status: 200,
    is: '{"imported":2,"version":1,"documents":[{"id":"a:1","n":1.10},{"id":"a:2"}]}',
    answers: { etag: '"1"' },
    effect: (set) => {
      expect(writes(set)).toBe(1);
      expect(stored(set, "a", "1")).toBe('{"n":1.10}');
      expect(set.service.chrondb.entries[0]?.intent).toMatchObject({
        operation: "import-documents",
        message: "Import 2 documents",
        flags: ["bulk-load"],
        metadata: { "document-count": 2, "document-ids": ["a:1", "a:2"] },
      });
    },
  },
  {
    name: "an array, with its commit",
    method: "POST",
    url: `${url}?wait=commit`,
    body: ' [{"id":"1"}]',
    status: 200,
    is: `{"imported":1,"version":1,"commit":"${fakeCommit(1)}","documents":[{"id":"1"}]}`,
  },
  {
    name: "a single document",
    ...json,
    body: '{"id":"1","documents":[1]}',
    status: 200,
    has: ['"documents":[{"id":"1","documents":[1]}]'],
  },
  {
    name: "an empty array",
    ...json,
    body: "[]",
    status: 200,
    is: '{"imported":0,"documents":[]}',
    effect: (set) => expect(writes(set)).toBe(0),
  },
  { name: "an empty object", ...json, body: "{}", status: 400, has: ["Request body must contain documents"] },
  {
    name: "documents that are no array",
    ...json,
    body: '{"documents":{}}',
    status: 400,
    has: ["Request body must contain documents"],
  },
  {
    name: "a document without an id refuses all",
    ...json,
    body: '[{"id":"1"},{"a":1}]',
    status: 400,
    has: ["All documents must include :id", "document 2"],
    effect: (set) => expect(writes(set)).toBe(0),
  },
  {
    name: "a document that is none refuses all",
    ...json,
    body: '[{"id":"1"},7]',
    status: 400,
    has: ["Document 2 of the request", '"document":2'],
    effect: (set) => expect(writes(set)).toBe(0),
  },
  { name: "a duplicate key in one", ...json, body: '[{"id":"1","a":1,"a":2}]', status: 400, has: ["Duplicate"] },
  { name: "100 levels in one", ...json, body: `{"documents":[{"id":"1","a":${"[".repeat(99)}${"]".repeat(99)}}]}`, status: 200 },
  {
    name: "more documents than one import takes",
    ...json,
    options: { limits: { importDocuments: 2 } },
    body: '[{"id":"1"},{"id":"2"},{"id":"3"}]',
    status: 413,
    has: ["importDocuments"],
    effect: (set) => {
      expect(writes(set)).toBe(0);
      expect(set.told).toContainEqual(["limitReached", "importDocuments"]);
    },
  },
  {
    name: "the note names the first twenty of many",
    ...json,
    body: JSON.stringify(Array.from({ length: 30 }, (_, n) => ({ id: `a:${n}` }))),
    status: 200,
    effect: (set) => {
      const metadata = set.service.chrondb.entries[0]?.intent.metadata;
      expect(metadata?.["document-count"]).toBe(30);
      expect(metadata?.["document-ids"]).toHaveLength(20);
    },
  },
  {
    name: "lines: a transaction each",
    ...lines,
    body: '{"id":"a:1","n":1.10}\r\n\n{"id":"a:2"}',
    status: 200,
    is: '{"imported":2,"failed":0,"version":2,"errors":[]}',
    effect: (set) => {
      expect(writes(set)).toBe(2);
      expect(stored(set, "a", "1")).toBe('{"n":1.10}');
      expect(set.service.chrondb.entries[1]?.intent).toMatchObject({
        operation: "save-document",
        message: "Save document",
        flags: ["bulk-load"],
        metadata: { "document-id": "a:2", endpoint: "/api/v1/documents/import" },
      });
    },
  },
  {
    name: "refused lines are named and the others written",
    ...lines,
    body: '{"id":"1"}\nnonsense\n{"a":1}\n{"id":"2"}\n',
    status: 200,
    has: ['"imported":2', '"failed":2', '"errors":[{"line":2,', '{"line":3,', '"code":"INVALID_JSON"'],
    effect: (set) => expect(writes(set)).toBe(2),
  },
  {
    name: "only refused lines",
    ...lines,
    body: "x\ny\n",
    status: 400,
    has: ["None of the 2 lines", '"failed":2', '"imported":0'],
    effect: (set) => expect(writes(set)).toBe(0),
  },
  { name: "no lines", ...lines, body: "\n", status: 200, is: '{"imported":0,"failed":0,"errors":[]}' },
  {
    name: "lines with their last commit",
    ...lines,
    url: `${url}?wait=commit`,
    body: '{"id":"1"}\n{"id":"2"}',
    status: 200,
    has: [`"commit":"${fakeCommit(2)}"`],
  },
  {
    name: "a line over the limit is skipped, not held",
    ...lines,
    options: { limits: { documentBytes: 100 } },
    body: `{"id":"1","a":"${"x".repeat(100_000)}"}\n{"id":"2"}\n`,
    status: 200,
    has: ['"imported":1', '"line":1', "documentBytes"],
  },
  {
    name: "the errors named are bounded, the count is not",
    ...lines,
    options: { limits: { importErrors: 3 } },
    body: `{"id":"1"}\n${"x\n".repeat(50)}`,
    status: 200,
    has: ['"failed":50', '"line":4'],
    hasNot: ['"line":5'],
  },
  {
    name: "a full disk ends the import",
    ...lines,
    options: { limits: { importWindow: 1 } },
    prepare: (set) => {
      set.service.chrondb.nextWriteError = new ChronError("DISK_FULL", "The disk is full.");
    },
    body: '{"id":"1"}\n{"id":"2"}\n{"id":"3"}\n',
    status: 507,
    has: ['"error":"The disk is full."', '"imported":0', '"failed":1'],
    effect: (set) => expect(writes(set)).toBe(0),
  },
]);

test("lines are written together, in a window that bounds them", async () => {
  const set = await scene({ limits: { importWindow: 50 } });
  set.service.chrondb.delayMs = 1;
  const payload = Array.from({ length: 1_000 }, (_, n) => `{"id":"a:${n}"}`).join("\n");
  const answer = await set.app.inject({ ...lines, payload });
  expect(answer.json()).toMatchObject({ imported: 1_000, failed: 0, version: 1_000 });
  expect(set.service.chrondb.mostPending).toBe(50);
  await set.drain();
});

test("the window bounds bytes too", async () => {
  const set = await scene({ limits: { importWindowBytes: 1_000 } });
  set.service.chrondb.delayMs = 1;
  const payload = Array.from({ length: 100 }, (_, n) => `{"id":"a:${n}","t":"${"x".repeat(400)}"}`).join("\n");
  const answer = await set.app.inject({ ...lines, payload });
  expect(answer.json()).toMatchObject({ imported: 100 });
  expect(set.service.chrondb.mostPending).toBeLessThanOrEqual(3);
  await set.drain();
});
