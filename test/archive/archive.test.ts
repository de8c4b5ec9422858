// The archive as the main process uses it, with a real log and a real child process.
import { type ChildProcess, execFile, execFileSync } from "node:child_process";
import diagnostics from "node:diagnostics_channel";
import fs from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { afterEach, expect, test, vi } from "vitest";
import { openArchive } from "../../src/archive/archive.ts";
import type { Archive } from "../../src/archive/contract.ts";
import { ensureRepository } from "../../src/archive/repository.ts";
import { systemFiles } from "../../src/base/files.ts";
import { encodeEntry } from "../../src/log/codec.ts";
import type { Entry } from "../../src/log/entry.ts";
import { openLog } from "../../src/log/writer.ts";
import { entry, archive as follow, fsck, git, initial, put, refs, START, temporary } from "./support.ts";

const open: { close(): unknown }[] = [];
const directories: string[] = [];

afterEach(async () => {
  for (const part of open.splice(0).reverse()) await part.close();
  for (const directory of directories.splice(0)) fs.rmSync(directory, { recursive: true, force: true });
});

const options = (directory: string) => ({
  directory,
  branch: "main",
  committerName: "ChronDB",
  committerEmail: "chrondb@example.com",
});

async function started(name: string) {
  const directory = temporary(name);
  directories.push(directory);
  ensureRepository(options(directory));
  const log = openLog({ directory: path.join(directory, ".chrondb", "log"), files: systemFiles });
  open.push(log);
  const archive = await openArchive(options(directory));
  open.push(archive);
  const write = (entries: readonly Entry[]): void => {
    const last = entries.at(-1);
    if (last === undefined) return;
    log.append(
      entries.map((each) => encodeEntry(each)),
      last.head,
    );
    log.syncNow();
    archive.durable(last.head.sequence);
  };
  return { directory, archive, write };
}

function entries(from: number, to: number): Entry[] {
  const list: Entry[] = from === 1 ? [initial()] : [];
  for (let i = Math.max(2, from); i <= to; i++) list.push(entry(i, [put("user", `u${i % 50}`, `{"n":${i}}`)]));
  return list;
}

const lastTime = (list: readonly Entry[]): number => list.at(-1)?.head.time ?? 0;

test("what is durable becomes commits with notes, which can be waited for and found", async () => {
  const { directory, archive, write } = await started("open");
  const list = entries(1, 300);
  write(list);
  archive.idle(lastTime(list) + 200_000);
  const commit = await archive.waitFor(300, 30_000);
  expect(archive.published).toBe(300);
  expect(git(directory, "rev-parse", "main").trim()).toBe(commit);
  expect(archive.commitOf(299)).toBe(git(directory, "rev-parse", "main~1").trim());
  expect(archive.commitOf(301)).toBeUndefined();
  expect(await archive.findCommit(commit.slice(0, 12))).toEqual([{ commit, sequence: 300 }]);
  expect(await archive.findCommit("0123456789abcdef")).toEqual([]);
  expect(archive.bytes()).toBeGreaterThan(1000);
  expect(await archive.check()).toMatchObject({ ok: true, refs: { "refs/heads/main": commit } });
  expect(git(directory, "notes", "--ref=chrondb", "show", commit)).toContain('"sequence":300');
  expect(fsck(directory)).toBe("");
});

test("a batch stays open until silence is certain, and waiting for it is bounded", async () => {
  const { archive, write } = await started("wait");
  const list = entries(1, 3);
  write(list);
  await expect(archive.waitFor(3, 300)).rejects.toMatchObject({ code: "TIMEOUT", message: /not published within 300 ms/ });
  archive.idle(lastTime(list) + 1);
  await expect(archive.waitFor(3, 300)).rejects.toMatchObject({ code: "TIMEOUT" });
  archive.idle(lastTime(list) + 200_000);
  expect(await archive.waitFor(3, 10_000)).toMatch(/^[0-9a-f]{40}$/);
});

