// Promise 6: stock git agrees at any moment, while the server is being written to.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { requireClient } from "../support/clients.ts";
import { startServer } from "../support/ready-server.ts";

const scratch = mkdtempSync(join(tmpdir(), "chrondb-git-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

it("fsck, clone, fetch and notes work on the live store, and no commit lacks its note", async () => {
  requireClient("git");
  const data = join(scratch, "data");
  const server = await startServer({ dataDir: data });
  let writing = true;
  let written = 0;
  const writer = (async () => {
    for (let at = 0; writing; at++) {
      await fetch(`http://127.0.0.1:${server.rest}/api/v1/save`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-chrondb-user": "ann" },
        body: JSON.stringify({ id: `live:${at % 50}`, at }),
      });
      written++;
    }
  })();
  // Git follows the log: the first commit is there a moment after the server.
  const hasMain = (): boolean => spawnSync("git", ["--git-dir", data, "rev-parse", "--verify", "--quiet", "main"]).status === 0;
  await expect.poll(hasMain, { timeout: 10_000 }).toBe(true);
  const mirror = join(scratch, "mirror");
  for (let round = 0; round < 6; round++) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    const git = (...args: string[]): string =>
      execFileSync("git", ["--git-dir", data, ...args], { encoding: "utf8", maxBuffer: 1 << 27 });
    expect(git("fsck", "--strict")).not.toMatch(/error|missing|broken/);
    if (round === 0) execFileSync("git", ["clone", "--quiet", "--mirror", data, mirror]);
    else execFileSync("git", ["--git-dir", mirror, "fetch", "--quiet"]);
    // The notes ref moves first and a clone reads refs in one go: every commit of the clone has its note.
    const commits = execFileSync("git", ["--git-dir", mirror, "rev-list", "main"], { encoding: "utf8" }).trim().split("\n");
    const notes = new Set(
      execFileSync("git", ["--git-dir", mirror, "notes", "--ref=chrondb", "list"], { encoding: "utf8" })
        .split("\n")
        .map((line) => line.split(" ")[1]),
    );
    expect(commits.filter((commit) => !notes.has(commit))).toEqual([]);
  }
  writing = false;
  await writer;
  await server.stop();
  const note = execFileSync("git", ["--git-dir", data, "notes", "--ref=chrondb", "show", "main"], { encoding: "utf8" });
  expect(JSON.parse(note)).toMatchObject({ origin: "rest", user: "ann", document_id: expect.stringMatching(/^live:/) });
  expect(note).not.toContain(`"at":`);
  expect(Number(execFileSync("git", ["--git-dir", data, "rev-list", "--count", "main"], { encoding: "utf8" }))).toBe(written + 1);
}, 60_000);
