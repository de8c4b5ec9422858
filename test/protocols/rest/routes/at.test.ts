import { fakeCommit } from "../../../support/fake-service.ts";
import { rows } from "../rows.ts";

const given = [
  ["user:1", '{"n":1.10}'],
  ["user:1", null],
] as const;

rows([
  {
    name: "a sequence",
    given,
    url: "/api/v1/documents/user:1/at/1",
    status: 200,
    is: '{"id":"user:1","n":1.10}',
    answers: { etag: '"1"' },
  },
  { name: "a commit", given, url: `/api/v1/documents/user:1/at/${fakeCommit(1)}`, status: 200, is: '{"id":"user:1","n":1.10}' },
  { name: "after its deletion", given, url: "/api/v1/documents/user:1/at/2", status: 404, has: ['"error":"Document not found"'] },
  { name: "nonsense", given, url: "/api/v1/documents/user:1/at/never", status: 400, has: ['"code":"INVALID_REFERENCE"'] },
]);