test("writers are not interrupted to tell the child of each group; who waits is not kept waiting by that", async () => {
  const children: ChildProcess[] = [];
  const seen = (message: unknown): void => void children.push((message as { process: ChildProcess }).process);
  diagnostics.subscribe("child_process", seen);
  const { archive, write } = await started("telling");
  diagnostics.unsubscribe("child_process", seen);
  const list = entries(1, 150);
  const child = children.find((each) => each.pid === (archive as unknown as { pid: number }).pid);
  if (child === undefined) throw new Error("the archive's process was not seen to start");
  const sent = vi.spyOn(child, "send");
  try {
    for (const each of list) {
      write([each]);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const unasked = sent.mock.calls.length;
    expect(unasked).toBeLessThan(list.length / 3);
    const waiting = archive.waitFor(150, 10_000);
    await new Promise((resolve) => setTimeout(resolve, 1));
    expect(sent.mock.calls.slice(unasked).map(([message]) => message)).toEqual([
      { type: "durable", sequence: 150 },
      { type: "wanted", sequence: 150 },
    ]);
    archive.idle(lastTime(list) + 200_000);
    await waiting;
  } finally {
    sent.mockRestore();
  }
});

test("while it is written on, commits are published every few seconds, and soon when somebody waits for one", async () => {
  const { archive, write } = await started("wanted");
  // In step with the clock, as a writer's times are: batches end every 100 ms.
  const began = performance.now();
  let at = 0;
  const writeOn = (): void => {
    const upTo = Math.floor((performance.now() - began) / 10) + 1;
    if (upTo > at)
      write(
        entries(at + 1, upTo).map((each) => ({ ...each, head: { ...each.head, time: START + each.head.sequence * 10_000 } })),
      );
    at = Math.max(at, upTo);
  };
  const published: number[] = [];
  archive.onPublished((sequence) => published.push(sequence));
  const feed = setInterval(writeOn, 20);
  try {
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(published.length).toBeLessThanOrEqual(1);
    const asked = performance.now();
    await archive.waitFor(at, 5_000);
    expect(performance.now() - asked).toBeLessThan(2_500);
  } finally {
    clearInterval(feed);
  }
});

test("closing publishes everything", async () => {
  const { directory, archive, write } = await started("close");
  write(entries(1, 25));
  await archive.close();
  expect(git(directory, "rev-list", "--count", "main").trim()).toBe("25");
  expect(git(directory, "notes", "--ref=chrondb", "list").trim().split("\n")).toHaveLength(25);
});

test("clones made while it writes are whole: every commit with its note, fsck content", async () => {
  const { directory, archive, write } = await started("clones");
  let at = 0;
  const feed = setInterval(() => {
    const part = entries(at + 1, at + 120);
    at += 120;
    write(part);
    archive.idle(lastTime(part));
  }, 40);
  try {
    for (let round = 0; round < 4; round++) {
      await archive.waitFor(100 + round * 300, 60_000);
      const clone = path.join(temporary("copy"), "copy.git");
      directories.push(path.dirname(clone));
      await promisify(execFile)("git", ["clone", "-q", "--mirror", `file://${directory}`, clone]);
      const commits = git(clone, "rev-list", "main").trim().split("\n");
      const noted = new Set(
        git(clone, "notes", "--ref=chrondb", "list")
          .trim()
          .split("\n")
          .map((line) => line.split(" ")[1]),
      );
      expect(commits.filter((commit) => !noted.has(commit))).toEqual([]);
      expect(fsck(clone)).toBe("");
    }
  } finally {
    clearInterval(feed);
  }
  await archive.close();
  expect(fsck(directory)).toBe("");
});

test("a killed process is started again and ends with the hashes of an uninterrupted run", async () => {
  const { directory, archive, write } = await started("kill");
  const list = entries(1, 3000);
  const problems: string[] = [];
  archive.onProblem((problem) => problems.push(problem));
  for (let at = 0; at < list.length; at += 250) {
    const part = list.slice(at, at + 250);
    write(part);
    archive.idle(lastTime(part));
    await new Promise((resolve) => setTimeout(resolve, 60));
    if (at % 750 === 0) kill(archive);
  }
  archive.idle(lastTime(list) + 200_000);
  await archive.waitFor(3000, 60_000);
  expect(problems.length).toBeGreaterThan(0);
  expect(problems[0]).toMatch(/stopped and is started again/);
  const undisturbed = temporary("undisturbed");
  directories.push(undisturbed);
  await follow(undisturbed, list);
  expect(refs(directory)).toEqual(refs(undisturbed));
  expect(fsck(directory)).toBe("");
});

function kill(archive: Archive): void {
  const pid: unknown = Reflect.get(archive, "pid");
  if (typeof pid === "number") process.kill(pid, "SIGKILL");
}

test("the process ends when its parent does", async () => {
  const directory = temporary("orphan");
  directories.push(directory);
  const program = `
    import { openArchive } from ${JSON.stringify(path.resolve("src/archive/archive.ts"))};
    const archive = await openArchive(${JSON.stringify(options(directory))});
    console.log(archive.pid);
    process.kill(process.pid, "SIGKILL");`;
  const run = `"$0" --disable-warning=ExperimentalWarning --input-type=module -e "$1" || true`;
  const pid = Number(
    execFileSync("sh", ["-c", run, process.execPath, program], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }),
  );
  expect(pid).toBeGreaterThan(1);
  await expect.poll(() => fs.existsSync(`/proc/${pid}`) && !isZombie(pid), { timeout: 5_000 }).toBe(false);
  // And another one can take its place.
  const archive = await openArchive(options(directory));
  await archive.close();
});

function isZombie(pid: number): boolean {
  try {
    return /^\d+ \(.*\) Z/.test(fs.readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return true;
  }
}
