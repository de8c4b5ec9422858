import { expect, test } from "vitest";
import { rows } from "../rows.ts";
import { scene } from "../support.ts";

const given = [
  ["b:1", '{"n":1.10}'],
  ["a:1", "{}"],
  ["a:1", '{"x":1}'],
] as const;

rows([
  {
    name: "everything as one object",
    given,
    url: "/api/v1/export",
    status: 200,
    is: '{"prefix":null,"branch":"main","version":3,"documents":[{"id":"a:1","x":1},{"id":"b:1","n":1.10}],"count":2}',
    answers: { "x-chrondb-version": "3", "content-type": "application/json; charset=utf-8" },
  },
  {
    name: "everything as lines",
    given,
    url: "/api/v1/export",
    headers: { accept: "application/x-ndjson" },
    status: 200,
    is: '{"id":"a:1","x":1}\n{"id":"b:1","n":1.10}\n',
    answers: { "content-type": "application/x-ndjson; charset=utf-8" },
  },
  {
    name: "nothing",
    url: "/api/v1/export",
    status: 200,
    is: '{"prefix":null,"branch":"main","version":0,"documents":[],"count":0}',
  },
  {
    name: "a prefix, with a limit",
    given,
    url: "/api/v1/export?prefix=b:&limit=1",
    status: 200,
    has: ['"prefix":"b:"', '"count":1', "b:1"],
    hasNot: ["a:1"],
  },
  { name: "a past state", given, url: "/api/v1/export?at=2", status: 200, has: ['{"id":"a:1"}', '"version":2'] },
  {
    name: "HEAD would read everything for nothing",
    method: "HEAD",
    url: "/api/v1/export",
    status: 405,
    answers: { allow: "GET, POST" },
  },
  { name: "an unknown state", given, url: "/api/v1/export?at=9", status: 404, has: ['"code":"UNKNOWN_REFERENCE"'] },
]);

test("an export of many pages is one state, complete, and is read no faster than it is taken", async () => {
  const set = await scene();
  const { chrondb } = set.service;
  const caller = { tenant: "chrondb", branch: "main", origin: "t", principal: "", user: "", address: "" };
  const intent = { operation: "", message: "", flags: [], requestId: "", metadata: {} };
  await chrondb.write(caller, intent, (tx) => {
    for (let n = 0; n < 1_000; n++) tx.put("t", String(n).padStart(4, "0"), `{"n":${n}}`);
  });
  const answer = await set.app.inject({ url: "/api/v1/export", payloadAsStream: true });
  const stream = answer.stream();
  const first: Buffer = await new Promise((resolve) => {
    stream.once("data", (chunk: Buffer) => {
      stream.pause();
      resolve(chunk);
    });
  });
  const pagesRead = set.told.filter(([name]) => name === "read").length;
  // A document deleted and one added meanwhile belong to a later state.
  await chrondb.write(caller, intent, (tx) => {
    tx.delete("t", "0999");
    tx.put("t", "0999a", "{}");
  });
  const chunks = [first];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  const { documents, count } = JSON.parse(Buffer.concat(chunks).toString("utf8")) as {
    documents: { id: string }[];
    count: number;
  };
  expect(count).toBe(1_000);
  expect(documents.map(({ id }) => id)).toEqual(Array.from({ length: 1_000 }, (_, n) => `t:${String(n).padStart(4, "0")}`));
  expect(pagesRead).toBeLessThan(set.told.filter(([name]) => name === "read").length);
  await set.drain();
});
