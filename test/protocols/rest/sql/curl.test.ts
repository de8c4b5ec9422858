// SQL as people try it first: curl against a server process, its exit code and bytes, and what a shell pipeline does to a stream.
import { execFile, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { requireClient } from "../../../support/clients.ts";
import { type RunningServer, startServer } from "../../../support/ready-server.ts";

const run = promisify(execFile);
const scratch = mkdtempSync(join(tmpdir(), "chrondb-curl-sql-"));
let server: RunningServer;
beforeAll(async () => {
  server = await startServer({ dataDir: join(scratch, "data") });
});
afterAll(async () => {
  await server?.stop();
  rmSync(scratch, { recursive: true, force: true });
});

const url = (path: string): string => `http://127.0.0.1:${server.rest}${path}`;

async function curl(path: string, body: string, ...more: string[]): Promise<{ status: number; text: string }> {
  const args = ["-sS", "--max-time", "30", "-w", "\n%{http_code}", ...more, "-d", body, url(path)];
  const { stdout } = await run(requireClient("curl"), args, { maxBuffer: 64 * 1024 * 1024 });
  const cut = stdout.lastIndexOf("\n");
  return { status: Number(stdout.slice(cut + 1)), text: stdout.slice(0, cut) };
}

test("what curl sends without a word about types is read as JSON; a file of statements too", async () => {
  expect(await curl("/api/v1/sql", '{"sql":"CREATE TABLE t (id int PRIMARY KEY, n numeric)"}')).toMatchObject({ status: 200 });
  expect(await curl("/api/v1/sql", '{"sql":"INSERT INTO t VALUES (?, ?)","params":[1,1.10]}')).toMatchObject({ status: 200 });
  const file = join(scratch, "body.json");
  writeFileSync(file, JSON.stringify({ sql: "-- both;\nINSERT INTO t VALUES (2, 2);\nSELECT * FROM t ORDER BY id" }));
  const both = await curl("/api/v1/sql", `@${file}`);
  expect(both.text).toContain('"rows":[{"id":1,"n":1.10},{"id":2,"n":2}]');
  expect(await curl("/api/v1/sql", '{"sql":"SELECT nope"}')).toMatchObject({ status: 400 });
});

test("a transaction with three calls of curl", async () => {
  const { transaction } = JSON.parse((await curl("/api/v1/sql/begin", "")).text) as { transaction: string };
  const body = JSON.stringify({ transaction, sql: "DELETE FROM t WHERE id = 2" });
  expect((await curl("/api/v1/sql", body)).status).toBe(200);
  const done = await curl("/api/v1/sql/commit?wait=commit", JSON.stringify({ transaction }));
  expect(JSON.parse(done.text)).toMatchObject({ command: "COMMIT", commit: expect.stringMatching(/^[0-9a-f]{40}$/) });
});

/** Kilobytes of memory the server's main process holds. */
function residentKb(): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))?.[1]);
}

test("two million lines through a slow pipe, in the same memory; `| head` ends it", { timeout: 90_000 }, async () => {
  const body = JSON.stringify({ sql: "SELECT n, repeat('x', 200) AS t FROM generate_series(1, 2000000) n" });
  const args = ["-sSN", "-H", "Accept: application/x-ndjson", "-d", body, url("/api/v1/sql")];
  await curl("/api/v1/sql", JSON.stringify({ sql: "SELECT n, repeat('x', 200) AS t FROM generate_series(1, 50000) n" }));
  const before = residentKb();
  const child = spawn(requireClient("curl"), args, { stdio: ["ignore", "pipe", "ignore"] });
  let bytes = 0;
  let highest = 0;
  // Far slower than it is made: 400 MB would take minutes.
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      bytes += (child.stdout.read() as Buffer | null)?.length ?? 0;
      highest = Math.max(highest, residentKb());
    }, 20);
    setTimeout(() => {
      clearInterval(timer);
      resolve();
    }, 4_000);
  });
  expect(bytes).toBeGreaterThan(100_000);
  // The whole is over 400 MB. What there is of it between two collections of garbage depends on the machine (172 MB seen).
  expect(highest - before).toBeLessThan(250 * 1024);
  child.stdout.destroy();
  child.kill("SIGTERM");
  const headed = await run("sh", [
    "-c",
    `'${requireClient("curl")}' ${args.map((arg) => `'${arg.replaceAll("'", "'\\''")}'`).join(" ")} 2>/dev/null | head -3`,
  ]);
  expect(
    headed.stdout
      .split("\n")
      .slice(1, 3)
      .map((line) => (JSON.parse(line) as unknown[])[0]),
  ).toEqual([1, 2]);
  // The worker those two held must be there for others.
  const after = await curl("/api/v1/sql", '{"sql":"SELECT count(*) AS n FROM t a CROSS JOIN t b"}');
  expect(after.text).toContain('"rows":[{"n":1}]');
});
