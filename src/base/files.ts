// The one door to the file system for whatever must survive a crash (log, key store, cursors). Passed in, so that tests can
// swap in test/support/faulty-files.ts and lose what was not synced, fail an fsync or fill the disk.
//
// Errors of the system pass through as they are (`code` ENOSPC, EIO, …); `storageError` turns one into a refusal.
import fs from "node:fs";
import path from "node:path";
import Database from "better-sqlite3";
import { ChronError, messageOf } from "./errors.ts";

/** A file held open. Offsets and lengths in bytes. */
export interface OpenFile {
  readonly path: string;
  /** Fills `into` from byte `at`; answers how many bytes there were, fewer only at the end of the file. */
  read(into: Buffer, at: number): number;
  /** Writes all of `bytes` at byte `at`, without waiting for the disk. */
  write(bytes: Buffer, at: number): void;
  /** Writes all of `bytes` at the end. */
  append(bytes: Buffer): void;
  size(): number;
  truncate(size: number): void;
  /** Contents (and a changed size), not times, on disk: enough for a file that was preallocated and synced once. */
  syncData(): void;
  /** The same in the thread pool. Do not close the file before it settles. */
  syncDataLater(): Promise<void>;
  /** Contents and every attribute on disk. */
  sync(): void;
  close(): void;
}

export interface FileFacts {
  readonly size: number;
  readonly directory: boolean;
  /** Permission bits, e.g. 0o600. */
  readonly mode: number;
}

/** Held until `release` or the death of the process, whatever kills it. */
export interface FileLock {
  release(): void;
}

export interface Files {
  /** `read` and `write` need the file to exist; `create` needs it not to (and makes it 0600). */
  open(file: string, access: "read" | "write" | "create"): OpenFile;
  /** Whole contents; undefined when there is no such file. */
  readFile(file: string): Buffer | undefined;
  /** Makes a file of `size` zero bytes (really written: later syncs then carry no metadata) and syncs it. */
  preallocate(file: string, size: number): void;
  /** The same in the thread pool; stops early, removing the file, once `abandoned()`. Answers whether it is complete. */
  preallocateLater(file: string, size: number, abandoned: () => boolean): Promise<boolean>;
  rename(from: string, to: string): void;
  unlink(file: string): void;
  /** Names in a directory, sorted; empty when it does not exist. */
  list(directory: string): string[];
  /** With its parents, 0700. */
  makeDirectory(directory: string): void;
  /** undefined when there is nothing there. */
  stat(file: string): FileFacts | undefined;
  /** Makes creations, renames and removals in a directory durable. */
  syncDirectory(directory: string): void;
  /** Space of the file system that holds `directory`. */
  space(directory: string): { readonly freeBytes: number; readonly totalBytes: number };
  /** Takes an exclusive lock, noting our pid beside it (`<file>.pid`). Throws LOCKED naming the owner. */
  lock(file: string): FileLock;
}

/** `thrown` by a file operation as a refusal: DISK_FULL where that is the reason, else STORAGE_FAILED. */
export function storageError(thrown: unknown, doing: string): ChronError {
  if (thrown instanceof ChronError) return thrown;
  const code = codeOf(thrown);
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new ChronError(
      "DISK_FULL",
      `The disk is full: ${doing} failed (${messageOf(thrown)}). Free some space and try again.`,
    );
  }
  return new ChronError(
    "STORAGE_FAILED",
    `${doing} failed: ${messageOf(thrown)}. Check the disk and its file system, then restart the server, which recovers.`,
  );
}

/** Replaces a file's contents so that after a crash either the old or the new ones are there, whole. */
export function replaceFile(files: Files, file: string, bytes: Buffer): void {
  const temporary = `${file}.new`;
  if (files.stat(temporary) !== undefined) files.unlink(temporary);
  const handle = files.open(temporary, "create");
  try {
    handle.write(bytes, 0);
    handle.sync();
  } finally {
    handle.close();
  }
  files.rename(temporary, file);
  files.syncDirectory(path.dirname(file));
}

function codeOf(thrown: unknown): string | undefined {
  return thrown instanceof Error && "code" in thrown ? String(thrown.code) : undefined;
}

/** The value, or undefined when the system says there is no such file. */
function unlessMissing<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (thrown) {
    if (codeOf(thrown) === "ENOENT") return undefined;
    throw thrown;
  }
}

class SystemFile implements OpenFile {
  readonly path: string;
  readonly #fd: number;

  constructor(file: string, fd: number) {
    this.path = file;
    this.#fd = fd;
  }

