// The whole way: curl -> the REST door -> the real core, log, state and git archive in a folder of its own.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { DEFAULT_LIMITS } from "../../../src/base/limits.ts";
import { systemRandom } from "../../../src/base/random.ts";
import type { Settings } from "../../../src/config/settings.ts";
import { RunningService } from "../../../src/core/service.ts";
import { type RestDoor, startRestDoor } from "../../../src/protocols/rest/index.ts";
import { requireClient } from "../../support/clients.ts";
import { sceneDeps } from "./support.ts";

const run = promisify(execFile);
const directory = mkdtempSync(join(tmpdir(), "chrondb-rest-"));
let service: RunningService;
let door: RestDoor;
let fatal: unknown = null;

beforeAll(async () => {
  const { deps } = sceneDeps();
  const settings: Settings = {
    git: { committerName: "ChronDB", committerEmail: "chrondb@example.com", defaultBranch: "main" },
    storage: { dataDir: directory },
    logging: { level: "silent", output: "stderr", file: "", slowMs: 0 },
    servers: { rest: deps.settings, redis: deps.settings, postgresql: deps.settings },
    auth: null,
    tenants: ["chrondb"],
    limits: DEFAULT_LIMITS,
  };
  service = await RunningService.open({
    settings,
    version: "0.0.0-test",
    rules: { conform: (_definition, _id, body) => body },
    registerFunctions: () => undefined,
    events: deps.events,
    clock: systemClock,
    random: systemRandom,
    onFatal: (error) => {
      fatal = error;
    },
  });
  door = await startRestDoor({ ...deps, service });
});

