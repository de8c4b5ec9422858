// Opens a tenant's state: the writer's connection, the main thread's read connection, and the checkpoints behind them.
import type { Database } from "better-sqlite3";
import type { ChronError } from "../base/errors.ts";
import { DEFAULT_LIMITS, type Limits } from "../base/limits.ts";
import type { TableDefinition } from "../log/entry.ts";
import { Behind } from "./behind.ts";
import { Checkpointer } from "./checkpoint.ts";
import { stateFailure } from "./failures.ts";
import { GroupInMemory } from "./memory-writer.ts";
import { Outdated, Recent } from "./recent.ts";
import { connect, type RegisterFunctions } from "./schema.ts";
import { SharedReader } from "./shared-reader.ts";
import { LoneReader } from "./standalone-reader.ts";
import type { CatalogSnapshot, MemoryWriter, StandaloneReader, StateReader, StateStore, StateWriter } from "./store.ts";
import { Writer } from "./writer.ts";

export interface OpenStateOptions {
  /** Of the database file; made with mode 0600 when absent. */
  readonly path: string;
  /** Called with each connection, so that the SQL room's functions exist on it. */
  readonly registerFunctions?: RegisterFunctions | undefined;
  readonly limits?: Limits;
  /** Entries that are durable in the log could not be applied: the process must end, and replay them when it starts again. */
  readonly onFailure?: (error: ChronError) => void;
  /** See behind.ts; for tests that want the thread from the first change on. */
  readonly worthAThread?: number;
}

/** Opens (or makes) the state database; exactly one process may. Throws CORRUPT, STORAGE_FAILED, DISK_FULL. */
export function openState(options: OpenStateOptions): StateStore {
  const limits = options.limits ?? DEFAULT_LIMITS;
  const writing = connect({ ...options, access: "write", limits });
  let reading: Database | undefined;
  try {
    reading = connect({ ...options, access: "read", limits });
    return new Store(options, limits, writing, reading);
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
  readonly memory: MemoryWriter;
  readonly #writer: Writer;
  readonly #reader: SharedReader;
  readonly #recent: Recent;
  readonly #outdated = new Outdated();
  readonly #behind: Behind;
  readonly #checkpointer: Checkpointer;
  #startOverDue = false;
  /** Why the WAL could not be started over; told by the next checkpoint, since the commit it followed went well. */
  #problem: unknown = null;

  constructor(options: OpenStateOptions, limits: Limits, writing: Database, reading: Database) {
    const { path } = options;
    this.path = path;
    this.#writer = new Writer(writing, path, limits, {
      touched: (table, id) => this.#outdated.add(table, id),
      touchedTable: (table) => this.#outdated.addTable(table),
      beforeCommit: () => this.#reader.release(),
      afterGroup: () => this.#afterGroup(),
    });
    const { committed } = this.#writer;
    this.#recent = new Recent(limits.stateRecentBytes, committed.sequence);
    this.#reader = new SharedReader(reading, path, limits, {
      recent: this.#recent,
      settleNow: () => this.#settleNow(),
      committed: () => this.#writer.committed.catalogue,
    });
    this.#behind = new Behind({
      path,
      limits,
      sequence: committed.sequence,
      onApplied: (sequence, catalogue) => this.#appliedBehind(sequence, catalogue),
      onFailure: options.onFailure ?? (() => undefined),
      worthAThread: options.worthAThread,
    });
    this.memory = new GroupInMemory({
      recent: this.#recent,
      behind: this.#behind,
      reader: this.#reader,
      isDeclared: (table) => this.#writer.committed.catalogue.tables.get(table)?.own === true,
    });
    this.#checkpointer = new Checkpointer({
      path,
      limits,
      committed: () => this.applied,
      startOver: () => {
        this.#reader.release();
        if (this.#behind.startOver()) return;
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

  get visible(): number {
    return this.#recent.visible;
  }

  get applied(): number {
    return this.#behind.applied;
  }

  catalog(): CatalogSnapshot {
    this.#settleNow();
    return this.#writer.committed.catalogue;
  }

  writerCatalog(): CatalogSnapshot {
    return this.#writer.catalogue;
  }

  definition(table: string): TableDefinition | null {
    return this.#writer.committed.catalogue.tables.get(table)?.definition ?? null;
  }

  settled(): Promise<void> | null {
    return this.#behind.settled();
  }

  documents(): number {
    return this.#reader.storedDocuments();
  }

  checkpoint(): Promise<number> {
    const problem = this.#problem;
    this.#problem = null;
    return problem === null ? this.#checkpointer.run() : Promise.reject(problem);
  }

  async close(): Promise<void> {
    await this.#behind.close();
    await this.#checkpointer.close();
    this.#reader.database.close();
    // The last connection to close copies what is left of the WAL and removes it.
    this.#writer.database.close();
  }

  #settleNow(): void {
    if (this.#behind.busy) this.#behind.settleNow();
  }

  #appliedBehind(sequence: number, catalogue: boolean): void {
    this.#reader.release();
    this.#writer.outdated();
    // Documents leave the memory below, and may lie in tables that are new.
    if (catalogue) this.#writer.refresh();
    this.#recent.applied(sequence);
  }

  #afterGroup(): void {
    const { sequence } = this.#writer.committed;
    // Only now: until the commit the reader still sees, and keeps, what was so before.
    this.#outdated.leave(this.#recent);
    if (sequence > this.#recent.visible) {
      this.#behind.wrote(sequence);
      this.#recent.publish(sequence);
      this.#recent.applied(sequence);
    }
    if (this.#startOverDue) this.#startOver();
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
