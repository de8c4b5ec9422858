import { expect } from "vitest";
import { fakeCommit } from "../../../support/fake-service.ts";
import { ChronError } from "../../../../src/base/errors.ts";
import { rows, stored, writes } from "../rows.ts";

const save = { method: "POST", url: "/api/v1/save" } as const;
const nothing = (set: Parameters<typeof writes>[0]) => expect(writes(set)).toBe(0);

rows([
  {
    name: "a new document is answered as it was sent, with its version in headers",
    ...save,
    body: '{"id":"user:1","price":1.10,"big":12345678901234567890,"z":1,"a":2}',
    status: 200,
    is: '{"id":"user:1","price":1.10,"big":12345678901234567890,"z":1,"a":2}',
    answers: {
      etag: '"1"',
      "x-chrondb-version": "1",
      "x-chrondb-commit": null,
      location: "/api/v1/get/user%3A1",
      "content-type": "application/json; charset=utf-8",
    },
    effect: (set) => expect(stored(set, "user", "1")).toBe('{"price":1.10,"big":12345678901234567890,"z":1,"a":2}'),
  },
  {
    name: "the id goes first, wherever it stood, and the text is compacted",
    ...save,
    body: '{ "a" : "x y" ,\n "id":"1" }',
    status: 200,
    is: '{"id":"1","a":"x y"}',
    effect: (set) => expect(stored(set, "default", "1")).toBe('{"a":"x y"}'),
  },
  {
    name: "an existing document is replaced, without Location",
    given: [["user:1", '{"a":1}']],
    ...save,
    body: '{"id":"user:1"}',
    status: 200,
    is: '{"id":"user:1"}',
    answers: { etag: '"2"', location: null },
    effect: (set) => expect(stored(set, "user", "1")).toBe("{}"),
  },
  {
    name: "_table names the table",
    ...save,
    body: '{"id":"1","_table":"user","a":1}',
    status: 200,
    is: '{"id":"user:1","a":1}',
    effect: (set) => expect(stored(set, "user", "1")).toBe('{"a":1}'),
  },
  { name: "_table and a full key agree", ...save, body: '{"id":"user:1","_table":"user"}', status: 200, is: '{"id":"user:1"}' },
  { name: "an integer id is taken as written", ...save, body: '{"id":7,"_table":"n"}', status: 200, is: '{"id":"n:7"}' },
  { name: "an escaped id is the id it spells", ...save, body: '{"\\u0069d":"\\u0078"}', status: 200, is: '{"id":"x"}' },
  {
    name: "the words of the request reach commit and note",
    ...save,
    body: '{"id":"user:1"}',
    headers: {
      "x-chrondb-user": Buffer.from("josé").toString("latin1"),
      "x-chrondb-origin": "Shop",
      "x-chrondb-flags": "nightly, bulk,,nightly",
      "x-request-id": "r-1",
      "x-chrondb-message": "Fix the price",
    },
    status: 200,
    answers: { "x-request-id": "r-1" },
    effect: (set) => {
      const { caller, intent } = set.service.chrondb.entries[0] ?? {};
      expect(caller).toMatchObject({ tenant: "chrondb", branch: "main", user: "josé", origin: "shop", principal: "", address: "127.0.0.1" });
      expect(intent).toEqual({
        operation: "save-document",
        message: "Fix the price",
        flags: ["nightly", "bulk"],
        requestId: "r-1",
        metadata: {
          http: { method: "POST", path: "/api/v1/save", "remote-addr": "127.0.0.1" },
          endpoint: "/api/v1/save",
          "document-id": "user:1",
        },
      });
    },
  },
  {
    name: "the same words as query parameters",
    method: "POST",
    url: "/api/v1/save?user=ann&origin=CLI&flags=a,b&request-id=r-2&message=Hello",
    body: '{"id":"user:1"}',
    status: 200,
    answers: { "x-request-id": "r-2" },
    effect: (set) => {
      const { caller, intent } = set.service.chrondb.entries[0] ?? {};
      expect(caller).toMatchObject({ user: "ann", origin: "cli" });
      expect(intent).toMatchObject({ message: "Hello", flags: ["a", "b"], requestId: "r-2" });
      expect(intent?.metadata.http).toMatchObject({ path: "/api/v1/save" });
    },
  },
  {
    name: "X-Correlation-Id stands in for X-Request-Id",
    ...save,
    body: '{"id":"1"}',
    headers: { "x-correlation-id": "c-1" },
    status: 200,
    effect: (set) => expect(set.service.chrondb.entries[0]?.intent.requestId).toBe("c-1"),
  },
  {
    name: "wait=commit answers the commit",
    method: "POST",
    url: "/api/v1/save?wait=commit",
    body: '{"id":"1"}',
    status: 200,
    answers: { "x-chrondb-commit": fakeCommit(1) },
  },
  {
    name: "wait=commit when git lags: the write is durable and the answer says so",
    method: "POST",
    url: "/api/v1/save?wait=commit",
    body: '{"id":"1"}',
    prepare: (set) => {
      set.service.chrondb.commitError = new ChronError("TIMEOUT", "too slow");
    },
    status: 504,
    has: ['"version":1', '"stored":true', "durable"],
    answers: { etag: '"1"' },
    effect: (set) => expect(writes(set)).toBe(1),
  },
  {
    name: "wait=commit of a write that has none",
    method: "POST",
    url: "/api/v1/save?wait=commit",
    body: '{"id":"1"}',
    prepare: (set) => {
      set.service.chrondb.commitError = new ChronError("NOT_FOUND", "unversioned");
    },
    status: 200,
    is: '{"id":"1"}',
    answers: { etag: '"1"', "x-chrondb-commit": null },
  },
  { name: "wait takes only commit", method: "POST", url: "/api/v1/save?wait=git", body: '{"id":"1"}', status: 400, has: ["wait"], effect: nothing },
  {
    name: "If-Match of the current version",
    given: [["user:1", "{}"]],
    ...save,
    headers: { "if-match": '"1"' },
    body: '{"id":"user:1","a":1}',
    status: 200,
    answers: { etag: '"2"' },
  },
  {
    name: "If-Match of an older version writes nothing and counts",
    given: [["user:1", "{}"], ["user:1", "{}"]],
    ...save,
    headers: { "if-match": '"1"' },
    body: '{"id":"user:1","a":1}',
    status: 412,
    has: ['"code":"VERSION_CONFLICT"', '"version":2'],
    answers: { etag: '"2"' },
    effect: (set) => {
      expect(stored(set, "user", "1")).toBe("{}");
      expect(set.told).toContainEqual(["occConflict", "rest"]);
    },
  },
  { name: "If-Match * needs a document", ...save, headers: { "if-match": "*" }, body: '{"id":"1"}', status: 412, effect: nothing },
  { name: "If-Match of nonsense", ...save, headers: { "if-match": "abc" }, body: '{"id":"1"}', status: 400, has: ["If-Match"], effect: nothing },
  { name: "a weak tag never satisfies If-Match", given: [["1", "{}"]], ...save, headers: { "if-match": 'W/"1"' }, body: '{"id":"1"}', status: 412 },
  { name: "If-None-Match * creates", ...save, headers: { "if-none-match": "*" }, body: '{"id":"1"}', status: 200 },
  {
    name: "If-None-Match * does not replace",
    given: [["1", '{"a":1}']],
    ...save,
    headers: { "if-none-match": "*" },
    body: '{"id":"1"}',
    status: 412,
    effect: (set) => expect(stored(set, "default", "1")).toBe('{"a":1}'),
  },
  { name: "no id", ...save, body: '{"a":1}', status: 400, has: ['"code":"INVALID_DOCUMENT"', "id"], effect: nothing },
  { name: "an empty id", ...save, body: '{"id":""}', status: 400, has: ['"code":"INVALID_ID"'], effect: nothing },
  { name: "an id of a table alone", ...save, body: '{"id":"","_table":"user"}', status: 400, has: ['"code":"INVALID_ID"'] },
  { name: "an id with a control character", ...save, body: '{"id":"a\\u0000b"}', status: 400, has: ['"code":"INVALID_ID"'], effect: nothing },
  { name: "a lone surrogate in an id", ...save, body: '{"id":"a\\ud800"}', status: 400, has: ['"code":"INVALID_ID"'], effect: nothing },
  { name: "an id of 1,024 bytes", ...save, body: `{"id":"t:${"é".repeat(512)}"}`, status: 200 },
  { name: "an id of 1,026 bytes", ...save, body: `{"id":"t:${"é".repeat(513)}"}`, status: 400, has: ['"code":"INVALID_ID"'], effect: nothing },
  { name: "an id that is an object", ...save, body: '{"id":{}}', status: 400, has: ['"code":"INVALID_ID"'], effect: nothing },
  { name: "an id with a fraction", ...save, body: '{"id":1.5}', status: 400, has: ['"code":"INVALID_ID"'], effect: nothing },
  { name: "a _table that is no name", ...save, body: '{"id":"1","_table":"_x"}', status: 400, has: ['"code":"INVALID_TABLE"'], effect: nothing },
  { name: "a _table that is no string", ...save, body: '{"id":"1","_table":3}', status: 400, has: ['"code":"INVALID_TABLE"'], effect: nothing },
  { name: "broken JSON", ...save, body: '{"id":"1",}', status: 400, has: ["Invalid JSON: ", "character 11"], effect: nothing },
  { name: "an empty body", ...save, body: "", status: 400, has: ["Invalid JSON"], effect: nothing },
  { name: "an array", ...save, body: "[1]", status: 400, has: ["object"], effect: nothing },
  { name: "a string", ...save, body: '"x"', status: 400, has: ['"code":"INVALID_DOCUMENT"'], effect: nothing },
  { name: "a duplicate key is named", ...save, body: '{"id":"1","price":1,"price":2}', status: 400, has: ["price", "Duplicate"], effect: nothing },
  { name: "a duplicate key deep inside", ...save, body: '{"id":"1","o":{"k":1,"k":2}}', status: 400, has: ["Duplicate"], effect: nothing },
  { name: "100 levels", ...save, body: `{"id":"1","a":${"[".repeat(99)}${"]".repeat(99)}}`, status: 200 },
  { name: "101 levels", ...save, body: `{"id":"1","a":${"[".repeat(100)}${"]".repeat(100)}}`, status: 400, has: ["100 levels"], effect: nothing },
  { name: "bytes that are not UTF-8", ...save, body: Buffer.from([0x7b, 0xff, 0x7d]), status: 400, has: ["UTF-8"], effect: nothing },
  {
    name: "a body over the limit",
    ...save,
    options: { limits: { restBodyBytes: 100 } },
    body: `{"id":"1","a":"${"x".repeat(100)}"}`,
    status: 413,
    has: ['"code":"LIMIT_EXCEEDED"', "restBodyBytes"],
    effect: (set) => expect(set.told).toContainEqual(["limitReached", "restBodyBytes"]),
  },
  { name: "any content type is read as JSON", ...save, headers: { "content-type": "application/x-www-form-urlencoded" }, body: '{"id":"1"}', status: 200 },
  { name: "no content type", ...save, body: '{"id":"1"}', status: 200 },
  {
    name: "a compressed body",
    ...save,
    headers: { "content-encoding": "gzip", "content-type": "application/json" },
    body: '{"id":"1"}',
    status: 415,
    has: ["gzip"],
    effect: nothing,
  },
  { name: "a long user", ...save, headers: { "x-chrondb-user": "x".repeat(257) }, body: '{"id":"1"}', status: 400, has: ["userBytes"], effect: nothing },
  { name: "a long flag", ...save, headers: { "x-chrondb-flags": "x".repeat(65) }, body: '{"id":"1"}', status: 400, has: ["flagBytes"], effect: nothing },
  { name: "many flags", ...save, headers: { "x-chrondb-flags": Array.from({ length: 33 }, (_, n) => `f${n}`).join() }, body: '{"id":"1"}', status: 400, has: ["flagsPerWrite"] },
  { name: "a long request id", ...save, headers: { "x-request-id": "x".repeat(257) }, body: '{"id":"1"}', status: 400, has: ["requestIdBytes"], effect: nothing },
  { name: "a control character in a message", method: "POST", url: "/api/v1/save?message=a%0Ab", body: '{"id":"1"}', status: 400, has: ["control"], effect: nothing },
  { name: "the same parameter twice", method: "POST", url: "/api/v1/save?user=a&user=b", body: '{"id":"1"}', status: 400, has: ["user"], effect: nothing },
  { name: "an unknown branch", method: "POST", url: "/api/v1/save?branch=dev", body: '{"id":"1"}', status: 404, has: ["dev", "branches"], effect: nothing },
  { name: "the main branch by name", method: "POST", url: "/api/v1/save?branch=main", body: '{"id":"1"}', status: 200 },
  { name: "an unknown tenant", method: "POST", url: "/api/v1/save?tenant=x", body: '{"id":"1"}', status: 404, has: ['"code":"UNKNOWN_TENANT"'] },
  {
    name: "a refusal of core keeps its words",
    ...save,
    body: '{"id":"1"}',
    prepare: (set) => {
      set.service.chrondb.nextWriteError = new ChronError("DISK_FULL", "The disk is full.", { freeBytes: 3 });
    },
    status: 507,
    has: ['"error":"The disk is full."', '"code":"DISK_FULL"', '"freeBytes":3'],
  },
  {
    name: "an error of ours does not tell what it was",
    ...save,
    headers: { "x-request-id": "r-9" },
    body: '{"id":"1"}',
    prepare: (set) => {
      set.service.chrondb.nextWriteError = new Error("secret detail");
    },
    status: 500,
    has: ['"code":"INTERNAL"', "r-9"],
    hasNot: ["secret"],
    effect: (set) => expect(set.told.map(([name]) => name)).toContain("error"),
  },
  {
    name: "POST /api/v1/documents answers key and version",
    method: "POST",
    url: "/api/v1/documents",
    body: '{"id":"user:1"}',
    status: 200,
    is: '{"status":"success","key":"user:1","version":1}',
  },
  {
    name: "POST /api/documents, with the commit",
    method: "POST",
    url: "/api/documents?wait=commit",
    body: '{"id":"user:1"}',
    status: 200,
    is: `{"status":"success","key":"user:1","version":1,"commit":"${fakeCommit(1)}"}`,
  },
]);
