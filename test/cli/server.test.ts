// `chrondb server` as a process: the ready line, doors left closed, what stops it from starting, and how it ends; and the
// offline verbs on the directory it leaves behind.
import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { EXIT } from "../../src/cli/exit.ts";
import { environment, startServer } from "../support/ready-server.ts";
import { ROOT } from "../support/source.ts";

const scratch = mkdtempSync(join(tmpdir(), "chrondb-server-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const FREE = ["--rest-port", "0", "--redis-port", "0", "--pg-port", "0"];

/** Runs a command line as a process to its end. */
function run(...argv: string[]): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", join(ROOT, "src/main.ts"), ...argv], {
      cwd: ROOT,
      env: environment({}),
    });
    let out = "";
    let err = "";
    child.stdout.on("data", (chunk: Buffer) => {
      out += chunk.toString();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      err += chunk.toString();
    });
    child.once("close", (code) => resolve({ code, out, err }));
  });
}

const at = (server: { rest: number }, path: string): string => `http://127.0.0.1:${server.rest}${path}`;

async function save(server: { rest: number }, id: string): Promise<void> {
  const answer = await fetch(at(server, "/api/v1/save"), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ id, secret: "hunter2" }),
  });
  expect(answer.status).toBe(200);
}

describe("starting", () => {
  test("a busy port is a sentence that names it", async () => {
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(0, "127.0.0.1", resolve));
    const address = squatter.address();
    const port = String(typeof address === "object" && address !== null ? address.port : 0);
    const ran = await run("server", "--data-dir", join(scratch, "busy"), ...FREE, "--redis-port", port);
    expect(ran.code).not.toBe(0);
    expect(ran.out).toBe("");
    expect(ran.err).toMatch(new RegExp(`Redis door .*port ${port} .*in use`));
    await new Promise((resolve) => squatter.close(resolve));
  });

  test("doors that are disabled stay closed, and the ready line says null", async () => {
    const server = await startServer({ dataDir: join(scratch, "doors"), args: ["--disable-redis", "--disable-sql"] });
    expect(server.rest).toBeGreaterThan(0);
    expect([server.redis, server.pg]).toEqual([0, 0]);
    await server.stop();
  });

  test("one server a directory: the second is refused and the first goes on", async () => {
    const dataDir = join(scratch, "locked");
    const first = await startServer({ dataDir });
    const second = await run("server", "--data-dir", dataDir, ...FREE);
    expect(second.code).not.toBe(0);
    expect(second.err).toContain(String(first.pid));
    await save(first, "a:1");
    await first.stop();
  });

  test.each([
    ["a setting that does not exist", "git: {committer: x}", /git\.committer/],
    ["a setting of what is not built", "git: {remoteUrl: x}", /git\.remoteUrl .*comes with remotes/],
    ["a host that others reach without a password", "servers: {rest: {host: 0.0.0.0}}", /CHRONDB_PASSWORD_FILE/],
  ])("%s is refused before anything is made", async (_what, yaml, message) => {
    const config = join(scratch, "refused.yaml");
    const dataDir = join(scratch, "refused");
    writeFileSync(config, yaml);
    const ran = await run("server", "--config", config, "--data-dir", dataDir, ...FREE);
    expect(ran.code).toBe(EXIT.usage);
    expect(ran.err).toMatch(message);
    expect(existsSync(dataDir)).toBe(false);
  });

  test("a config file whose password others can read is refused", async () => {
    const config = join(scratch, "secret.yaml");
    writeFileSync(config, "auth: {password: p}");
    chmodSync(config, 0o644);
    const ran = await run("server", "--config", config, "--data-dir", join(scratch, "refused"), ...FREE);
    expect(ran).toMatchObject({ code: EXIT.usage, err: expect.stringContaining(`chmod 600 ${config}`) });
  });

  test("without a password it says loudly that it is open, and listens on loopback only", async () => {
    const server = await startServer({ dataDir: join(scratch, "loud") });
    expect(server.stderr()).toMatch(/open/i);
    expect(server.stderr()).toMatch(/127\.0\.0\.1/);
    await server.stop();
  });
});

describe("ending", () => {
  test("SIGTERM answers what was taken, writes git, and exits with 0", async () => {
    const dataDir = join(scratch, "drain");
    const server = await startServer({ dataDir });
    const writes = Array.from({ length: 50 }, (_, index) => save(server, `d:${index}`));
    await Promise.all(writes.slice(0, 10));
    const late = Promise.allSettled(writes);
    await server.stop();
    await late;
    const again = await startServer({ dataDir });
    const history = await fetch(at(again, "/api/v1/history/d:0"));
    expect(history.status).toBe(200);
    await again.stop();
  });
});

describe("the offline verbs", () => {
  const dataDir = join(scratch, "offline");

  test("git-path, log dump, verify --offline and rebuild work on the directory", { timeout: 180_000 }, async () => {
    const server = await startServer({ dataDir });
    for (const id of ["o:1", "o:2", "o:1"]) await save(server, id);
    const locked = await run("rebuild", "--data-dir", dataDir);
    expect(locked.code).toBe(EXIT.failed);
    expect(locked.err).toContain(String(server.pid));
    await server.stop();

    expect(await run("git-path", "--data-dir", dataDir)).toEqual({ code: EXIT.ok, out: `${dataDir}\n`, err: "" });

    const dump = await run("log", "dump", "--data-dir", dataDir);
    expect(dump.code).toBe(EXIT.ok);
    expect(dump.out.trim().split("\n")).toHaveLength(4);
    expect(dump.out).toContain("o:2");
    expect(dump.out).not.toContain("hunter2");
    const part = await run("log", "dump", "--data-dir", dataDir, "--from", "3", "--to", "3", "--json", "--values");
    expect(JSON.parse(part.out)).toMatchObject({ sequence: 3 });
    expect(part.out).toContain("hunter2");

    const verified = await run("verify", "--offline", "--data-dir", dataDir);
    expect(verified.code, verified.out + verified.err).toBe(EXIT.ok);
    expect(verified.out).toMatch(/^ok {4}log: /m);

    const rebuilt = await run("rebuild", "--data-dir", dataDir);
    expect(rebuilt.code, rebuilt.err).toBe(EXIT.ok);
    expect(rebuilt.out).toMatch(/^Rebuilt chrondb from 4 transactions/);
    const again = await startServer({ dataDir });
    expect(await (await fetch(at(again, "/api/v1/get/o:2"))).json()).toMatchObject({ secret: "hunter2" });
    await again.stop();
  });

  test("a directory without data is 4, and nothing is made", async () => {
    const nowhere = join(scratch, "nowhere");
    for (const argv of [["git-path"], ["log", "dump"], ["verify", "--offline"]]) {
      const ran = await run(...argv, "--data-dir", nowhere);
      expect(ran).toMatchObject({ code: EXIT.notFound, err: expect.stringContaining(nowhere) });
    }
    expect(existsSync(nowhere)).toBe(false);
  });
});
