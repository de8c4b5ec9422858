// Opens a tenant's state: the writer's connection, the main thread's read connection, and the checkpoints behind them.
import type { Database } from "better-sqlite3";
import { DEFAULT_LIMITS, type Limits } from "../base/limits.ts";
import { Checkpointer } from "./checkpoint.ts";
import { stateFailure } from "./failures.ts";
import { connect, type RegisterFunctions } from "./schema.ts";
import { SharedReader } from "./shared-reader.ts";
import { LoneReader } from "./standalone-reader.ts";
import type { CatalogSnapshot, StandaloneReader, StateReader, StateStore, StateWriter } from "./store.ts";
import { Writer } from "./writer.ts";

export interface OpenStateOptions {
  /** Of the database file; made with mode 0600 when absent. */
  readonly path: string;
  /** Called with each connection, so that the SQL room's functions exist on it. */
  readonly registerFunctions?: RegisterFunctions | undefined;
  readonly limits?: Limits;
}

/** Opens (or makes) the state database; exactly one process may. Throws CORRUPT, STORAGE_FAILED, DISK_FULL. */
export function openState(options: OpenStateOptions): StateStore {
  const limits = options.limits ?? DEFAULT_LIMITS;
  const writing = connect({ ...options, access: "write", limits });
  let reading: Database | undefined;
  try {
    reading = connect({ ...options, access: "read", limits });
    return new Store(options.path, limits, writing, reading);
  } catch (thrown) {
    reading?.close();
    writing.close();
    throw stateFailure(thrown, options.path);
  }
}

/** Opens a connection for another thread or process, read-only. Throws CORRUPT, STORAGE_FAILED. */
export function openReader(
  path: string,
  options: { registerFunctions?: RegisterFunctions; limits?: Limits } = {},
): StandaloneReader {
  const limits = options.limits ?? DEFAULT_LIMITS;
  const db = connect({ path, access: "read", limits, registerFunctions: options.registerFunctions });
  try {
    return new LoneReader(db, path, limits);
  } catch (thrown) {
    db.close();
    throw stateFailure(thrown, path);
  }
}

class Store implements StateStore {
  readonly path: string;
  readonly #writer: Writer;
  readonly #reader: SharedReader;
  readonly #checkpointer: Checkpointer;
  #startOverDue = false;
  /** Why the WAL could not be started over; told by the next checkpoint, since the commit it followed went well. */
  #problem: unknown = null;

  constructor(path: string, limits: Limits, writing: Database, reading: Database) {
    this.path = path;
    this.#writer = new Writer(writing, path, limits, {
      beforeCommit: () => this.#reader.release(),
      afterGroup: () => {
        if (this.#startOverDue) this.#startOver();
      },
    });
    this.#reader = new SharedReader(reading, path, limits, () => this.#writer.committed.catalogue);
    this.#checkpointer = new Checkpointer({
      path,
      limits,
      committed: () => this.#writer.committed.sequence,
      startOver: () => {
        if (writing.inTransaction) this.#startOverDue = true;
        else this.#startOver();
      },
    });
  }

  get writer(): StateWriter {
    return this.#writer;
  }

  get reader(): StateReader {
    return this.#reader;
  }

  catalog(): CatalogSnapshot {
    return this.#writer.committed.catalogue;
  }

  writerCatalog(): CatalogSnapshot {
    return this.#writer.catalogue;
  }

  checkpoint(): Promise<number> {
    const problem = this.#problem;
    this.#problem = null;
    return problem === null ? this.#checkpointer.run() : Promise.reject(problem);
  }

  async close(): Promise<void> {
    await this.#checkpointer.close();
    this.#reader.database.close();
    // The last connection to close copies what is left of the WAL and removes it.
    this.#writer.database.close();
  }

  /** Copies the rest of the WAL and cuts it to nothing; the checkpoint thread has left little. */
  #startOver(): void {
    this.#startOverDue = false;
    this.#reader.release();
    const db = this.#writer.database;
    // A query worker on an old snapshot makes this impossible: then it is tried again after the next checkpoint, without waiting.
    db.pragma("busy_timeout = 0");
    try {
      db.pragma("wal_checkpoint(TRUNCATE)");
    } catch (thrown) {
      this.#problem = stateFailure(thrown, this.path);
    } finally {
      db.pragma("busy_timeout = 5000");
    }
  }
}
