import { expect } from "vitest";
import { fakeCommit } from "../../../support/fake-service.ts";
import { rows, stored, writes } from "../rows.ts";

const given = [
  ["user:1", '{"n":1.10}'],
  ["user:1", '{"n":2}'],
] as const;
const url = "/api/v1/documents/user:1/restore";

rows([
  {
    name: "an old version comes back as a new write",
    given,
    method: "POST",
    url,
    body: '{"ref":1}',
    status: 200,
    is: '{"id":"user:1","n":1.10}',
    answers: { etag: '"3"', "x-chrondb-version": "3" },
    effect: (set) => {
      expect(stored(set, "user", "1")).toBe('{"n":1.10}');
      expect(set.service.chrondb.entries[2]?.intent).toMatchObject({
        operation: "restore-document",
        message: "Restore document user:1 to version 1",
        flags: ["rollback"],
        metadata: { "document-id": "user:1" },
      });
    },
  },
  {
    name: "by commit, as a parameter",
    given,
    method: "POST",
    url: `${url}?ref=${fakeCommit(1)}&wait=commit`,
    status: 200,
    answers: { "x-chrondb-commit": fakeCommit(3) },
  },
  {
    name: "a deleted document",
    given: [
      ["user:1", '{"n":1}'],
      ["user:1", null],
    ],
    method: "POST",
    url: `${url}?ref=1`,
    status: 200,
    is: '{"id":"user:1","n":1}',
  },
  {
    name: "a state it did not exist in",
    given: [
      ["other", "{}"],
      ["user:1", "{}"],
    ],
    method: "POST",
    url: `${url}?ref=1`,
    status: 404,
    has: ['"code":"NOT_FOUND"'],
    effect: (set) => expect(writes(set)).toBe(2),
  },
  {
    name: "without a reference",
    given,
    method: "POST",
    url,
    status: 400,
    has: ["ref"],
    effect: (set) => expect(writes(set)).toBe(2),
  },
  { name: "a reference of the wrong type", given, method: "POST", url, body: '{"ref":[]}', status: 400, has: ["ref"] },
  {
    name: "If-Match of another version",
    given,
    method: "POST",
    url: `${url}?ref=1`,
    headers: { "if-match": '"1"' },
    status: 412,
    effect: (set) => expect(stored(set, "user", "1")).toBe('{"n":2}'),
  },
  { name: "If-Match of this version", given, method: "POST", url: `${url}?ref=1`, headers: { "if-match": '"2"' }, status: 200 },
]);
