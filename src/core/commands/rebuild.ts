// Makes a tenant's state anew from git and what the log holds beyond it, without a server. With a clone, an empty data directory
// gets the clone's history first; a log that is gone starts again after the last entry that git knows.
import { cpSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { headRef } from "../../archive/paths.ts";
import { readClone } from "../../archive/read-clone.ts";
import { readRef } from "../../archive/refs.ts";
import { repairArchive } from "../../archive/repair.ts";
import { ensureRepository } from "../../archive/repository.ts";
import { ChronError } from "../../base/errors.ts";
import { systemFiles } from "../../base/files.ts";
import type { Limits } from "../../base/limits.ts";
import type { Entry } from "../../log/entry.ts";
import { repairLog } from "../../log/repair.ts";
import { openLog, type SegmentedLog } from "../../log/writer.ts";
import { rebuildState } from "../../state/rebuild.ts";

export interface RebuildOptions {
  /** The tenant's bare repository. */
  readonly directory: string;
  readonly branch: string;
  readonly committerName: string;
  readonly committerEmail: string;
  readonly limits: Limits;
  /** A `git clone --mirror` to take the history from; null = the repository itself. */
  readonly clone: string | null;
  readonly progress: (entries: number) => void;
}

export interface Rebuilt {
  readonly entries: number;
  /** Sentences on damage found: what was done, and what could not be saved. */
  readonly messages: readonly string[];
}

/** Throws INVALID_ARGUMENT, CORRUPT, STORAGE_FAILED. The caller holds the directory's lock. */
export async function rebuildTenant(options: RebuildOptions): Promise<Rebuilt> {
  const { directory, branch } = options;
  const hidden = join(directory, ".chrondb");
  const logDirectory = join(hidden, "log");
  // A data directory that is a fresh clone has git's own settings, which let git tidy away what we manage.
  if (!existsSync(logDirectory)) rmSync(join(directory, "config"), { force: true });
  mkdirSync(logDirectory, { recursive: true, mode: 0o700 });
  const hasHistory = existsSync(join(directory, "refs", "heads", branch)) || existsSync(join(directory, "packed-refs"));
  if (options.clone !== null && !hasHistory) adoptClone(options.clone, directory);
  ensureRepository({ directory, branch });
  const repairs = await repairedArchive(options, hasHistory);

  let last = { sequence: 0, time: 0 };
  let entries = 0;
  const messages: string[] = [...repairs];
  const all = async function* (): AsyncGenerator<Entry> {
    // A repair that found no complete batch leaves no head: then all of it is in the log.
    const published = hasHead(directory, branch) ? readClone(directory, { branch }) : [];
    for await (const entry of published) {
      last = entry.head;
      entries++;
      if (entries % 1000 === 0) options.progress(entries);
      yield entry;
    }
    const log = usableLog(logDirectory, last, options.limits, messages);
    try {
      for (const entry of log.read(last.sequence)) {
        if (entry.head.sequence !== last.sequence + 1) {
          throw new ChronError(
            "CORRUPT",
            `The git archive ends at entry ${last.sequence} and the log goes on at ${entry.head.sequence}; the entries between are in neither. ` +
              "Rebuild from a clone that has them (`chrondb rebuild --from CLONE`).",
          );
        }
        last = entry.head;
        entries++;
        yield entry;
      }
    } finally {
      log.close();
    }
  };
  await rebuildState(join(hidden, "state.db"), all(), { limits: options.limits });
  options.progress(entries);
  return { entries, messages };
}

/** The log, made anew where there is none and repaired where it is damaged: what git lacks past the damage is kept. */
function usableLog(
  directory: string,
  last: { sequence: number; time: number },
  limits: Limits,
  messages: string[],
): SegmentedLog {
  const open = (): SegmentedLog => {
    const isNew = systemFiles.list(directory).length === 0;
    return openLog({ directory, files: systemFiles, limits, ...(isNew ? { startAfter: last } : { known: last.sequence }) });
  };
  try {
    return open();
  } catch (thrown) {
    if (!(thrown instanceof ChronError) || thrown.code !== "CORRUPT") throw thrown;
    const { aside, lost } = repairLog({ directory, files: systemFiles, after: last, limits });
    messages.push(`The log was damaged and has been made anew; the old one is kept in ${aside}.`);
    if (lost !== null)
      messages.push(`Lost: entries ${lost.from} to ${lost.to}, which were neither in git nor readable in the log.`);
    return open();
  }
}

/** What was done about a damaged archive: from the log where it reaches back, else from the clone. */
async function repairedArchive(options: RebuildOptions, hasHistory: boolean): Promise<string[]> {
  const { directory, branch, clone } = options;
  if (clone === null || !hasHistory) return repairArchive({ directory, branch, clone: null });
  const repairs = await repairArchive({ directory, branch, clone });
  if (repairs.length > 0) return repairs;
  throw new ChronError(
    "INVALID_ARGUMENT",
    `${directory} has a sound history of its own; rebuild a clone into an empty --data-dir.`,
  );
}

/** Copies a mirror's objects and refs into a data directory that has no history of its own. */
function adoptClone(clone: string, directory: string): void {
  if (!existsSync(join(clone, "objects")) || !existsSync(join(clone, "HEAD"))) {
    throw new ChronError(
      "INVALID_ARGUMENT",
      `${clone} is no bare git repository; make one with: git clone --mirror URL ${clone}`,
    );
  }
  for (const part of ["objects", "refs", "packed-refs"]) {
    if (existsSync(join(clone, part))) cpSync(join(clone, part), join(directory, part), { recursive: true });
  }
}

function hasHead(directory: string, branch: string): boolean {
  return readRef(systemFiles, directory, headRef(branch)) !== null;
}
