// Declaring and dropping tables. A declared table gets a physical table of its own, where its unique indexes can live; one that
// had documents before takes them along. Each change is all or nothing: a constraint that the documents break leaves no trace.
import type { Database, Statement } from "better-sqlite3";
import { ChronError } from "../base/errors.ts";
import { KIND, type TableDefinition } from "../log/entry.ts";
import { type Catalogue, KnownTable } from "./catalogue.ts";
import { MILESTONE } from "./chain.ts";
import type { Rows } from "./rows.ts";
import { createOwnTable, ownTable } from "./schema.ts";
import { brokenIndex, type UniqueIndex, uniqueConflict } from "./unique.ts";

/** Equal definitions have equal texts, whatever order their members came in (the log keeps one, a file in git perhaps another). */
function definitionText(definition: TableDefinition): string {
  return JSON.stringify(definition, (_key, value: unknown) =>
    value !== null && typeof value === "object" && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
      : value,
  );
}

export interface Dropped {
  readonly catalogue: Catalogue;
  readonly tid: number;
  /** Documents that went. */
  readonly documents: number;
  /** The last number given to a row of history. */
  readonly past: number;
}

export class Definitions {
  readonly #db: Database;
  readonly #rows: Rows;
  readonly #insertTable: Statement<unknown[]>;
  readonly #saveDefinition: Statement<unknown[]>;

