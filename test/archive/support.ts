// What the archive's tests share: entries, a log in memory, a follower driven to the end, and stock git to judge it.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { Follower, type FollowerLimits, type FollowerOptions } from "../../src/archive/follower.ts";
import { systemClock } from "../../src/base/clock.ts";
import { systemFiles } from "../../src/base/files.ts";
import { DEFAULT_LIMITS } from "../../src/base/limits.ts";
import type { Effect, Entry, EntryHead, PutEffect, TableDefinition } from "../../src/log/entry.ts";

/** 2023-11-14, before any clock these tests run by. */
export const START = 1_700_000_000_000_000;

export function temporary(name: string): string {
  return fs.mkdtempSync(path.join(os.tmpdir(), `chrondb-archive-${name}-`));
}

export function put(table: string, id: string, body: string | Buffer, more: Partial<PutEffect> = {}): PutEffect {
  return { op: "put", table, id, kind: typeof body === "string" && body.startsWith("{") ? 0 : 1, body, expiresAt: 0, ...more };
}

export function remove(table: string, id: string): Effect {
  return { op: "delete", table, id };
}

/** An entry; each is a millisecond after the one before unless `head` says otherwise. */
export function entry(sequence: number, effects: readonly Effect[], head: Partial<EntryHead> = {}): Entry {
  return {
    head: {
      sequence,
      time: START + sequence * 1000,
      branch: "main",
      txId: `00000000-0000-4000-8000-${String(sequence).padStart(12, "0")}`,
      origin: "rest",
      user: "",
      principal: "",
      requestId: "",
      flags: [],
      operation: "save-document",
      message: `Save ${sequence}`,
      metadata: "",
      ...head,
    },
    effects,
  };
}

export function initial(): Entry {
  return entry(1, [], {
    operation: "initialize-repository",
    message: "Initial empty commit",
    flags: ["system", "init"],
    origin: "system",
  });
}

export function sourceOf(entries: readonly Entry[]): FollowerOptions["source"] {
  return (after) => {
    let at = after;
    return {
      *read(durable) {
        while (at < durable) {
          const next = entries[at++];
          if (next === undefined) throw new Error(`no entry ${at}`);
          yield next;
        }
      },
    };
  };
}

export function follower(repository: string, entries: readonly Entry[], more: Partial<FollowerOptions> = {}): Follower {
  return new Follower({
    files: systemFiles,
    repository,
    branch: "main",
    signature: { name: "ChronDB", email: "chrondb@example.com" },
    limits: DEFAULT_LIMITS satisfies FollowerLimits,
    clock: systemClock,
    source: sourceOf(entries),
    ...more,
  });
}

/** Follows all the entries and publishes them. */
export async function archive(repository: string, entries: readonly Entry[], more: Partial<FollowerOptions> = {}): Promise<void> {
  const follows = follower(repository, entries, more);
  const running = follows.run();
  running.catch(() => undefined);
  follows.durable(entries.length);
  await follows.close();
  await running;
}

export function git(repository: string, ...args: string[]): string {
  return execFileSync("git", ["--git-dir", repository, ...args], {
    encoding: "utf8",
    maxBuffer: 1 << 30,
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Everything `git fsck --full --strict` has to say; empty when it is content. */
export function fsck(repository: string): string {
  return execFileSync(
    "sh",
    ["-c", 'git --git-dir "$1" fsck --full --strict --no-progress 2>&1 || echo "exit $?"', "fsck", repository],
    {
      encoding: "utf8",
    },
  );
}

export function refs(repository: string): Record<string, string> {
  const lines = git(repository, "for-each-ref", "--format=%(refname) %(objectname)").trim().split("\n").filter(Boolean);
  return Object.fromEntries(lines.map((line) => line.split(" ") as [string, string]));
}

export function definitionOf(table: string, more: Partial<TableDefinition> = {}): TableDefinition {
  return { table, columns: [], primaryKey: null, unique: [], unversioned: false, ...more };
}
