// Applies entries. One function serves live writes, replay after a crash and rebuild. Everything in memory that a transaction
// changes (catalogue, counts, the last sequence) can be put back to where a savepoint or the group began.
//
// Several changes of one document within one entry leave one version: what was current before the entry goes to history once,
// and later changes overwrite what the same entry wrote.
import type { Database, Statement } from "better-sqlite3";
import { assert } from "../base/assert.ts";
import { ChronError } from "../base/errors.ts";
import { type JsonMember, scanObject } from "../base/json.ts";
import type { Limits } from "../base/limits.ts";
import { encodeHead } from "../log/codec.ts";
import { type DefineEffect, type DeleteEffect, type Effect, type EntryHead, KIND } from "../log/entry.ts";
import { type Catalogue, type KnownTable, loadCatalogue, refreshCatalogue } from "./catalogue.ts";
import type { ChainEnd } from "./chain.ts";
import { Counts } from "./counts.ts";
import { Definitions } from "./definitions.ts";
import { stateFailure } from "./failures.ts";
import { DocumentReader } from "./reader.ts";
import type { PhysicalRows } from "./rows.ts";
import { type ScannedPut, type StateWriter, UniqueConflict } from "./store.ts";
import { brokenIndex, uniqueConflict } from "./unique.ts";

/** What a savepoint puts back. */
interface Mark {
  readonly catalogue: Catalogue;
  readonly counts: number;
  readonly last: number;
  readonly past: number;
}

export interface WriterHooks {
  /** What was kept in memory of these documents is no longer true once the group commits. */
  touched(table: string, id: string): void;
  touchedTable(table: string): void;
  /** Lets go of whatever holds the newest snapshot in this thread. */
  beforeCommit(): void;
  /** Called once a group has ended, either way. */
  afterGroup(): void;
}

type Savepoint = Readonly<Record<"open" | "release" | "rollback", Statement>>;

const NO_MEMBERS: readonly JsonMember[] = [];
const NO_CHAIN: ChainEnd = [0, 0, 0];
const SAVEPOINTS_MAXIMUM = 2;

export class Writer extends DocumentReader implements StateWriter {
  readonly #limits: Limits;
  readonly #counts: Counts;
  readonly #definitions: Definitions;
  readonly #hooks: WriterHooks;
  readonly #marks: Mark[] = [];
  /** Whether a group is open. (Asking SQLite costs a microsecond or two.) */
  #open = false;
  #outdated = false;
  #committed: Catalogue;
  #catalogue: Catalogue;
  #committedLast: number;
  #last: number;
  /** The last number given to a row of history; numbers may be left out, but never go back. */
  #past: number;
  #committedPast: number;
  /** The highest entry that put a document, also in a group since given up. */
  #applied = 0;
  /** Whether any document was ever deleted: else an insert need not look for the chain it goes on with. */
  #anyGone: boolean;
  /** The last number given to a version of the catalogue. Never goes back, so that a plan made in a group that was rolled back is never taken for a later one. */
  #versions: number;
  readonly #someGone: Statement;
  readonly #begin: Statement;
  readonly #commit: Statement;
  readonly #rollback: Statement;
  readonly #savepoints: readonly Savepoint[];
  readonly #together: Savepoint;
  readonly #insertEntry: Statement<unknown[]>;
  readonly #insertExpiry: Statement<unknown[]>;
  readonly #deleteExpiry: Statement<unknown[]>;
  readonly #deleteGone: Statement<unknown[]>;
  readonly #saveField: Statement<unknown[]>;
  readonly #saveKinds: Statement<unknown[]>;
  readonly #saveVersion: Statement<unknown[]>;

