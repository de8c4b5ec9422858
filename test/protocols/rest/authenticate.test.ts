import { expect } from "vitest";
import { rows, writes } from "./rows.ts";

const options = { guard: { user: "änn", password: "s:3" } };
const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString("base64")}` });
const asked = { "www-authenticate": 'Basic realm="ChronDB", charset="UTF-8"' };

rows([
  {
    name: "the right pair, with a colon and non-ASCII in it",
    options,
    url: "/api/v1/info",
    headers: basic("änn:s:3"),
    status: 200,
  },
  {
    name: "the principal is the one who proved it, the user the one who claims",
    options,
    method: "POST",
    url: "/api/v1/save",
    headers: { ...basic("änn:s:3"), "x-chrondb-user": "bob" },
    body: '{"id":"1"}',
    status: 200,
    effect: (set) => expect(set.service.chrondb.entries[0]?.caller).toMatchObject({ principal: "änn", user: "bob" }),
  },
  {
    name: "no credentials",
    options,
    method: "POST",
    url: "/api/v1/save",
    body: '{"id":"1"}',
    status: 401,
    has: ['"code":"UNAUTHENTICATED"'],
    answers: asked,
    effect: (set) => expect(writes(set)).toBe(0),
  },
  {
    name: "a wrong password is an event and writes nothing",
    options,
    method: "POST",
    url: "/api/v1/save",
    headers: basic("änn:no"),
    body: '{"id":"1"}',
    status: 401,
    has: ['"code":"WRONG_CREDENTIALS"'],
    answers: asked,
    effect: (set) => {
      expect(writes(set)).toBe(0);
      expect(set.told).toContainEqual(["authenticationFailed", "rest", "127.0.0.1", "änn"]);
    },
  },
  {
    name: "another scheme",
    options,
    url: "/api/v1/info",
    headers: { authorization: "Bearer abc" },
    status: 401,
    has: ["Basic"],
    answers: asked,
  },
  { name: "Basic without a colon", options, url: "/api/v1/info", headers: basic("nobody"), status: 401, answers: asked },
  { name: "metrics are guarded", options, url: "/metrics", status: 401, hasNot: ["chrondb_up"] },
  { name: "the description is guarded", options, url: "/openapi.json", status: 401, hasNot: ["paths"] },
  { name: "the page is guarded", options, url: "/docs/", status: 401 },
  { name: "unknown paths tell nothing", options, url: "/nope", status: 401 },
  { name: "open mode takes anything", url: "/api/v1/info", headers: { authorization: "Bearer abc" }, status: 200 },
]);