  constructor(db: Database, rows: Rows) {
    this.#db = db;
    this.#rows = rows;
    this.#insertTable = db.prepare(
      "INSERT INTO tbl (tid, name, from_seq, to_seq, definition, kinds, changed) VALUES (?, ?, ?, NULL, ?, 0, ?)",
    );
    this.#saveDefinition = db.prepare("UPDATE tbl SET definition = ?, changed = ? WHERE tid = ?");
  }

  /** Registers a table that no entry has named before, or whose name has become free. */
  create(catalogue: Catalogue, version: number, sequence: number, name: string, definition: TableDefinition | null): Catalogue {
    const table = new KnownTable({ tid: catalogue.nextTid, name, from: sequence, definition, fields: [], kinds: 0 });
    this.#insertTable.run(table.tid, name, sequence, definition === null ? null : definitionText(definition), version);
    return catalogue.with(version, table);
  }

  /** Declares a table or replaces its definition. Throws UniqueConflict when its documents break a constraint. */
  declare(catalogue: Catalogue, version: number, sequence: number, name: string, definition: TableDefinition): Catalogue {
    return this.#whole(() => {
      const before = catalogue.tables.get(name);
      if (before === undefined) {
        const fresh = this.create(catalogue, version, sequence, name, definition);
        const tid = catalogue.nextTid;
        this.#db.exec(createOwnTable(tid));
        this.#index(fresh.tables.get(name));
        return fresh;
      }
      const table = before.withDefinition(definition);
      this.#saveDefinition.run(definitionText(definition), version, table.tid);
      if (!before.own) this.#move(before);
      this.#refuseStrings(table);
      this.#index(table);
      return catalogue.with(version, table);
    });
  }

  /** Drops a table; its documents become history as of `sequence`, unless it keeps none. */
  drop(catalogue: Catalogue, version: number, sequence: number, table: KnownTable, past: number): Dropped {
    const { tid } = table;
    const from = table.own ? ownTable(tid) : "doc";
    const where = table.own ? "" : `WHERE tid = ${tid}`;
    const and = where === "" ? "WHERE" : `${where} AND`;
    // What the entry itself wrote, and what keeps no past, leaves only the chain it stood on.
    const ended = table.versioned ? sequence : 0;
    const superseded = this.#db
      .prepare(
        `INSERT INTO history (n, to_seq, tid, id, from_seq, kind, expires, prev, depth, jump, body)
         SELECT ? + row_number() OVER (ORDER BY id), ?, ${tid}, id, from_seq, kind, expires, prev, depth, jump, body
         FROM ${from} ${and} from_seq < ?`,
      )
      .run(past, sequence, ended).changes;
    // The chain ends here for good: a table that takes the name gets another number. So no milestone needs its jump.
    this.#db
      .prepare(
        `INSERT INTO gone (tid, id, prev, depth, jump)
         SELECT tid, id, n, depth + 1, CASE WHEN depth % ${MILESTONE} = 0 THEN n ELSE jump END FROM history WHERE n > ?
         UNION ALL SELECT ${tid}, id, prev, depth, jump FROM ${from} ${and} from_seq >= ? AND prev > 0`,
      )
      .run(past, ended);
    this.#db.exec(`DELETE FROM expiry WHERE (expires, tid, id) IN (SELECT expires, ${tid}, id FROM ${from} ${and} expires > 0)`);
    const documents = Number(this.#db.prepare(`SELECT count(*) FROM ${from} ${where}`).pluck().get());
    if (table.own) {
      this.#rows.forget(tid);
      this.#db.exec(`DROP TABLE ${from}`);
    } else this.#db.exec(`DELETE FROM doc ${where}`);
    if (table.from === sequence) {
      // Made and dropped by one entry: no state ever had it.
      this.#db.prepare("DELETE FROM tbl WHERE tid = ?").run(tid);
      this.#db.prepare("DELETE FROM field WHERE tid = ?").run(tid);
    } else this.#db.prepare("UPDATE tbl SET to_seq = ?, changed = ? WHERE tid = ?").run(sequence, version, tid);
    return { catalogue: catalogue.without(version, table), tid, documents, past: past + superseded };
  }

  /** Takes the documents of a table out of the shared table into one of its own. */
  #move(table: KnownTable): void {
    const { tid } = table;
    this.#db.exec(createOwnTable(tid));
    this.#db.exec(
      `INSERT INTO ${ownTable(tid)} (id, from_seq, kind, expires, prev, depth, jump, body)
         SELECT id, from_seq, kind, expires, prev, depth, jump, body FROM doc WHERE tid = ${tid} ORDER BY id;
       DELETE FROM doc WHERE tid = ${tid}`,
    );
  }

  /** A plain string has no members that an index could hold. */
  #refuseStrings(table: KnownTable): void {
    if (table.uniques.length === 0 || (table.kinds & (1 << KIND.string)) === 0) return;
    const id = this.#db
      .prepare(`SELECT id FROM ${ownTable(table.tid)} WHERE kind = ${KIND.string} LIMIT 1`)
      .pluck()
      .get();
    if (id !== undefined) {
      throw new ChronError(
        "WRONG_KIND",
        `Table "${table.name}" holds plain strings (${JSON.stringify(id)}), so it cannot have a PRIMARY KEY or UNIQUE constraint on columns; delete them first.`,
      );
    }
  }

  /** Makes the indexes of a table what its definition asks for, leaving those that already are. */
  #index(table: KnownTable | undefined): void {
    if (table === undefined) return;
    const wanted = new Map(table.uniques.map((index) => [index.name, index]));
    const existing = this.#db
      .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND name LIKE 'u!_%' ESCAPE '!'")
      .all(ownTable(table.tid)) as { name: string; sql: string }[];
    for (const { name, sql } of existing) {
      if (wanted.get(name)?.sql === sql) wanted.delete(name);
      else this.#db.exec(`DROP INDEX ${name}`);
    }
    for (const index of wanted.values()) {
      try {
        this.#db.exec(index.sql);
      } catch (thrown) {
        if (brokenIndex([index], thrown) === undefined) throw thrown;
        throw this.#duplicateOf(table, index) ?? thrown;
      }
    }
  }

  #duplicateOf(table: KnownTable, index: UniqueIndex): Error | undefined {
    const row = this.#db
      .prepare(
        `SELECT id, body FROM ${ownTable(table.tid)} WHERE ${index.expressions.map((expression) => `${expression} IS NOT NULL`).join(" AND ")}
         GROUP BY ${index.expressions.join(", ")} HAVING count(*) > 1 LIMIT 1`,
      )
      .get() as { id: string; body: string | Buffer } | undefined;
    return row === undefined ? undefined : uniqueConflict(table.name, index, row.id, row.body);
  }

  #whole(change: () => Catalogue): Catalogue {
    this.#db.exec("SAVEPOINT definition");
    try {
      const changed = change();
      this.#db.exec("RELEASE definition");
      return changed;
    } catch (thrown) {
      // After some failures (a full disk) SQLite has ended the transaction, and the savepoint with it.
      if (this.#db.inTransaction) this.#db.exec("ROLLBACK TO definition; RELEASE definition");
      throw thrown;
    }
  }
}
