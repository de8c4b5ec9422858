import { expect } from "vitest";
import { fakeCommit } from "../../../support/fake-service.ts";
import { rows, stored, writes } from "../rows.ts";

const one = [["user:1", "{}"]] as const;

rows([
  {
    name: "a document goes, flagged",
    given: one,
    method: "DELETE",
    url: "/api/v1/delete/user:1",
    headers: { "x-chrondb-flags": "cleanup" },
    status: 200,
    is: '{"message":"Document deleted","id":"user:1","version":2}',
    answers: { etag: '"2"' },
    effect: (set) => {
      expect(stored(set, "user", "1")).toBeUndefined();
      expect(set.service.chrondb.entries[1]?.intent).toMatchObject({
        operation: "delete-document",
        message: "Delete document",
        flags: ["delete", "cleanup"],
        metadata: { "document-id": "user:1", endpoint: "/api/v1/delete/:id" },
      });
    },
  },
  {
    name: "the branch is told when it was named",
    given: one,
    method: "DELETE",
    url: "/api/v1/delete/user:1?branch=main&wait=commit",
    status: 200,
    is: `{"message":"Document deleted","id":"user:1","branch":"main","version":2,"commit":"${fakeCommit(2)}"}`,
  },
  {
    name: "by query parameter",
    given: [["..", "{}"]],
    method: "DELETE",
    url: "/api/v1/delete?id=..",
    status: 200,
    has: ["Document deleted"],
  },
  {
    name: "none",
    method: "DELETE",
    url: "/api/v1/delete/user:1",
    status: 404,
    has: ['"error":"Document not found"', '"id":"user:1"', '"branch":"main"'],
    effect: (set) => expect(writes(set)).toBe(0),
  },
  {
    name: "If-Match of another version",
    given: one,
    method: "DELETE",
    url: "/api/v1/delete/user:1",
    headers: { "if-match": '"7"' },
    status: 412,
    effect: (set) => expect(stored(set, "user", "1")).toBe("{}"),
  },
  {
    name: "If-Match of this version",
    given: one,
    method: "DELETE",
    url: "/api/v1/delete/user:1",
    headers: { "if-match": '"1"' },
    status: 200,
  },
]);