afterAll(async () => {
  await door.drain();
  await service.close();
  expect(fatal).toBeNull();
  rmSync(directory, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

async function curl(method: string, path: string, ...more: string[]): Promise<Answer> {
  const program = requireClient("curl");
  const args = ["-sS", "-i", "--path-as-is", "--max-time", "20", "-X", method, ...more, `http://127.0.0.1:${door.port}${path}`];
  const { stdout } = await run(program, args, { maxBuffer: 64 * 1024 * 1024 });
  // A large upload is answered "100 Continue" first.
  const answer = stdout.replace(/^HTTP\/1.1 100 .*?\r\n\r\n/s, "");
  const end = answer.indexOf("\r\n\r\n");
  const head = answer.slice(0, end);
  const headers = [...head.matchAll(/^([\w-]+): (.*?)\r?$/gm)].map(([, name = "", value = ""]) => [name.toLowerCase(), value]);
  return {
    status: Number(/^HTTP\/1.1 (\d+)/.exec(head)?.[1]),
    headers: Object.fromEntries(headers),
    body: answer.slice(end + 4),
  };
}

async function git(...args: string[]): Promise<string> {
  return (await run(requireClient("git"), ["-C", directory, ...args])).stdout;
}

test("a document's life, seen with curl and with git", async () => {
  const created = await curl(
    "POST",
    "/api/v1/save?wait=commit",
    ...["-d", '{"id":"user:1","price":1.10,"big":12345678901234567890}'],
    ...["-H", "X-ChronDB-User: ann", "-H", "X-ChronDB-Flags: a,b", "-H", "X-Request-Id: r-1", "-H", "X-ChronDB-Origin: Shop"],
  );
  expect(created).toMatchObject({ status: 200, body: '{"id":"user:1","price":1.10,"big":12345678901234567890}' });
  const { etag = "", "x-chrondb-version": first = "", "x-chrondb-commit": commit = "" } = created.headers;
  expect(etag).toBe(`"${first}"`);

  // The commit exists for stock git, with its note.
  expect(await git("log", "-1", "--format=%s", commit)).toBe("Save document\n");
  expect(JSON.parse(await git("notes", "--ref=chrondb", "show", commit))).toMatchObject({
    origin: "shop",
    user: "ann",
    request_id: "r-1",
    flags: ["a", "b"],
    operation: "save-document",
    metadata: {
      http: { method: "POST", path: "/api/v1/save", "remote-addr": "127.0.0.1" },
      endpoint: "/api/v1/save",
      "document-id": "user:1",
    },
  });

  const read = await curl("GET", "/api/v1/get/user:1");
  expect(read).toMatchObject({ status: 200, body: created.body, headers: { etag } });
  expect((await curl("GET", "/api/v1/get/user:1", "-H", `If-None-Match: ${etag}`)).status).toBe(304);

  const conflict = await curl("POST", "/api/v1/save", "-d", '{"id":"user:1"}', "-H", 'If-Match: "999999"');
  expect(conflict.status).toBe(412);
  const changed = await curl("POST", "/api/v1/documents/user:1", "-d", '{"price":2}', "-H", `If-Match: ${etag}`);
  expect(changed.status).toBe(200);
  const second = JSON.parse(changed.body).version as number;

  for (const reference of [first, commit, `commit:${commit.slice(0, 8)}`, `sequence:${first}`]) {
    expect((await curl("GET", `/api/v1/get/user:1?at=${reference}`)).body, reference).toBe(created.body);
  }
  const diff = await curl("GET", `/api/v1/documents/user:1/diff?t1=${first}&t2=${second}`);
  expect(diff.body).toBe('{"added":{},"removed":{"big":12345678901234567890},"changed":{"price":{"old":1.10,"new":2}}}');

  expect((await curl("DELETE", "/api/v1/delete/user:1")).status).toBe(200);
  expect((await curl("GET", "/api/v1/get/user:1")).status).toBe(404);
  const restored = await curl("POST", "/api/v1/documents/user:1/restore?wait=commit", "-d", `{"ref":"${commit}"}`);
  expect(restored).toMatchObject({ status: 200, body: created.body });

  const history = JSON.parse((await curl("GET", "/api/v1/history/user:1")).body) as { history: Record<string, unknown>[] };
  expect(history.history.map((item) => [item["commit-message"], item.deleted, item.flags])).toEqual([
    [`Restore document user:1 to version ${commit}`, false, ["rollback"]],
    ["Delete document", true, ["delete"]],
    ["Save document", false, []],
    ["Save document", false, ["a", "b"]],
  ]);
  expect(history.history[0]).toMatchObject({
    "commit-id": restored.headers["x-chrondb-commit"],
    "committer-name": "ChronDB",
    "committer-email": "chrondb@example.com",
  });
  const at = await curl("GET", `/api/v1/documents/user:1/at/${encodeURIComponent(String(history.history[2]?.["commit-time"]))}`);
  expect(at.body).toBe('{"id":"user:1","price":2}');
});

test("hostile ids, as curl sends them", async () => {
  for (const id of ["a/b", "..", ".git", "%2F", "😀", "שלום", "a\\b", "x".repeat(1000), "user:1:2"]) {
    const path = `/api/v1/documents/${encodeURIComponent(`h:${id}`).replaceAll(".", "%2e")}`;
    expect((await curl("POST", path, "-d", '{"v":1}')).status, id).toBe(200);
    expect((await curl("GET", path)).body).toBe(`{"id":${JSON.stringify(`h:${id}`)},"v":1}`);
  }
});

test("import and export, as JSON and as lines", async () => {
  const file = join(directory, ".chrondb", "lines.ndjson");
  const lines = Array.from({ length: 3_000 }, (_, n) => `{"id":"city:${String(n).padStart(5, "0")}","n":${n}.50}`);
  writeFileSync(file, `${lines.join("\n")}\nbroken\n`);
  const streamed = await curl(
    "POST",
    "/api/v1/documents/import",
    "-T",
    file,
    "-H",
    "Content-Type: application/x-ndjson",
    "-H",
    "Transfer-Encoding: chunked",
  );
  expect(streamed.status, streamed.body).toBe(200);
  expect(JSON.parse(streamed.body)).toMatchObject({
    imported: 3_000,
    failed: 1,
    errors: [{ line: 3_001, code: "INVALID_JSON" }],
  });

  const whole = await curl("POST", "/api/v1/documents/import?wait=commit", "-d", '{"documents":[{"id":"x:1"},{"id":"x:2"}]}');
  const { commit, version } = JSON.parse(whole.body) as { commit: string; version: number };
  expect((await git("show", "--name-only", "--format=", commit)).trim().split("\n")).toHaveLength(2);

  const exported = await curl("GET", "/api/v1/export?prefix=city:", "-H", "Accept: application/x-ndjson");
  expect(exported.body).toBe(`${lines.join("\n")}\n`);
  const page = JSON.parse((await curl("GET", `/api/v1/documents?prefix=city:&limit=1000&at=${version}`)).body) as Record<
    string,
    unknown
  >;
  expect(page).toMatchObject({ count: 1_000, truncated: true, after: "city:00999" });
});

test("everything agrees in the end", async () => {
  const verified = await curl("POST", "/api/v1/verify");
  expect(JSON.parse(verified.body)).toMatchObject({ status: "ok" });
  expect(await git("fsck", "--strict", "--full")).not.toMatch(/error|missing|dangling commit/);
});
