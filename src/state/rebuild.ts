// Makes the state database anew from entries: of the log, or of a git clone. The new file is written beside the old one and takes
// its place only when it is whole.
import { dirname } from "node:path";
import { systemFiles } from "../base/files.ts";
import type { Limits } from "../base/limits.ts";
import type { Entry } from "../log/entry.ts";
import { stateFailure } from "./failures.ts";
import { openState } from "./open.ts";
import type { RegisterFunctions } from "./schema.ts";
import type { StateStore } from "./store.ts";

export interface RebuildOptions {
  readonly limits?: Limits;
  readonly registerFunctions?: RegisterFunctions;
  /** Told now and then how many entries are in. */
  readonly progress?: (entries: number) => void;
}

/** Entries, and bytes of bodies, of one transaction. */
const GROUP_ENTRIES = 1_000;
const GROUP_BYTES = 16 * 1024 * 1024;

/** Replaces the state database at `path`; no process may have it open. Answers the last sequence. Throws CORRUPT, DISK_FULL, STORAGE_FAILED. */
export async function rebuildState(
  path: string,
  entries: AsyncIterable<Entry> | Iterable<Entry>,
  options: RebuildOptions = {},
): Promise<number> {
  const fresh = `${path}.rebuild`;
  removeDatabase(fresh);
  const { progress, ...opening } = options;
  const store = openState({ path: fresh, ...opening });
  try {
    // A crash leaves the old file in place and this one to be thrown away, so nothing needs to reach the disk before the end.
    store.writer.database.pragma("synchronous = OFF");
    await replayAll(store, entries, progress);
    store.writer.database.pragma("synchronous = FULL");
  } catch (thrown) {
    if (store.writer.database.inTransaction) store.writer.rollback();
    await store.close();
    removeDatabase(fresh);
    throw stateFailure(thrown, fresh);
  }
  const sequence = store.writer.sequence();
  store.writer.database.pragma("wal_checkpoint(TRUNCATE)");
  await store.close();
  takePlace(fresh, path);
  return sequence;
}

async function replayAll(
  store: StateStore,
  entries: AsyncIterable<Entry> | Iterable<Entry>,
  progress: ((entries: number) => void) | undefined,
): Promise<void> {
  const { writer } = store;
  let done = 0;
  let bytes = 0;
  writer.begin();
  for await (const entry of entries) {
    writer.apply(entry.head.sequence, entry.effects);
    writer.finish(entry.head);
    done++;
    for (const effect of entry.effects) if (effect.op === "put") bytes += effect.body.length;
    if (done % GROUP_ENTRIES === 0 || bytes > GROUP_BYTES) {
      writer.commit();
      progress?.(done);
      bytes = 0;
      await store.checkpoint();
      writer.begin();
    }
  }
  writer.commit();
  progress?.(done);
}

/**
 * The old file goes aside first, with its WAL removed before the new file has its name: SQLite would take an old WAL for the new
 * file's own. A crash in between leaves no database or the old one aside, and both mean: rebuild again.
 */
function takePlace(fresh: string, path: string): void {
  const aside = `${path}.old`;
  const file = systemFiles.open(fresh, "write");
  try {
    file.sync();
  } finally {
    file.close();
  }
  removeDatabase(aside);
  if (systemFiles.stat(path) !== undefined) systemFiles.rename(path, aside);
  for (const suffix of ["-wal", "-shm"]) remove(`${path}${suffix}`);
  systemFiles.syncDirectory(dirname(path));
  systemFiles.rename(fresh, path);
  systemFiles.syncDirectory(dirname(path));
  removeDatabase(aside);
}

function removeDatabase(path: string): void {
  for (const suffix of ["", "-wal", "-shm"]) remove(`${path}${suffix}`);
}

function remove(file: string): void {
  if (systemFiles.stat(file) !== undefined) systemFiles.unlink(file);
}
