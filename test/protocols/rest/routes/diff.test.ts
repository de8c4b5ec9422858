import { rows } from "../rows.ts";

const given = [
  ["user:1", '{"a":1.0,"b":2,"c":3}'],
  ["user:1", '{"a":1.00,"c":3,"d":[4]}'],
  ["user:1", null],
] as const;
const url = "/api/v1/documents/user:1/diff";
const between = '{"added":{"d":[4]},"removed":{"b":2},"changed":{"a":{"old":1.0,"new":1.00}}}';

rows([
  { name: "between two states", given, url: `${url}?t1=1&t2=2`, status: 200, is: between },
  {
    name: "until now: it is gone",
    given,
    url: `${url}?t1=2`,
    status: 200,
    is: '{"added":{},"removed":{"a":1.00,"c":3,"d":[4]},"changed":{}}',
  },
  { name: "POST with query parameters", given, method: "POST", url: `${url}?t1=1&t2=2`, status: 200, is: between },
  { name: "POST with a body", given, method: "POST", url, body: '{"t1":"1","t2":2}', status: 200, is: between },
  {
    name: "POST with a body that is no object",
    given,
    method: "POST",
    url,
    body: "[]",
    status: 400,
    has: ['"code":"INVALID_DOCUMENT"'],
  },
  { name: "POST with a time of the wrong type", given, method: "POST", url, body: '{"t1":{}}', status: 400, has: ["t1"] },
  { name: "without t1", given, url, status: 400, has: ["'t1' is required"] },
  {
    name: "of a document that is in neither",
    given,
    url: "/api/v1/documents/user:9/diff?t1=1",
    status: 404,
    has: ["Document not found"],
  },
  { name: "of an unknown state", given, url: `${url}?t1=1&t2=9`, status: 404, has: ['"code":"UNKNOWN_REFERENCE"'] },
]);
