import { expect, test } from "vitest";
import { rows } from "../rows.ts";
import { scene } from "../support.ts";

const twice = [
  ["user:1", '{"n":1.10}'],
  ["user:1", '{"n":2}'],
] as const;

rows([
  {
    name: "a document with its version",
    given: twice,
    url: "/api/v1/get/user:1",
    status: 200,
    is: '{"id":"user:1","n":2}',
    answers: { etag: '"2"', "x-chrondb-version": "2", "cache-control": "private, no-cache" },
    effect: (set) => expect(set.told.find(([name]) => name === "read")).toEqual(["read", "rest", expect.any(Number), 1]),
  },
  {
    name: "as of a past state",
    given: twice,
    url: "/api/v1/get/user:1?at=1",
    status: 200,
    is: '{"id":"user:1","n":1.10}',
    answers: { etag: '"1"' },
  },
  {
    name: "as of an unknown state",
    given: twice,
    url: "/api/v1/get/user:1?at=99",
    status: 404,
    has: ['"code":"UNKNOWN_REFERENCE"'],
  },
  { name: "as of nonsense", given: twice, url: "/api/v1/get/user:1?at=zz", status: 400, has: ['"code":"INVALID_REFERENCE"'] },
  {
    name: "none",
    url: "/api/v1/get/user:1",
    headers: { "x-request-id": "r" },
    status: 404,
    is: '{"error":"Document not found","code":"NOT_FOUND","request_id":"r","id":"user:1","branch":"main"}',
    answers: { "cache-control": "no-store" },
  },
  {
    name: "the client has it",
    given: twice,
    url: "/api/v1/get/user:1",
    headers: { "if-none-match": 'W/"2"' },
    status: 304,
    is: "",
  },
  {
    name: "the client has an older one",
    given: twice,
    url: "/api/v1/get/user:1",
    headers: { "if-none-match": '"1"' },
    status: 200,
  },
  {
    name: "HEAD",
    given: twice,
    method: "HEAD",
    url: "/api/v1/get/user:1",
    status: 200,
    is: "",
    answers: { etag: '"2"', "content-length": "21" },
  },
  { name: "the id as a query parameter", given: [["..", "{}"]], url: "/api/v1/get?id=..", status: 200, is: '{"id":".."}' },
  { name: "no id at all", url: "/api/v1/get", status: 400, has: ["Query parameter 'id' is required"] },
  { name: "a broken percent-escape", url: "/api/v1/get/%E0%A4", status: 400, has: ["percent-escape"] },
  { name: "an over-long id", url: `/api/v1/get/${"x".repeat(1025)}`, status: 400, has: ['"code":"INVALID_ID"'] },
  { name: "a hopelessly long id", url: `/api/v1/get/${"x".repeat(13_000)}`, status: 400, has: ['"code":"INVALID_ID"'] },
  { name: "a control character", url: "/api/v1/get/a%00b", status: 400, has: ['"code":"INVALID_ID"'] },
  {
    name: "the wrong method",
    method: "PATCH",
    url: "/api/v1/get/user:1",
    status: 405,
    has: ['"code":"METHOD_NOT_ALLOWED"'],
    answers: { allow: "GET, HEAD" },
  },
]);

test("hostile ids round-trip through a path", async () => {
  const ids = [
    "a/b",
    "..",
    ".",
    ".git",
    "%",
    "%25",
    "%2F",
    "é",
    "😀👩‍👩‍👧",
    "שלום",
    "a?b",
    "a#b",
    "a b",
    "+",
    "a\\b",
    '"',
    "a:b:c",
    "%zz",
    "\\x5cx00",
    "x".repeat(1024),
  ];
  const set = await scene();
  for (const id of ids) {
    const key = `t:${id}`;
    const url = `/api/v1/documents/${encodeURIComponent(key)}`;
    expect((await set.app.inject({ method: "POST", url, payload: '{"v":1}' })).json()).toMatchObject({ key });
    expect((await set.app.inject(url)).body).toBe(`{"id":${JSON.stringify(key)},"v":1}`);
    expect((await set.app.inject(`/api/v1/get?id=${encodeURIComponent(key)}`)).json()).toEqual({ id: key, v: 1 });
    expect(set.service.chrondb.current("t", id)?.body).toBe('{"v":1}');
  }
  await set.drain();
});

test("what Redis stored is shown as JSON, under its own key, on one line", async () => {
  const set = await scene();
  const caller = { tenant: "chrondb", branch: "main", origin: "redis", principal: "", user: "", address: "" };
  const intent = { operation: "", message: "", flags: [], requestId: "", metadata: {} };
  const shown = async (id: string, body: string | Buffer): Promise<string> => {
    await set.service.chrondb.write(caller, intent, (tx) => tx.put("r", id, body));
    return (await set.app.inject(`/api/v1/get/r:${id}`)).body;
  };
  expect(await shown("s", "plain")).toBe('{"id":"r:s","value":"plain"}');
  expect(await shown("b", Buffer.from([0xff, 0]))).toBe('{"id":"r:b","value":{"$base64":"/wA="}}');
  expect(await shown("i", '{"id":9,"a":1}')).toBe('{"id":"r:i","a":1}');
  expect(await shown("e", '{"a":1,"\\u0069d":9}')).toBe('{"id":"r:e","a":1}');
  expect(await shown("n", ' {\n "a" : 1.50 }\n')).toBe('{"id":"r:n","a":1.50}');
  expect(await shown("o", "{ }")).toBe('{"id":"r:o"}');
  await set.drain();
});
