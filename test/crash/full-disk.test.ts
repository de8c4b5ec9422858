// A disk that is really full, under the whole server: a small tmpfs holds the data directory. With the low-water mark writes are
// refused in time and taken again once there is room; without it the disk fills to its last byte in the middle of writes. In
// both, reads are served as long as the server runs, and everything acknowledged is there at the end, in git too.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { requireClient } from "../support/clients.ts";
import { type RunningServer, startServer } from "../support/ready-server.ts";

const DISK = "30m";
const SMALL = {
  CHRONDB_LIMITS_LOG_SEGMENT_BYTES: "1MiB",
  CHRONDB_LIMITS_STATE_WAL_BYTES: "2MiB",
  CHRONDB_LIMITS_LOG_RETAIN_ENTRIES: "10",
};
const LOW = { ...SMALL, CHRONDB_LIMITS_DISK_LOW_BYTES: "12MiB", CHRONDB_LIMITS_DISK_RESUME_BYTES: "14MiB" };
/** The mark is so low that the disk is full before it is reached. */
const NO_MARK = { ...SMALL, CHRONDB_LIMITS_DISK_LOW_BYTES: "1", CHRONDB_LIMITS_DISK_RESUME_BYTES: "2" };

const scratch = mkdtempSync(join(tmpdir(), "chrondb-disk-"));
const disk = join(scratch, "disk");
const data = join(disk, "data");
mkdirSync(disk);
const canMount = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${DISK}`, "tmpfs", disk]).status === 0;
if (canMount) spawnSync("umount", [disk]);

beforeEach((context) => {
  if (!canMount) context.skip("needs the right to mount a tmpfs");
  requireClient("git");
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${DISK}`, "tmpfs", disk]);
});
afterEach(() => {
  if (canMount) execFileSync("umount", ["-l", disk]);
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const at = (server: RunningServer, path: string): string => `http://127.0.0.1:${server.rest}${path}`;

/** Text that does not compress, so that git needs its room too. */
function filler(n: number): string {
  let text = "";
  for (let x = n + 1; text.length < 40_000; x = (Math.imul(x, 1_103_515_245) + 12_345) >>> 0) text += x.toString(36);
  return text;
}

type Outcome = "saved" | "refused" | "unknown";

async function save(server: RunningServer, n: number): Promise<Outcome> {
  try {
    const answer = await fetch(at(server, "/api/v1/save"), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ id: `d:${n}`, text: filler(n) }),
    });
    const text = await answer.text();
    if (answer.status === 200) return "saved";
    expect(text).toMatch(/"code":"(DISK_FULL|STORAGE_FAILED|SHUTTING_DOWN)"/);
    return answer.status === 507 ? "refused" : "unknown";
  } catch {
    // The server went away in the middle: not acknowledged.
    return "unknown";
  }
}

/** Writes, four at a time, until one is not taken; answers the numbers that were acknowledged. */
async function fill(server: RunningServer, from: number): Promise<{ saved: number[]; last: Outcome }> {
  const saved: number[] = [];
  for (let n = from; n < from + 20_000; n += 4) {
    const outcomes = await Promise.all([0, 1, 2, 3].map((more) => save(server, n + more)));
    outcomes.forEach((outcome, more) => {
      if (outcome === "saved") saved.push(n + more);
    });
    const other = outcomes.find((outcome) => outcome !== "saved");
    if (other !== undefined) return { saved, last: other };
  }
  throw new Error("the disk did not fill");
}

async function hasAll(server: RunningServer, saved: readonly number[]): Promise<void> {
  const text = await (await fetch(at(server, "/api/v1/export"), { headers: { accept: "application/x-ndjson" } })).text();
  const found = new Map(
    text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { id: string; text: string })
      .map((document) => [document.id, document.text]),
  );
  expect(saved.filter((n) => found.get(`d:${n}`) !== filler(n))).toEqual([]);
}

function gitHasAll(count: number): void {
  const git = (...args: string[]): string => execFileSync("git", ["--git-dir", data, ...args], { encoding: "utf8" });
  expect(git("fsck", "--strict")).not.toMatch(/error|missing|corrupt/);
  expect(Number(git("rev-list", "--count", "main"))).toBeGreaterThanOrEqual(count);
}

test("at the mark writes are refused on every door, reads go on, and room makes it well again", async () => {
  let server = await startServer({ dataDir: data, env: LOW, logLevel: "error" });
  const { saved, last } = await fill(server, 1);
  expect(last).toBe("refused");
  expect(saved.length).toBeGreaterThan(20);
  await hasAll(server, saved);
  // Somebody else takes the rest, to the last byte.
  const greedy = join(disk, "somebody-else");
  spawnSync("dd", ["if=/dev/zero", `of=${greedy}`, "bs=64k"]);
  await hasAll(server, saved);
  expect(await save(server, 90_000)).toBe("refused");
  const metrics = await (await fetch(at(server, "/metrics"))).text();
  expect(metrics).toMatch(/^chrondb_read_only 1$/m);

  // It starts on a full disk too, after having been killed.
  await server.kill("SIGKILL");
  server = await startServer({ dataDir: data, env: LOW, logLevel: "error" });
  await hasAll(server, saved);
  expect(await save(server, 90_001)).toBe("refused");

  rmSync(greedy);
  execFileSync("mount", ["-o", "remount,size=80m", disk]);
  await expect.poll(() => save(server, 90_002), { timeout: 10_000 }).toBe("saved");
  await server.stop();
  gitHasAll(saved.length + 2);
}, 120_000);

test("without a mark, at the last byte nothing acknowledged is lost", async () => {
  let server = await startServer({ dataDir: data, env: NO_MARK, logLevel: "error" });
  writeFileSync(join(disk, "head-start"), Buffer.alloc(12 * 1024 * 1024));
  const { saved } = await fill(server, 1);
  expect(saved.length).toBeGreaterThan(20);
  // It either goes on and refuses, or it has stopped because its storage failed.
  const ended = await Promise.race([server.exited, new Promise<null>((resolve) => setTimeout(() => resolve(null), 3_000))]);
  if (ended === null) {
    await hasAll(server, saved);
    await server.kill("SIGKILL");
  } else expect(ended.code).toBe(1);

  execFileSync("mount", ["-o", "remount,size=80m", disk]);
  server = await startServer({ dataDir: data, env: NO_MARK, logLevel: "error" });
  await hasAll(server, saved);
  expect(await save(server, 90_002)).toBe("saved");
  const verified = await fetch(at(server, "/api/v1/verify"), { method: "POST" });
  expect(await verified.json()).toMatchObject({ status: "ok" });
  await server.stop();
  gitHasAll(saved.length + 2);
}, 120_000);
