import { expect } from "vitest";
import { rows, stored, writes } from "../rows.ts";

const url = "/api/v1/documents/user:1";

rows([
  {
    name: "POST saves under the key of the path",
    method: "POST",
    url,
    body: '{"name":"Ann"}',
    status: 200,
    is: '{"status":"success","key":"user:1","version":1}',
    answers: { etag: '"1"', location: "/api/v1/get/user%3A1" },
    effect: (set) => expect(stored(set, "user", "1")).toBe('{"name":"Ann"}'),
  },
  {
    name: "POST with another id inside",
    method: "POST",
    url,
    body: '{"id":"user:2"}',
    status: 400,
    effect: (set) => expect(writes(set)).toBe(0),
  },
  { name: "GET", given: [["user:1", '{"a":1}']], url, status: 200, is: '{"id":"user:1","a":1}' },
  {
    name: "GET as of a past state",
    given: [
      ["user:1", '{"a":1}'],
      ["user:1", "{}"],
    ],
    url: `${url}?at=1`,
    status: 200,
    is: '{"id":"user:1","a":1}',
  },
  { name: "GET of none", url, status: 404, has: ['"error":"Document not found"'] },
  {
    name: "DELETE",
    given: [["user:1", "{}"]],
    method: "DELETE",
    url,
    status: 200,
    is: '{"status":"success","key":"user:1","version":2}',
    effect: (set) => expect(stored(set, "user", "1")).toBeUndefined(),
  },
  { name: "DELETE of none", method: "DELETE", url, status: 404, effect: (set) => expect(writes(set)).toBe(0) },
  { name: "PUT is not taken", method: "PUT", url, body: "{}", status: 405, answers: { allow: "DELETE, GET, HEAD, POST" } },
]);
