// Promises 1, 2, 3 and 6 together: the real server, real clients on every door at once, SIGKILL at random moments, and then
// everything that was acknowledged is there, whole transactions only, one commit and one note each, and the same hashes as
// a run of the same log that was never interrupted.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { requireClient } from "../support/clients.ts";
import { startServer } from "../support/ready-server.ts";
import { psqlWriter, redisWriter, restWriter, type Sent } from "./writers.ts";

/** The log keeps everything, so that at the end it can be replayed from its first entry. */
const WHOLE_LOG = { CHRONDB_LIMITS_LOG_RETAIN_ENTRIES: "100000000" };

/** mulberry32: enough to choose moments, and repeatable. */
function random(state: number): () => number {
  let a = state;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function git(directory: string, ...args: string[]): string {
  return execFileSync("git", ["--git-dir", directory, ...args], { encoding: "utf8", maxBuffer: 1 << 28 }).trim();
}

/** Kills a server on a fresh data directory `kills` times and checks everything at the end; `seed` chooses the moments. */
export async function killCampaign(kills: number, seed: number): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), "chrondb-crash-"));
  try {
    await campaign(scratch, kills, seed);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function campaign(scratch: string, kills: number, seed: number): Promise<void> {
  for (const client of ["redis-cli", "psql", "git"]) requireClient(client);
  const next = random(seed);
  const data = join(scratch, "data");
  const sent: Sent[] = [];
  for (let round = 0; round < kills; round++) {
    const server = await startServer({ dataDir: data, env: WHOLE_LOG });
    const writers = [
      redisWriter(server, `r${round}`, sent),
      redisWriter(server, `s${round}`, sent),
      psqlWriter(server, `p${round}`, sent),
      restWriter(server, `h${round}`, sent),
    ];
    await new Promise((resolve) => setTimeout(resolve, 20 + next() * 600));
    await server.kill("SIGKILL");
    for (const writer of writers) writer.stop();
    await Promise.all(writers.map((writer) => writer.ended));
  }

  const server = await startServer({ dataDir: data, env: WHOLE_LOG });
  const acknowledged = sent.filter((entry) => entry.acknowledged);
  expect(acknowledged.length).toBeGreaterThan(kills * 5);
  expect(new Set(acknowledged.map((entry) => entry.door)).size).toBe(3);

  // Every door, by its own client.
  const keys = sent.flatMap((entry) => [...entry.documents.keys()]);
  const viaRedis = new Map<string, string | null>();
  for (let from = 0; from < keys.length; from += 500) {
    const chunk = keys.slice(from, from + 500);
    const out = execFileSync("redis-cli", ["-p", String(server.redis), "--json", "MGET", ...chunk], {
      encoding: "utf8",
      maxBuffer: 1 << 28,
    });
    const values = JSON.parse(out) as (string | null)[];
    chunk.forEach((key, at) => viaRedis.set(key, values[at] ?? null));
  }
  const rows = execFileSync(
    "psql",
    [
      "-X",
      "-A",
      "-t",
      "-F",
      "|",
      "-h",
      "127.0.0.1",
      "-p",
      String(server.pg),
      "-U",
      "chrondb",
      "-d",
      "chrondb",
      "-c",
      "SELECT id, n, by FROM crash",
    ],
    { encoding: "utf8", maxBuffer: 1 << 28 },
  );
  const viaSql = new Map<string, string>(
    rows
      .trim()
      .split("\n")
      .map((row) => {
        const [id, n, by] = row.split("|");
        return [`crash:${id}`, `{"n":${n},"by":"${by}"}`] as const;
      }),
  );
  const exported = await (
    await fetch(`http://127.0.0.1:${server.rest}/api/v1/export`, { headers: { accept: "application/x-ndjson" } })
  ).text();
  const viaRest = new Set(exported.trim().split("\n"));

  const wrong: string[] = [];
  for (const { documents, acknowledged: must, door } of sent) {
    const present = [...documents].filter(([key]) => viaRedis.get(key) !== null);
    if (present.length !== documents.size && (must || present.length > 0))
      wrong.push(`${door}: ${present.length} of ${[...documents.keys()].join(" ")}`);
    for (const [key, body] of present) {
      if (viaRedis.get(key) !== body) wrong.push(`redis: ${key} holds ${viaRedis.get(key)}`);
      if (viaSql.get(key) !== body) wrong.push(`sql: ${key} holds ${viaSql.get(key)}`);
      if (!viaRest.has(`{"id":"${key}",${body.slice(1)}`)) wrong.push(`rest: ${key} is not in the export`);
    }
  }
  expect(wrong).toEqual([]);

  // Drains: everything into git. Then stock git judges.
  await server.stop();
  expect(git(data, "fsck", "--full", "--strict")).not.toMatch(/error|missing|corrupt/);
  const commits = git(data, "rev-list", "main").split("\n");
  const noted = new Set(
    git(data, "notes", "--ref=chrondb", "list")
      .split("\n")
      .map((line) => line.split(" ")[1]),
  );
  expect(commits.filter((commit) => !noted.has(commit))).toEqual([]);
  expect(noted.size).toBe(commits.length);
  const sequences = git(data, "log", "--format=%(trailers:key=ChronDB-Sequence,valueonly,separator=)", "main")
    .split("\n")
    .map(Number);
  expect(sequences).toEqual(Array.from({ length: commits.length }, (_, at) => commits.length - at));
  const transactions = sent.filter(({ documents }) => [...documents.keys()].some((key) => viaRedis.get(key) !== null)).length;
  // One commit each, and the initial one.
  expect(commits.length).toBe(transactions + 1);

  // The same log, never interrupted, gives the same hashes: heads and notes.
  const again = join(scratch, "again");
  mkdirSync(join(again, ".chrondb"), { recursive: true, mode: 0o700 });
  cpSync(join(data, ".chrondb", "log"), join(again, ".chrondb", "log"), { recursive: true });
  const replayed = await startServer({ dataDir: again });
  await replayed.stop();
  expect(git(again, "rev-parse", "main", "refs/notes/chrondb")).toBe(git(data, "rev-parse", "main", "refs/notes/chrondb"));
}
