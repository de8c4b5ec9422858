// A damaged log, state or pack under the whole server: a clear error that names the repair, and the repair as README and the
// error say it (`chrondb rebuild`), after which everything is there again on all doors.
import { execFileSync, spawnSync } from "node:child_process";
import { closeSync, cpSync, mkdtempSync, openSync, readdirSync, readSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { requireClient } from "../support/clients.ts";
import { environment, type RunningServer, startServer } from "../support/ready-server.ts";
import { ROOT } from "../support/source.ts";

const COUNT = 60;
const scratch = mkdtempSync(join(tmpdir(), "chrondb-repair-"));
const sound = join(scratch, "sound");

async function save(server: RunningServer, id: string, n: number): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${server.rest}/api/v1/save?wait=commit`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ id, n }),
  });
  return answer.status;
}

async function all(server: RunningServer): Promise<string> {
  return (await fetch(`http://127.0.0.1:${server.rest}/api/v1/export`, { headers: { accept: "application/x-ndjson" } })).text();
}

let exported = "";
beforeAll(async () => {
  const server = await startServer({ dataDir: sound, logLevel: "error" });
  for (let n = 1; n <= COUNT; n++) expect(await save(server, `d:${n % 40}`, n)).toBe(200);
  exported = await all(server);
  await server.stop();
}, 60_000);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function chrondb(...args: string[]): { status: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync("sh", [join(ROOT, "bin/chrondb"), ...args], {
    encoding: "utf8",
    env: environment({}),
  });
  return { status, said: `${stdout}${stderr}` };
}

/** Overwrites some bytes in the middle of a file. */
function spoil(path: string, at: number, length = 16): void {
  const file = openSync(path, "r+");
  const bytes = Buffer.alloc(length);
  readSync(file, bytes, 0, length, at);
  writeSync(
    file,
    bytes.map((byte) => byte ^ 0xa5),
    0,
    length,
    at,
  );
  closeSync(file);
}

function filesOf(directory: string, pattern: RegExp): string[] {
  return readdirSync(directory)
    .filter((name) => pattern.test(name))
    .sort()
    .map((name) => join(directory, name));
}

const LOG = "the log, in the middle";
const DAMAGES: { what: string; damage(data: string): void; says: RegExp }[] = [
  {
    what: LOG,
    damage: (data) => {
      const [segment = ""] = filesOf(join(data, ".chrondb", "log"), /^segment-/);
      spoil(segment, 4096 + 2000);
    },
    says: /log|segment/i,
  },
  {
    what: "the state (SQLite), every fourth page",
    damage: (data) => {
      const path = join(data, ".chrondb", "state.db");
      for (let at = 4096; at < statSync(path).size; at += 4 * 4096) spoil(path, at, 2000);
    },
    says: /state/i,
  },
  {
    what: "a pack",
    damage: (data) => {
      const packs = filesOf(join(data, "objects", "pack"), /\.pack$/);
      const largest = packs.sort((a, b) => statSync(b).size - statSync(a).size)[0] ?? "";
      spoil(largest, Math.floor(statSync(largest).size / 2), 64);
    },
    says: /pack|object|archive|git/i,
  },
  {
    what: "every pack",
    damage: (data) => {
      for (const pack of filesOf(join(data, "objects", "pack"), /\.pack$/)) spoil(pack, Math.floor(statSync(pack).size / 2), 16);
    },
    says: /pack|object|archive|git/i,
  },
];

test.each(DAMAGES)(
  "$what: told, repaired by `chrondb rebuild`, all there",
  async ({ what, damage, says }) => {
    requireClient("git");
    const data = join(scratch, "damaged");
    rmSync(data, { recursive: true, force: true });
    cpSync(sound, data, { recursive: true });
    damage(data);

    // A server that finds it at its start says so and stops; what it does not read then, verify finds.
    const started = await startServer({ dataDir: data, logLevel: "error" }).then(
      (server) => server.stop().then(() => null),
      (thrown: Error) => thrown.message,
    );
    if (started !== null) expect(started).toMatch(/chrondb rebuild/);
    if (what === LOG) expect(started, "a damaged log is never served over").not.toBeNull();
    const looked = chrondb("verify", "--offline", "--data-dir", data);
    expect(looked.status, looked.said).toBe(1);
    expect(looked.said).toMatch(says);
    expect(looked.said).toMatch(/chrondb rebuild/);

    const repaired = chrondb("rebuild", "--data-dir", data);
    expect(repaired.status, repaired.said).toBe(0);

    const server = await startServer({ dataDir: data, logLevel: "error" });
    expect(await all(server)).toBe(exported);
    expect(await save(server, "after:1", 1)).toBe(200);
    const history = await (await fetch(`http://127.0.0.1:${server.rest}/api/v1/history/d:5`)).json();
    expect(history).toMatchObject({ count: 2 });
    const verified = await fetch(`http://127.0.0.1:${server.rest}/api/v1/verify`, { method: "POST" });
    expect(await verified.json()).toMatchObject({ status: "ok" });
    await server.stop();
    const fsck = execFileSync("git", ["--git-dir", data, "fsck", "--full", "--strict"], { encoding: "utf8" });
    expect(fsck).not.toMatch(/error|missing|corrupt/);
    expect(Number(execFileSync("git", ["--git-dir", data, "rev-list", "--count", "main"], { encoding: "utf8" }))).toBe(COUNT + 2);
  },
  60_000,
);
