// One row or more for each verb: what is asked of the server or the tools, and what is printed.
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { VERBS } from "../../src/cli/commands/index.ts";
import type { OfflineTools } from "../../src/cli/contract.ts";
import { EXIT } from "../../src/cli/exit.ts";
import { chrondb, type FakeDoor, fakeDoor, NO_DEPS, type Seen } from "../support/command-line.ts";

let door: FakeDoor;
let directory: string;
let answers: (request: Seen) => { status?: number; body: string } = () => ({ body: "{}" });
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "chrondb-cli-"));
  door = await fakeDoor((request) => answers(request));
});
afterAll(async () => {
  await door.close();
  rmSync(directory, { recursive: true, force: true });
});

const DOCUMENT = '{"id":"user:1","exact":1.10}';

interface Row {
  readonly argv: readonly string[];
  readonly request: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** Verbs that ask one question and print its answer. */
const ASKING: Readonly<Record<string, readonly Row[]>> = {
  init: [{ argv: [], request: "POST /api/v1/init" }],
  info: [{ argv: [], request: "GET /api/v1/info" }],
  get: [
    { argv: ["user:1"], request: "GET /api/v1/get/user%3A1" },
    { argv: ["a/../b c", "--branch", "main", "--at", "17"], request: "GET /api/v1/get/a%2F..%2Fb%20c?branch=main&at=17" },
  ],
  put: [
    { argv: ["user:1", "--data", '{"n":1.10}'], request: "POST /api/v1/put?id=user%3A1", body: '{"n":1.10}' },
    {
      argv: ["user:1", "--data", "{}", "--if-version", "17"],
      request: "POST /api/v1/put?id=user%3A1",
      headers: { "if-match": '"17"' },
      body: "{}",
    },
  ],
  delete: [{ argv: ["user:1"], request: "DELETE /api/v1/delete/user%3A1" }],
  history: [
    {
      argv: ["user:1", "--limit", "3", "--since", "9"],
      request: "GET /api/v1/history/user%3A1?limit=3&since=9",
    },
  ],
  verify: [{ argv: [], request: "POST /api/v1/verify" }],
};

const rows = Object.entries(ASKING).flatMap(([verb, list]) =>
  list.map((row) => [`${verb} ${row.argv.join(" ")}`, verb, row] as const),
);
test.each(rows)("%s", async (_name, verb, row) => {
  answers = () => ({ body: DOCUMENT });
  const ran = await chrondb([verb, ...row.argv, "--port", door.port]);
  expect(ran).toEqual({ code: EXIT.ok, out: `${DOCUMENT}\n`, err: "" });
  const seen = door.seen.at(-1);
  expect(`${seen?.method} ${seen?.url}`).toBe(row.request);
  expect(seen?.headers).toMatchObject(row.headers ?? {});
  if (row.body !== undefined) expect(seen?.body).toBe(row.body);
});

test("put --file sends the file's text", async () => {
  const file = join(directory, "ada.json");
  writeFileSync(file, '{"n":12345678901234567890}');
  answers = () => ({ body: DOCUMENT });
  await chrondb(["put", "user:1", "--file", file, "--port", door.port]);
  expect(door.seen.at(-1)?.body).toBe('{"n":12345678901234567890}');
  expect((await chrondb(["put", "user:1", "--file", join(directory, "none"), "--port", door.port])).err).toContain(
    "cannot be read",
  );
});

test("server hands its flags over, ports also by position", async () => {
  const seen: unknown[] = [];
  const runServer = async (flags: unknown) => void seen.push(flags);
  const flags = ["--config", "f", "--data-dir", "d", "--host", "h", "--log-level", "warn", "--disable-rest", "--disable-sql"];
  expect((await chrondb(["server", "1", "2", "--pg-port", "3", ...flags], { deps: { runServer } })).code).toBe(EXIT.ok);
  expect(seen).toEqual([
    {
      restPort: "1",
      redisPort: "2",
      pgPort: "3",
      config: "f",
      dataDir: "d",
      host: "h",
      logLevel: "warn",
      disableRest: true,
      disableSql: true,
    },
  ]);
});

test("export streams lines, or JSON, to standard output or a private file", async () => {
  answers = (request) => ({ body: request.headers.accept === "application/json" ? '{"count":1}' : '{"id":"a"}\n{"id":"b"}\n' });
  expect((await chrondb(["export", "--prefix", "a", "--port", door.port])).out).toBe('{"id":"a"}\n{"id":"b"}\n');
  expect(door.seen.at(-1)?.url).toBe("/api/v1/export?prefix=a");
  expect((await chrondb(["export", "--json", "--limit", "5", "--at", "3", "--port", door.port])).out).toBe('{"count":1}\n');
  expect(door.seen.at(-1)?.url).toBe("/api/v1/export?limit=5&at=3");
  const file = join(directory, "out.ndjson");
  expect(await chrondb(["export", "--output", file, "--port", door.port])).toMatchObject({ code: EXIT.ok, out: "" });
  expect(readFileSync(file, "utf8")).toBe('{"id":"a"}\n{"id":"b"}\n');
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("tail-history prints versions that are newer than the newest at its start, oldest first", async () => {
  const item = (sequence: number) => `{"sequence":${sequence},"document":{"n":1.10}}`;
  const asked: string[] = [];
  answers = ({ url }) => {
    asked.push(url);
    if (asked.length === 1) return { status: 404, body: '{"error":"Document not found"}' };
    if (asked.length === 2) return { body: `{"history":[${item(4)},${item(3)}]}` };
    return { body: `{"history":[${item(5)}]}` };
  };
  const ran = await chrondb(["tail-history", "user:1", "--interval", "1", "--count", "3", "--port", door.port]);
  expect(ran).toEqual({ code: EXIT.ok, out: `${item(3)}\n${item(4)}\n${item(5)}\n`, err: "" });
  expect(asked.map((url) => new URL(url, "http://x").searchParams.get("since"))).toEqual([null, null, "4"]);
});

test("import sends lines and counts what was answered", async () => {
  let looks = 0;
  answers = ({ url, body }) =>
    url === "/health"
      ? { status: 503, body: `{"checks":[{"component":"archive","details":{"archived":{"chrondb":${++looks < 3 ? 1 : 2}}}}]}` }
      : { body: `{"imported":${body.trim().split("\n").length},"version":2,"failed":0,"errors":[]}` };
  const file = join(directory, "cities.json");
  writeFileSync(file, '[{"name":"Vila","lat":"42.53176"},\n {"name":"El \\"Tarter\\"","lat":"-1e2"}]');
  const ran = await chrondb(["import", file, "--table", "city", "--id-seq", "--number", "lat", "--port", door.port]);
  expect(ran.err).toBe("");
  expect(ran.out).toMatch(/^2 documents imported in \d+\.\d s \(\d+\/s\)\n$/);
  // It waited until git had sequence 2.
  expect(looks).toBe(3);
  const sent = door.seen.findLast((request) => request.url !== "/health");
  expect(sent).toMatchObject({
    url: "/api/v1/documents/import",
    headers: { "content-type": "application/x-ndjson" },
  });
  expect(sent?.body).toBe('{"name":"Vila","lat":42.53176,"id":"city:1"}\n{"name":"El \\"Tarter\\"","lat":-1e2,"id":"city:2"}\n');
});

test("query is in query.test.ts, against real servers", () => {
  expect(VERBS.map((verb) => verb.name)).toContain("query");
});

const CHECKS = [
  { component: "log", ok: true, message: "12 entries" },
  { component: "archive", ok: false, message: "pack x is damaged; run chrondb rebuild" },
];
const asked: unknown[] = [];
const offline: OfflineTools = {
  ...NO_DEPS.offline,
  dumpLog: (options) => {
    asked.push(options);
    return ["one", "two"];
  },
  verify: async (options) => {
    asked.push(options);
    return { ok: false, checks: CHECKS };
  },
  rebuild: async ({ progress, ...options }) => {
    asked.push(options);
    progress(5);
    return { entries: 5, messages: [] };
  },
  gitPath: (options) => {
    asked.push(options);
    return "/srv/data";
  },
};

test("log dump prints lines", async () => {
  expect(await chrondb(["log", "dump", "--data-dir", "d", "--from", "3", "--to", "9", "--json"], { deps: { offline } })).toEqual({
    code: EXIT.ok,
    out: "one\ntwo\n",
    err: "",
  });
  expect(asked.at(-1)).toEqual({ dataDir: "d", tenant: "chrondb", from: 3, to: 9, json: true, values: false });
});

test("verify --offline prints each check and fails when one does", async () => {
  const ran = await chrondb(["verify", "--offline", "--data-dir", "d", "--tenant", "t"], { deps: { offline } });
  expect(ran).toMatchObject({
    code: EXIT.failed,
    out: "ok    log: 12 entries\nFAIL  archive: pack x is damaged; run chrondb rebuild\n",
  });
  expect(asked.at(-1)).toEqual({ dataDir: "d", tenant: "t" });
});

test("rebuild says what it made", async () => {
  const ran = await chrondb(["rebuild", "--data-dir", "d", "--from-clone", "c.git"], { deps: { offline } });
  expect(ran.out).toMatch(/^Rebuilt chrondb from 5 transactions in \d+\.\d s\n$/);
  expect(asked.at(-1)).toEqual({ dataDir: "d", tenant: "chrondb", clone: "c.git" });
});

test("git-path prints the path", async () => {
  expect((await chrondb(["git-path", "--tenant", "t"], { deps: { offline } })).out).toBe("/srv/data\n");
  expect(asked.at(-1)).toEqual({ dataDir: "data", tenant: "t" });
});

test("every verb has a test here", () => {
  const covered = [...Object.keys(ASKING), "server", "export", "tail-history", "import", "query", "log", "rebuild", "git-path"];
  expect(VERBS.map((verb) => verb.name).sort()).toEqual(covered.sort());
});
