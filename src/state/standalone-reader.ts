// A read connection of another thread or process: nobody tells it what was committed, so each read opens a read transaction and
// looks whether the catalogue has changed.
import type { Database, Statement } from "better-sqlite3";
import { assert } from "../base/assert.ts";
import type { Limits } from "../base/limits.ts";
import { type Catalogue, loadCatalogue, refreshCatalogue } from "./catalogue.ts";
import { stateFailure } from "./failures.ts";
import { DocumentReader } from "./reader.ts";
import type { CatalogSnapshot, StandaloneReader } from "./store.ts";

export class LoneReader extends DocumentReader implements StandaloneReader {
  readonly #begin: Statement;
  readonly #end: Statement;
  readonly #version: Statement<unknown[], number>;
  #catalogue: Catalogue;
  /** Calls of enter not yet left: only the outermost opens the transaction. */
  #depth = 0;
  /** Whether the transaction is ours to end (the SQL room may have opened one on `database`). */
  #ours = false;

  constructor(database: Database, path: string, limits: Limits) {
    super(database, path, limits);
    this.#begin = database.prepare("BEGIN");
    // Nothing was written; and unlike COMMIT this also works after a read has met a damaged page.
    this.#end = database.prepare("ROLLBACK");
    this.#version = database.prepare("SELECT value FROM meta WHERE key = 'catalog'").pluck() as Statement<unknown[], number>;
    this.#catalogue = database.transaction(() => loadCatalogue(database))();
  }

  snapshot<T>(read: () => T): T {
    assert(this.#depth === 0, "a snapshot is not opened within a snapshot");
    try {
      this.enter();
      return read();
    } catch (thrown) {
      throw stateFailure(thrown, this.path);
    } finally {
      this.leave();
    }
  }

  catalog(): CatalogSnapshot {
    try {
      return this.enter();
    } finally {
      this.leave();
    }
  }

  close(): void {
    this.database.close();
  }

  protected enter(): Catalogue {
    this.#depth++;
    if (this.#depth > 1) return this.#catalogue;
    this.#ours = !this.database.inTransaction;
    if (this.#ours) this.#begin.run();
    if (this.#version.get() !== this.#catalogue.version) this.#catalogue = refreshCatalogue(this.database, this.#catalogue);
    return this.#catalogue;
  }

  protected leave(): void {
    this.#depth--;
    if (this.#depth === 0 && this.#ours && this.database.inTransaction) this.#end.run();
  }
}
