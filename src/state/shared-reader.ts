// The main thread's read connection. Taking and giving back SQLite's read lock costs more than a point read (3 us of 5.6), so
// the read transaction stays open from the first read until the writer's next commit: there is one writer, in the same thread,
// and it says when (`release`). So every read still sees the newest committed state.
import type { Database, Statement } from "better-sqlite3";
import { assert } from "../base/assert.ts";
import type { Limits } from "../base/limits.ts";
import type { Catalogue } from "./catalogue.ts";
import { stateFailure } from "./failures.ts";
import { DocumentReader } from "./reader.ts";

export class SharedReader extends DocumentReader {
  readonly #committed: () => Catalogue;
  readonly #begin: Statement;
  readonly #endRead: Statement;
  #open = false;
  #inside = false;
  /** The open read transaction is older than the last commit. */
  #stale = false;
  /** Of the open read transaction; -1 = not read yet. */
  #sequence = -1;

  constructor(database: Database, path: string, limits: Limits, committed: () => Catalogue) {
    super(database, path, limits);
    this.#committed = committed;
    this.#begin = database.prepare("BEGIN");
    // Nothing was written; and unlike COMMIT this also works after a read has met a damaged page.
    this.#endRead = database.prepare("ROLLBACK");
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
    if (this.#stale) this.#end();
    if (!this.#open) {
      this.#begin.run();
      this.#open = true;
    }
    return this.#committed();
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
