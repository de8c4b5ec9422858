import { expect } from "vitest";
import { rows, stored, writes } from "../rows.ts";

rows([
  {
    name: "the id as a query parameter",
    method: "POST",
    url: "/api/v1/put?id=user%3A1",
    body: '{"a":1}',
    status: 200,
    is: '{"id":"user:1","a":1}',
    effect: (set) => expect(stored(set, "user", "1")).toBe('{"a":1}'),
  },
  {
    name: "the id in the body",
    method: "POST",
    url: "/api/v1/put",
    body: '{"id":"user:1","a":1}',
    status: 200,
    is: '{"id":"user:1","a":1}',
  },
  {
    name: "both, agreeing",
    method: "POST",
    url: "/api/v1/put?id=user%3A1",
    body: '{"id":"user:1"}',
    status: 200,
    is: '{"id":"user:1"}',
  },
  {
    name: "both, the body's being the bare id",
    method: "POST",
    url: "/api/v1/put?id=user%3A1",
    body: '{"id":"1"}',
    status: 200,
    is: '{"id":"user:1"}',
  },
  {
    name: "both, differing",
    method: "POST",
    url: "/api/v1/put?id=user%3A1",
    body: '{"id":"user:2"}',
    status: 400,
    has: ["user:1", "user:2", '"code":"INVALID_ID"'],
    effect: (set) => expect(writes(set)).toBe(0),
  },
  { name: "neither", method: "POST", url: "/api/v1/put", body: "{}", status: 400, has: ['"code":"INVALID_DOCUMENT"'] },
  {
    name: "an empty id parameter",
    method: "POST",
    url: "/api/v1/put?id=",
    body: "{}",
    status: 400,
    has: ['"code":"INVALID_ID"'],
  },
]);
