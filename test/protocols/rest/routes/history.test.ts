import { fakeCommit } from "../../../support/fake-service.ts";
import { rows } from "../rows.ts";

const given = [
  ["user:1", '{"n":1.10}'],
  ["user:1", null],
  ["other", "{}"],
  ["user:1", '{"n":2}'],
] as const;

const item = (sequence: number, message: string, flags: string, document: string): string =>
  `{"commit-id":"${fakeCommit(sequence)}","commit-time":"1970-01-01T00:00:0${sequence}.000000Z","commit-message":"${message}",` +
  `"committer-name":"ChronDB","committer-email":"chrondb@example.com","sequence":${sequence},"user":"","origin":"rest",` +
  `"flags":[${flags}],"deleted":${document === "null"},"document":${document}}`;

const full =
  '{"id":"user:1","branch":"main","since":null,"count":3,"history":[' +
  [
    item(4, "Save document", "", '{"id":"user:1","n":2}'),
    item(2, "Delete document", '"delete"', "null"),
    item(1, "Save document", "", '{"id":"user:1","n":1.10}'),
  ].join(",") +
  "]}";

rows([
  { name: "newest first, deletions included", given, url: "/api/v1/history/user:1", status: 200, is: full },
  { name: "the same under get", given, url: "/api/v1/get/user:1/history", status: 200, is: full },
  { name: "the same by query parameter", given, url: "/api/v1/history?id=user:1", status: 200, is: full },
  { name: "no id", url: "/api/v1/history", status: 400, has: ['"error":"Query parameter \'id\' is required"'] },
  {
    name: "a limit",
    given,
    url: "/api/v1/history/user:1?limit=1",
    status: 200,
    has: ['"count":1', '"truncated":true', '"sequence":4'],
    hasNot: ['"sequence":2'],
  },
  {
    name: "older ones",
    given,
    url: "/api/v1/history/user:1?before=4",
    status: 200,
    has: ['"count":2', '"sequence":2'],
    hasNot: ['"sequence":4', "truncated"],
  },
  {
    name: "newer than a commit",
    given,
    url: `/api/v1/history/user:1?since=${fakeCommit(1)}`,
    status: 200,
    has: ['"count":2', `"since":"${fakeCommit(1)}"`],
    hasNot: ['"sequence":1,', "truncated"],
  },
  { name: "nothing newer", given, url: "/api/v1/history/user:1?since=4", status: 200, has: ['"count":0', '"history":[]'] },
  { name: "since nonsense", given, url: "/api/v1/history/user:1?since=zz", status: 400, has: ['"code":"INVALID_REFERENCE"'] },
  {
    name: "a document that never was",
    given,
    url: "/api/v1/history/user:9",
    status: 404,
    has: ['"error":"Document not found"', '"id":"user:9"'],
  },
  { name: "never was, with since", given, url: "/api/v1/history/user:9?since=1", status: 404 },
  {
    name: "an answer ends early at its bytes",
    given,
    options: { limits: { restListBytes: 5 } },
    url: "/api/v1/history/user:1",
    status: 200,
    has: ['"count":1', '"truncated":true'],
  },
  {
    name: "as a plain list",
    given,
    url: "/api/v1/documents/user:1/history?limit=2",
    status: 200,
    is:
      `[{"timestamp":"1970-01-01T00:00:04.000000Z","version":4,"commit":"${fakeCommit(4)}","data":{"id":"user:1","n":2}},` +
      `{"timestamp":"1970-01-01T00:00:02.000000Z","version":2,"commit":"${fakeCommit(2)}","data":null}]`,
  },
  { name: "a plain list of a document that never was", url: "/api/v1/documents/user:9/history", status: 404 },
]);