  read(into: Buffer, at: number): number {
    let done = 0;
    while (done < into.length) {
      const got = fs.readSync(this.#fd, into, done, into.length - done, at + done);
      if (got === 0) break;
      done += got;
    }
    return done;
  }

  write(bytes: Buffer, at: number): void {
    let done = 0;
    while (done < bytes.length) done += fs.writeSync(this.#fd, bytes, done, bytes.length - done, at + done);
  }

  append(bytes: Buffer): void {
    this.write(bytes, this.size());
  }

  size(): number {
    return fs.fstatSync(this.#fd).size;
  }

  truncate(size: number): void {
    fs.ftruncateSync(this.#fd, size);
  }

  syncData(): void {
    fs.fdatasyncSync(this.#fd);
  }

  syncDataLater(): Promise<void> {
    return new Promise((resolve, reject) => fs.fdatasync(this.#fd, (error) => (error === null ? resolve() : reject(error))));
  }

  sync(): void {
    fs.fsyncSync(this.#fd);
  }

  close(): void {
    fs.closeSync(this.#fd);
  }
}

const ZEROS_BYTES = 1024 * 1024;
const FLAGS = { read: "r", write: "r+", create: "wx+" } as const;

/** Locks this process holds, by real path: a second attempt must not open the file (see `lock`). */
const held = new Map<string, Database.Database>();

export const systemFiles: Files = {
  open: (file, access) => new SystemFile(file, fs.openSync(file, FLAGS[access], 0o600)),
  readFile: (file) => unlessMissing(() => fs.readFileSync(file)),

  preallocate(file, size) {
    const fd = fs.openSync(file, "wx", 0o600);
    try {
      const zeros = Buffer.alloc(Math.min(ZEROS_BYTES, size));
      for (let at = 0; at < size; ) at += fs.writeSync(fd, zeros, 0, Math.min(zeros.length, size - at), at);
      fs.fsyncSync(fd);
    } catch (thrown) {
      // A partly made file would hold the very space that was missing.
      fs.rmSync(file, { force: true });
      throw thrown;
    } finally {
      fs.closeSync(fd);
    }
  },

  async preallocateLater(file, size, abandoned) {
    const handle = await fs.promises.open(file, "wx", 0o600);
    let complete = false;
    try {
      const zeros = Buffer.alloc(Math.min(ZEROS_BYTES, size));
      for (let at = 0; at < size && !abandoned(); ) {
        at += (await handle.write(zeros, 0, Math.min(zeros.length, size - at), at)).bytesWritten;
      }
      if (!abandoned()) await handle.sync();
      complete = !abandoned();
    } finally {
      await handle.close();
      if (!complete) fs.rmSync(file, { force: true });
    }
    return complete;
  },

  rename: (from, to) => fs.renameSync(from, to),
  unlink: (file) => fs.unlinkSync(file),
  list: (directory) => (unlessMissing(() => fs.readdirSync(directory)) ?? []).sort(),
  makeDirectory: (directory) => void fs.mkdirSync(directory, { recursive: true, mode: 0o700 }),

  stat(file) {
    const facts = fs.statSync(file, { throwIfNoEntry: false });
    return facts && { size: facts.size, directory: facts.isDirectory(), mode: facts.mode & 0o7777 };
  },

  syncDirectory(directory) {
    const fd = fs.openSync(directory, "r");
    try {
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  },

  space(directory) {
    const facts = fs.statfsSync(directory);
    return { freeBytes: facts.bavail * facts.bsize, totalBytes: facts.blocks * facts.bsize };
  },

  // A pid in a file cannot tell a live owner from a reused pid, nor see into another container that shares the volume. The
  // kernel's file locks can, and end with the process; SQLite is the one way to them that this runtime has. Those locks
  // belong to the process and go when it closes *any* descriptor of the file, so nothing else may open it, us included.
  lock(file) {
    const pidFile = `${file}.pid`;
    const real = path.join(fs.realpathSync(path.dirname(file)), path.basename(file));
    const refuse = (): ChronError => {
      const pid = unlessMissing(() => fs.readFileSync(pidFile, "latin1"))?.trim() ?? "unknown";
      return new ChronError(
        "LOCKED",
        `Another server holds ${file} (process ${pid}). Stop it first, or use another data directory.`,
        { pid },
      );
    };
    if (held.has(real)) throw refuse();
    if (!fs.existsSync(file)) fs.closeSync(fs.openSync(file, "a", 0o600));
    const database = new Database(file, { timeout: 0 });
    try {
      database.pragma("journal_mode = MEMORY");
      database.pragma("locking_mode = EXCLUSIVE");
      database.exec("BEGIN EXCLUSIVE");
    } catch (thrown) {
      database.close();
      if (codeOf(thrown)?.startsWith("SQLITE_BUSY")) throw refuse();
      throw storageError(thrown, `Taking the lock ${file}`);
    }
    fs.writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 });
    // Kept here too: a caller that lets go of the answer would else lose the lock to the garbage collector, without a word.
    held.set(real, database);
    return {
      release() {
        if (!held.delete(real)) return;
        fs.rmSync(pidFile, { force: true });
        database.close();
      },
    };
  },
};
