// The main thread's read connection. Taking and giving back SQLite's read lock costs more than a point read (3 us of 5.6), so
// the read transaction stays open from the first read until the writer's next commit: there is one writer, in the same thread,
// and it says when (`release`). So every read still sees the newest committed state.
//
// What is not in the database yet is in memory (recent.ts): a document asked for by key is looked for there first, and any other
// read waits until the database has it all.
import type { Database, Statement } from "better-sqlite3";
import { assert } from "../base/assert.ts";
import type { Limits } from "../base/limits.ts";
import type { Catalogue } from "./catalogue.ts";
import { stateFailure } from "./failures.ts";
import { DocumentReader } from "./reader.ts";
import type { Recent } from "./recent.ts";
import type { Version } from "./store.ts";

/** What lies in front of the database. */
interface Front {
  readonly recent: Recent;
  /** Returns once the database has everything that is visible. */
  settleNow(): void;
  committed(): Catalogue;
}

export class SharedReader extends DocumentReader {
  readonly #front: Front;
  readonly #begin: Statement;
  readonly #endRead: Statement;
  #open = false;
  #inside = false;
  /** This read does not need what is still in memory. */
  #lagging = false;
  /** The open read transaction is older than the last commit. */
  #stale = false;
  /** Of the open read transaction; -1 = not read yet. */
  #sequence = -1;

  constructor(database: Database, path: string, limits: Limits, front: Front) {
    super(database, path, limits);
    this.#front = front;
    this.#begin = database.prepare("BEGIN");
    // Nothing was written; and unlike COMMIT this also works after a read has met a damaged page.
    this.#endRead = database.prepare("ROLLBACK");
  }

  override sequence(): number {
    return this.#front.recent.visible;
  }

  override get(table: string, id: string): Version | undefined {
    const recent = this.#front.recent.find(table, id);
    if (recent !== undefined) return recent ?? undefined;
    this.#lagging = true;
    try {
      const version = super.get(table, id);
      if (version !== undefined) this.#front.recent.remember(version);
      return version;
    } finally {
      this.#lagging = false;
    }
  }

  /** May lag behind by what is still in memory: the sweeper looks at each document again before it removes it. */
  override expired(nowMs: number, limit: number): ReturnType<DocumentReader["expired"]> {
    this.#lagging = true;
    try {
      return super.expired(nowMs, limit);
    } finally {
      this.#lagging = false;
    }
  }

  /** Documents in the database; lags likewise. */
  storedDocuments(): number {
    this.#lagging = true;
    try {
      this.enter();
      return this.documents(0);
    } finally {
      this.#lagging = false;
    }
  }

  snapshot<T>(read: () => T): T {
    assert(!this.#inside, "a snapshot is not opened within a snapshot");
    this.enter();
    this.#inside = true;
    try {
      return read();
    } catch (thrown) {
      throw stateFailure(thrown, this.path);
    } finally {
      this.#inside = false;
    }
  }

  /** Ends the read transaction, so that the next read sees what was committed since, and a checkpoint is not held back. */
  release(): void {
    assert(!this.#inside, "the writer does not commit within a snapshot");
    if (!this.#open) return;
    this.#stale = true;
    try {
      this.#end();
    } catch (thrown) {
      // A cursor was left open on `database`. That must not fail the writer's commit; it fails the next read instead (enter).
      if (!(thrown instanceof TypeError)) throw thrown;
    }
  }

  protected override lastSequence(): number {
    if (this.#sequence < 0) this.#sequence = super.lastSequence();
    return this.#sequence;
  }

  protected enter(): Catalogue {
    if (!this.#lagging && !this.#inside) this.#front.settleNow();
    if (this.#stale) this.#end();
    if (!this.#open) {
      this.#begin.run();
      this.#open = true;
    }
    return this.#front.committed();
  }

  protected leave(): void {
    // The read transaction stays open; see release.
  }

  #end(): void {
    this.#endRead.run();
    this.#open = false;
    this.#stale = false;
    this.#sequence = -1;
  }
}
