// One configured user and password guards all three doors, and the note names who was authenticated.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { requireClient } from "../support/clients.ts";
import { startServer } from "../support/ready-server.ts";

it("the right password opens every door, a wrong one none", async () => {
  for (const client of ["redis-cli", "psql", "git"]) requireClient(client);
  const scratch = mkdtempSync(join(tmpdir(), "chrondb-guarded-"));
  const data = join(scratch, "data");
  const server = await startServer({ dataDir: data, env: { CHRONDB_PASSWORD: "correct horse" } });
  const redis = (...args: string[]): string => {
    const { stdout, stderr } = spawnSync("redis-cli", ["-p", String(server.redis), "--no-auth-warning", ...args], {
      encoding: "utf8",
    });
    return `${stdout}${stderr}`.trim();
  };
  const psql = (user: string, password: string): string => {
    const args = [
      "-X",
      "-A",
      "-t",
      "-w",
      "-h",
      "127.0.0.1",
      "-p",
      String(server.pg),
      "-U",
      user,
      "-d",
      "chrondb",
      "-c",
      "SELECT 1",
    ];
    const { stdout, stderr } = spawnSync("psql", args, { encoding: "utf8", env: { ...process.env, PGPASSWORD: password } });
    return `${stdout}${stderr}`.trim();
  };
  const rest = async (user: string, password: string): Promise<number> => {
    const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
    return (await fetch(`http://127.0.0.1:${server.rest}/api/v1/info`, { headers: { authorization } })).status;
  };
  try {
    expect(redis("GET", "x")).toBe("NOAUTH Authentication required.");
    expect(redis("-a", "wrong", "GET", "x")).toMatch(/WRONGPASS/);
    expect(redis("-a", "correct horse", "SET", "x", "1")).toBe("OK");
    expect(redis("--user", "chrondb", "-a", "correct horse", "GET", "x")).toBe("1");
    expect(redis("--user", "nobody", "-a", "correct horse", "GET", "x")).toMatch(/WRONGPASS/);
    expect(psql("chrondb", "correct horse")).toBe("1");
    expect(psql("chrondb", "wrong")).toMatch(/password authentication failed for user "chrondb"/);
    expect(psql("nobody", "correct horse")).toMatch(/password authentication failed for user "nobody"/);
    expect(await rest("chrondb", "correct horse")).toBe(200);
    expect(await rest("chrondb", "wrong")).toBe(401);
    expect(await rest("nobody", "correct horse")).toBe(401);
  } finally {
    await server.stop();
  }
  const note = execFileSync("git", ["--git-dir", data, "notes", "--ref=chrondb", "show", "main"], { encoding: "utf8" });
  expect(JSON.parse(note)).toMatchObject({ origin: "redis", principal: "chrondb" });
  rmSync(scratch, { recursive: true, force: true });
});