  constructor(database: Database, path: string, limits: Limits, hooks: WriterHooks) {
    super(database, path, limits);
    this.#limits = limits;
    this.#hooks = hooks;
    this.#counts = new Counts(database);
    this.#definitions = new Definitions(database, this.rows);
    this.#committed = loadCatalogue(database);
    this.#catalogue = this.#committed;
    this.#versions = this.#committed.version;
    this.#last = this.lastSequence();
    this.#committedLast = this.#last;
    this.#past = this.chains.pastAt(this.#last);
    this.#committedPast = this.#past;
    this.#someGone = database.prepare("SELECT EXISTS (SELECT 1 FROM gone)").pluck();
    this.#anyGone = this.#someGone.get() === 1;
    const prepare = (sql: string) => database.prepare<unknown[]>(sql);
    this.#begin = prepare("BEGIN IMMEDIATE");
    this.#commit = prepare("COMMIT");
    this.#rollback = prepare("ROLLBACK");
    const savepoint = (name: string): Savepoint => ({
      open: prepare(`SAVEPOINT ${name}`),
      release: prepare(`RELEASE ${name}`),
      rollback: prepare(`ROLLBACK TO ${name}`),
    });
    this.#savepoints = Array.from({ length: SAVEPOINTS_MAXIMUM }, (_, depth) => savepoint(`s${depth}`));
    this.#together = savepoint("together");
    this.#insertEntry = prepare("INSERT INTO entry (seq, time, head, past) VALUES (?, ?, ?, ?)");
    this.#insertExpiry = prepare("INSERT INTO expiry (expires, tid, id) VALUES (?, ?, ?)");
    this.#deleteExpiry = prepare("DELETE FROM expiry WHERE expires = ? AND tid = ? AND id = ?");
    this.#deleteGone = prepare("DELETE FROM gone WHERE tid = ? AND id = ?");
    this.#saveField = prepare(
      "INSERT INTO field (tid, ordinal, name, seen) VALUES (?, ?, ?, ?) ON CONFLICT (tid, ordinal) DO UPDATE SET seen = excluded.seen",
    );
    this.#saveKinds = prepare("UPDATE tbl SET kinds = ?, changed = ? WHERE tid = ?");
    this.#saveVersion = prepare("UPDATE meta SET value = ? WHERE key = 'catalog'");
  }

  /** As readers see it. */
  get committed(): { readonly catalogue: Catalogue; readonly sequence: number } {
    return { catalogue: this.#committed, sequence: this.#committedLast };
  }

  /** With what the open group has changed. */
  get catalogue(): Catalogue {
    return this.#catalogue;
  }

  snapshot<T>(read: () => T): T {
    // The group's own transaction is a snapshot already; outside one, nobody else writes.
    return read();
  }

  begin(): void {
    assert(!this.#open, "one group at a time");
    this.#guarded(() => {
      this.#begin.run();
      if (this.#outdated) this.#lookAgain();
    });
    this.#open = true;
  }

  /** Another connection has written: what is kept in memory is read anew when the next group begins, or now if asked. */
  outdated(): void {
    this.#outdated = true;
  }

  /** Makes `committed` what the file says now. Outside a group. */
  refresh(): void {
    assert(!this.#open, "nobody else writes while a group is open");
    if (this.#outdated) this.#guarded(() => this.#lookAgain());
  }

  savepoint(): void {
    assert(this.#open, "a savepoint is inside a group");
    const statements = this.#savepoints[this.#marks.length];
    assert(statements, "savepoints nest at most once");
    statements.open.run();
    this.#marks.push(this.#mark());
  }

  release(): void {
    assert(this.#marks.pop(), "a savepoint is open");
    this.#savepoints[this.#marks.length]?.release.run();
    if (this.#marks.length === 0) this.#counts.forgetUndo();
  }

  rollbackToSavepoint(): void {
    const mark = this.#marks.pop();
    assert(mark, "a savepoint is open");
    const statements = this.#savepoints[this.#marks.length];
    statements?.rollback.run();
    statements?.release.run();
    this.#restore(mark);
  }

  apply(sequence: number, effects: readonly Effect[]): void {
    assert(this.#open, "effects are applied inside a group");
    assert(sequence > this.#last, "an entry is applied once, in order");
    try {
      const [only] = effects;
      if (only !== undefined && effects.length === 1) this.#apply(sequence, only);
      else if (only !== undefined) this.#applyTogether(sequence, effects);
    } catch (thrown) {
      throw stateFailure(thrown, this.path);
    }
  }

  finish(head: EntryHead, encoded?: Buffer): void {
    this.finishEncoded(head.sequence, head.time, encoded ?? encodeHead(head));
  }

  /** The same where the head is known by its bytes only. */
  finishEncoded(sequence: number, time: number, head: Buffer): void {
    assert(this.#open, "an entry is finished inside its group");
    assert(sequence > this.#last, "an entry is finished once, in order");
    try {
      this.#insertEntry.run(sequence, time, head, this.#past);
    } catch (thrown) {
      throw stateFailure(thrown, this.path);
    }
    this.#last = sequence;
  }

  commit(): void {
    assert(this.#marks.length === 0, "savepoints are released before the group commits");
    this.#guarded(() => {
      this.#counts.write();
      if (this.#catalogue !== this.#committed) this.#saveVersion.run(this.#catalogue.version);
      this.#hooks.beforeCommit();
      this.#commit.run();
    });
    this.#open = false;
    this.#committed = this.#catalogue;
    this.#committedLast = this.#last;
    this.#committedPast = this.#past;
    this.#hooks.afterGroup();
  }

  rollback(): void {
    this.#open = false;
    // After some failures SQLite has ended the transaction by itself.
    if (this.database.inTransaction) this.#guarded(() => this.#rollback.run());
    this.#forgetTablesOf(this.#committed);
    this.#catalogue = this.#committed;
    this.#last = this.#committedLast;
    this.#past = this.#committedPast;
    this.#counts.clear();
    this.#marks.length = 0;
    this.#hooks.afterGroup();
  }

  protected override documents(tid: number): number {
    return super.documents(tid) + this.#counts.pending(tid);
  }

  protected override enter(): Catalogue {
    return this.#catalogue;
  }

  protected override leave(): void {
    // Reads see the open group as it is; there is nothing to end.
  }

  #lookAgain(): void {
    this.#committed = refreshCatalogue(this.database, this.#committed);
    this.#catalogue = this.#committed;
    this.#versions = Math.max(this.#versions, this.#committed.version);
    this.#last = this.lastSequence();
    this.#committedLast = this.#last;
    this.#past = this.chains.pastAt(this.#last);
    this.#committedPast = this.#past;
    this.#anyGone = this.#someGone.get() === 1;
    this.#outdated = false;
  }

  #apply(sequence: number, effect: Effect): void {
    if (effect.op === "put") this.#put(sequence, effect);
    else if (effect.op === "delete") this.#delete(sequence, effect);
    else if (effect.op === "define") this.#define(sequence, effect);
    else throw new ChronError("NOT_SUPPORTED", "This version of ChronDB has only the branch main; the entry moves another.");
  }

  /**
   * All effects or none. What an entry holds is what is so afterwards, perhaps not in the order it came about (two documents
   * may have swapped a unique value by way of a third, or a commit's tree been read back by path); so where the order given
   * breaks a constraint, everything the entry puts is first taken away.
   */
  #applyTogether(sequence: number, effects: readonly Effect[]): void {
    const mark = this.#mark();
    this.#together.open.run();
    try {
      try {
        for (const effect of effects) this.#apply(sequence, effect);
      } catch (thrown) {
        if (!(thrown instanceof UniqueConflict)) throw thrown;
        this.#together.rollback.run();
        this.#restore(mark);
        for (const effect of effects) {
          if (effect.op === "put") this.#delete(sequence, { op: "delete", table: effect.table, id: effect.id });
        }
        for (const effect of effects) this.#apply(sequence, effect);
      }
    } catch (thrown) {
      if (this.database.inTransaction) {
        this.#together.rollback.run();
        this.#together.release.run();
      }
      this.#restore(mark);
      throw thrown;
    }
    this.#together.release.run();
    if (this.#marks.length === 0) this.#counts.forgetUndo();
  }

  #mark(): Mark {
    return { catalogue: this.#catalogue, counts: this.#counts.mark(), last: this.#last, past: this.#past };
  }

  #restore(mark: Mark): void {
    this.#forgetTablesOf(mark.catalogue);
    this.#catalogue = mark.catalogue;
    this.#counts.undoTo(mark.counts);
    this.#last = mark.last;
    this.#past = mark.past;
  }

  #put(sequence: number, effect: ScannedPut): void {
    const { id, kind, body, expiresAt } = effect;
    this.#hooks.touched(effect.table, id);
    const table = this.#catalogue.tables.get(effect.table) ?? this.#create(sequence, effect.table);
    const rows = this.rows.of(table);
    const tid = table.tid;
    // Only in an entry's second effect or later can a document be one that the entry itself wrote.
    const again = sequence <= this.#applied;
    this.#applied = sequence;
    try {
      const done =
        (table.versioned && rows.overwrite(tid, id, sequence, kind, expiresAt, body, ++this.#past)) ||
        ((again || !table.versioned) && rows.overwrite(tid, id, sequence, kind, expiresAt, body, 0));
      if (!done) this.#insert(rows, tid, sequence, effect);
    } catch (thrown) {
      throw refusal(table, thrown, id, body);
    }
    const members = kind === KIND.string ? NO_MEMBERS : ((effect.object ?? scanObject(String(body)))?.members ?? NO_MEMBERS);
    if (!table.knows(kind, members, this.#limits.fieldColumns)) this.#learn(table, effect, members);
  }

  #insert(rows: PhysicalRows, tid: number, sequence: number, effect: ScannedPut): void {
    const { id, kind, body, expiresAt } = effect;
    const gone = this.#anyGone ? this.chains.gone(tid, id) : undefined;
    rows.insert(tid, id, sequence, kind, expiresAt, body, gone ?? NO_CHAIN);
    if (gone !== undefined) this.#deleteGone.run(tid, id);
    if (expiresAt > 0) this.#insertExpiry.run(expiresAt, tid, id);
    this.#counts.add(tid, 1);
  }

  #delete(sequence: number, effect: DeleteEffect): void {
    const table = this.#catalogue.tables.get(effect.table);
    if (table === undefined) return;
    const rows = this.rows.of(table);
    const before = rows.peek(table.tid, effect.id);
    if (before === undefined) return;
    this.#hooks.touched(effect.table, effect.id);
    const n = table.versioned && before[0] < sequence ? ++this.#past : 0;
    rows.remove(table.tid, effect.id, sequence, n);
    if (n !== 0 || before[2] !== 0) this.#anyGone = true;
    if (before[1] > 0) this.#deleteExpiry.run(before[1], table.tid, effect.id);
    this.#counts.add(table.tid, -1);
  }

  #define(sequence: number, effect: DefineEffect): void {
    const { table: name, definition } = effect;
    this.#hooks.touchedTable(name);
    if (definition !== null) {
      this.#catalogue = this.#definitions.declare(this.#catalogue, ++this.#versions, sequence, name, definition);
      return;
    }
    const table = this.#catalogue.tables.get(name);
    if (table === undefined) return;
    const dropped = this.#definitions.drop(this.#catalogue, ++this.#versions, sequence, table, this.#past);
    this.#catalogue = dropped.catalogue;
    this.#past = dropped.past;
    this.#anyGone = true;
    this.#counts.add(dropped.tid, -dropped.documents);
  }

  #create(sequence: number, name: string): KnownTable {
    this.#catalogue = this.#definitions.create(this.#catalogue, ++this.#versions, sequence, name, null);
    const table = this.#catalogue.tables.get(name);
    assert(table, "a created table is in the catalogue");
    return table;
  }

  /** Notes fields, types and kinds seen for the first time. */
  #learn(table: KnownTable, effect: ScannedPut, members: readonly JsonMember[]): void {
    const version = ++this.#versions;
    const learned = table.learn(effect.kind, members, this.#limits.fieldColumns);
    for (const ordinal of learned.changed) {
      const field = learned.table.fields[ordinal];
      if (field !== undefined) this.#saveField.run(table.tid, ordinal, field.name, field.seen);
    }
    this.#saveKinds.run(learned.table.kinds, version, table.tid);
    this.#catalogue = this.#catalogue.with(version, learned.table);
  }

  /** Statements on tables that a rollback unmakes would otherwise be kept for a number that is given again. */
  #forgetTablesOf(kept: Catalogue): void {
    if (this.#catalogue === kept) return;
    for (const owner of this.#catalogue.owners)
      if (!kept.owners.some((other) => other.tid === owner.tid)) this.rows.forget(owner.tid);
  }

  #guarded(work: () => void): void {
    try {
      work();
    } catch (thrown) {
      throw stateFailure(thrown, this.path);
    }
  }
}

function refusal(table: KnownTable, thrown: unknown, id: string, body: string | Buffer): unknown {
  const index = brokenIndex(table.uniques, thrown);
  return index === undefined ? thrown : uniqueConflict(table.name, index, id, body);
}
