// One server a data directory. The lock is a SQLite exclusive lock on a file of its own: the kernel drops it when the process
// dies however it dies, which a pid file cannot promise (in a container every server is pid 1). The pid beside it is for people.
import Database from "better-sqlite3";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ChronError, messageOf } from "../base/errors.ts";

export interface DirectoryLock {
  release(): void;
}

/** Takes the lock of `<directory>` (which must exist). Throws LOCKED naming the owner's pid. */
export function lockDirectory(directory: string): DirectoryLock {
  const pidFile = join(directory, "lock.pid");
  const database = new Database(join(directory, "lock"), { timeout: 0 });
  try {
    database.pragma("locking_mode = EXCLUSIVE");
    database.exec("BEGIN EXCLUSIVE");
  } catch (thrown) {
    database.close();
    let owner = "another process";
    try {
      owner = `process ${readFileSync(pidFile, "utf8").trim()}`;
    } catch (missing) {
      owner = `another process (its pid is not known: ${messageOf(missing)})`;
    }
    throw new ChronError("LOCKED", `The data directory ${directory} is in use by ${owner}: ${messageOf(thrown)}. Stop it first, or use another --data-dir.`);
  }
  writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 });
  return {
    release: () => {
      database.exec("ROLLBACK");
      database.close();
    },
  };
}
