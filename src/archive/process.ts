// The archive's own process: started by archive.ts, one for each tenant. Follows the log by itself; is only told how far it is
// durable. Runs at lower priority, because git comes after those who wait for an answer, and ends when its parent does, so
// that a killed server leaves no second writer behind.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { systemClock } from "../base/clock.ts";
import { ChronError, messageOf } from "../base/errors.ts";
import { type FileLock, systemFiles } from "../base/files.ts";
import type { Entry } from "../log/entry.ts";
import { LogFollower } from "../log/follow.ts";
import { checkArchive } from "./check.ts";
import { findCommits } from "./find-commit.ts";
import { Follower } from "./follower.ts";
import type { ChildOptions, FromChild, ToChild } from "./messages.ts";
import { archivePaths } from "./paths.ts";

const NICENESS = 15;
/** Entries behind that take longer to publish than a thread takes to start. */
const THREAD_FROM = 1_000;
const THREADS = "/proc/self/task";
/** How long an archive process of a server that was killed may take to notice. */
const LOCK_WAIT_MS = 30_000;
const LOCK_RETRY_MS = 50;

function send(message: FromChild): void {
  process.send?.(message);
}

function fail(thrown: unknown): never {
  const code = thrown instanceof ChronError ? thrown.code : "INTERNAL";
  const message =
    thrown instanceof ChronError ? thrown.message : thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  // Exits once the message is out; whatever else happens meanwhile only happens in a process that is over.
  process.send?.({ type: "problem", code, message } satisfies FromChild, () => process.exit(1));
  setTimeout(() => process.exit(1), 1000).unref();
  throw thrown;
}

/** Our predecessor may not yet have noticed that its server is gone. */
async function takeLock(file: string): Promise<FileLock> {
  for (let waited = 0; ; waited += LOCK_RETRY_MS) {
    try {
      return systemFiles.lock(file);
    } catch (thrown) {
      if (!(thrown instanceof ChronError) || thrown.code !== "LOCKED" || waited >= LOCK_WAIT_MS) throw thrown;
      await new Promise((resolve) => setTimeout(resolve, LOCK_RETRY_MS));
    }
  }
}

/** Every thread: on Linux each has a priority of its own, and those that collect garbage were there before us. */
function giveWay(): void {
  try {
    const threads = fs.existsSync(THREADS) ? fs.readdirSync(THREADS).map(Number) : [0];
    for (const thread of threads) os.setPriority(thread, NICENESS);
  } catch {
    // A sandbox may forbid it: then we run at the server's priority, which is only less polite.
  }
}

function archiveBytes(packs: string): number {
  let bytes = 0;
  for (const name of systemFiles.list(packs)) bytes += systemFiles.stat(path.join(packs, name))?.size ?? 0;
  return bytes;
}

/** The entries the log still has, up to the published one. */
function* logEntries(directory: string, published: number): Generator<Entry> {
  let follower = new LogFollower({ directory, files: systemFiles, after: 0 });
  try {
    try {
      yield* follower.read(published);
    } catch (thrown) {
      // Recycled from the front: begin where it begins.
      const first = thrown instanceof ChronError && thrown.code === "NOT_FOUND" ? thrown.details.first : undefined;
      if (typeof first !== "number") return;
      follower = new LogFollower({ directory, files: systemFiles, after: first - 1 });
      yield* follower.read(published);
    }
  } finally {
    follower.close();
  }
}

async function main(): Promise<void> {
  const options = JSON.parse(process.argv[2] ?? "{}") as ChildOptions;
  process.on("disconnect", () => process.exit(0));
  // A terminal's Ctrl-C reaches us too; it is for the server, which will tell us to close.
  process.on("SIGINT", () => undefined);
  giveWay();
  const { directory, branch, limits } = options;
  const paths = archivePaths(directory);
  fs.mkdirSync(paths.own, { recursive: true, mode: 0o700 });
  await takeLock(paths.lock);
  const logDirectory = path.join(paths.own, "log");
  const follower = new Follower({
    files: systemFiles,
    repository: directory,
    branch,
    signature: { name: options.committerName, email: options.committerEmail },
    limits,
    clock: systemClock,
    source: (after) => new LogFollower({ directory: logDirectory, files: systemFiles, after }),
    threadFrom: THREAD_FROM,
    onPublished: (sequence) => send({ type: "published", sequence, bytes: archiveBytes(paths.packs) }),
  });

  const answer = async (request: number, work: () => Promise<FromChild>): Promise<void> => {
    try {
      send(await work());
    } catch (thrown) {
      send({
        type: "refused",
        request,
        code: thrown instanceof ChronError ? thrown.code : "INTERNAL",
        message: messageOf(thrown),
      });
    }
  };
  const check = async (request: number): Promise<FromChild> => {
    const { reader, map, published } = follower.view;
    const parts = { files: systemFiles, repository: directory, branch, log: logEntries(logDirectory, published) };
    return { type: "checked", request, report: await checkArchive(parts, reader, map) };
  };
  process.on("message", (message: ToChild) => {
    switch (message.type) {
      case "durable":
        follower.durable(message.sequence);
        break;
      case "idle":
        follower.idle(message.micros);
        break;
      case "wanted":
        follower.wanted(message.sequence);
        break;
      case "find":
        void answer(message.request, async () => ({
          type: "found",
          request: message.request,
          commits: findCommits(follower.view, message.prefix),
        }));
        break;
      case "check":
        void answer(message.request, () => check(message.request));
        break;
      case "close":
        follower.close().then(() => process.exit(0), fail);
        break;
    }
  });
  send({ type: "published", sequence: follower.published, bytes: archiveBytes(paths.packs) });
  await follower.run();
}

main().catch(fail);
