import { rows } from "../rows.ts";

const given = [
  ["user:2", '{"n":2}'],
  ["user:1", '{"n":1}'],
  ["usage:1", "{}"],
  ["us", "{}"],
  ["zoo:1", "{}"],
  ["zoo:1", null],
] as const;

rows([
  {
    name: "all, in the order of table and id",
    given,
    url: "/api/v1/documents",
    status: 200,
    is: '{"prefix":null,"branch":"main","version":6,"count":4,"documents":[{"id":"us"},{"id":"usage:1"},{"id":"user:1","n":1},{"id":"user:2","n":2}]}',
    answers: { "x-chrondb-version": "6" },
  },
  { name: "a table by prefix", given, url: "/api/v1/documents?prefix=user:", status: 200, has: ['"prefix":"user:"', '"count":2'], hasNot: ["usage"] },
  { name: "an id by prefix", given, url: "/api/v1/documents?prefix=user:1", status: 200, has: ['"count":1', "user:1"] },
  { name: "a prefix of table names and of bare ids", given, url: "/api/v1/documents?prefix=us", status: 200, has: ['"count":4'] },
  { name: "a prefix of nothing", given, url: "/api/v1/documents?prefix=x", status: 200, has: ['"count":0', '"documents":[]'], hasNot: ["truncated"] },
  {
    name: "the first page says how to go on",
    given,
    url: "/api/v1/documents?limit=3",
    status: 200,
    has: ['"count":3', '"truncated":true', '"after":"user:1"'],
    hasNot: ["user:2"],
  },
  { name: "the next page", given, url: "/api/v1/documents?limit=3&after=user:1", status: 200, has: ['"count":1', "user:2"], hasNot: ["truncated", '"user:1"'] },
  { name: "a limit that just fits", given, url: "/api/v1/documents?limit=4", status: 200, has: ['"count":4'], hasNot: ["truncated"] },
  {
    name: "a page ends early at its bytes",
    given,
    options: { limits: { restListBytes: 20 } },
    url: "/api/v1/documents",
    status: 200,
    has: ['"count":2', '"truncated":true', '"after":"usage:1"'],
  },
  { name: "as of a past state", given, url: "/api/v1/documents?at=5&prefix=zoo:", status: 200, has: ['"count":1', "zoo:1"] },
  { name: "limit 0", url: "/api/v1/documents?limit=0", status: 400, has: ["limit"] },
  { name: "a limit over the limit", url: "/api/v1/documents?limit=10001", status: 400, has: ["limit", "10000"] },
  { name: "a limit that is no number", url: "/api/v1/documents?limit=ten", status: 400, has: ["limit"] },
]);
