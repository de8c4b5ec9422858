// The prepared statements on documents, one set for the shared table `doc` and one for each table of its own; callers see one
// interface. Statements answer arrays, not objects: that is a third of the cost of a point read.
import type { Database, Statement } from "better-sqlite3";
import type { Kind } from "../log/entry.ts";
import type { KnownTable } from "./catalogue.ts";
import { ownTable } from "./schema.ts";

export type Body = string | Buffer;
/** A current version. */
export type CurrentRow = [from: number, kind: Kind, expires: number, body: Body];
export type ListedRow = [id: string, from: number, kind: Kind, expires: number, body: Body, to: number | null];
export type ScannedRow = [tid: number, id: string, from: number, kind: Kind, expires: number, body: Body];
export type PeekedRow = [from: number, expires: number];

/** Greater than every text: SQLite sorts a blob after text. */
const AFTER_ALL_TEXT = Buffer.alloc(0);

/** Ids from `from` (inclusive) to `below` (exclusive). */
export interface IdRange {
  readonly from: string;
  readonly below: string | Buffer;
}

export function idRange(after: string | undefined, prefix: string | undefined): IdRange {
  const start = prefix ?? "";
  // No id holds a NUL, so this is the least text after `after`.
  const next = after === undefined ? "" : `${after}\u0000`;
  const from = Buffer.compare(Buffer.from(next), Buffer.from(start)) > 0 ? next : start;
  return { from, below: textAfterPrefix(start) };
}

/** The least text greater than every text that starts with `prefix`: UTF-8 sorts by code point. */
function textAfterPrefix(prefix: string): string | Buffer {
  const points = [...prefix];
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    const point = last.codePointAt(0) ?? 0;
    if (point >= 0x10ffff) continue;
    return `${points.join("")}${String.fromCodePoint(point === 0xd7ff ? 0xe000 : point + 1)}`;
  }
  return AFTER_ALL_TEXT;
}

/** Documents of one physical table. `tid` is ignored by a table of its own. */
export interface PhysicalRows {
  get(tid: number, id: string): CurrentRow | undefined;
  peek(tid: number, id: string): PeekedRow | undefined;
  list(tid: number, range: IdRange, limit: number): ListedRow[];
  listAt(tid: number, range: IdRange, sequence: number, limit: number): ListedRow[];
  insert(tid: number, id: string, from: number, kind: Kind, expires: number, body: Body): void;
  update(tid: number, id: string, from: number, kind: Kind, expires: number, body: Body): void;
  remove(tid: number, id: string): void;
  /** Copies the current version to history as superseded by entry `to`. */
  supersede(tid: number, id: string, to: number): void;
}

const PAST = `SELECT id, from_seq, kind, expires, body, to_seq FROM history
  WHERE tid = ? AND id >= ? AND id < ? AND from_seq <= ? AND to_seq > ? ORDER BY id LIMIT ?`;

class Prepared {
  readonly #db: Database;
  readonly #made = new Map<string, Statement<unknown[]>>();

  constructor(db: Database) {
    this.#db = db;
  }

  /** A rarely used statement, prepared when first needed. */
  raw<Row>(sql: string): Statement<unknown[], Row> {
    let statement = this.#made.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql).raw();
      this.#made.set(sql, statement);
    }
    return statement as Statement<unknown[], Row>;
  }
}

interface Changes {
  readonly insert: Statement<unknown[]>;
  readonly update: Statement<unknown[]>;
  readonly remove: Statement<unknown[]>;
  readonly supersede: Statement<unknown[]>;
}

class SharedRows implements PhysicalRows {
  readonly #get: Statement<unknown[], CurrentRow>;
  readonly #peek: Statement<unknown[], PeekedRow>;
  readonly #rare: Prepared;
  readonly #changes: Changes | null;

  constructor(db: Database) {
    this.#get = db.prepare("SELECT from_seq, kind, expires, body FROM doc WHERE tid = ? AND id = ?").raw() as Statement<
      unknown[],
      CurrentRow
    >;
    this.#peek = db.prepare("SELECT from_seq, expires FROM doc WHERE tid = ? AND id = ?").raw() as Statement<
      unknown[],
      PeekedRow
    >;
    this.#rare = new Prepared(db);
    this.#changes = db.readonly
      ? null
      : {
          insert: db.prepare("INSERT INTO doc (tid, id, from_seq, kind, expires, body) VALUES (?, ?, ?, ?, ?, ?)"),
          update: db.prepare("UPDATE doc SET from_seq = ?, kind = ?, expires = ?, body = ? WHERE tid = ? AND id = ?"),
          remove: db.prepare("DELETE FROM doc WHERE tid = ? AND id = ?"),
          supersede: db.prepare(
            `INSERT INTO history (to_seq, tid, id, from_seq, kind, expires, body)
             SELECT ?, tid, id, from_seq, kind, expires, body FROM doc WHERE tid = ? AND id = ?`,
          ),
        };
  }

  get(tid: number, id: string): CurrentRow | undefined {
    return this.#get.get(tid, id);
  }

  peek(tid: number, id: string): PeekedRow | undefined {
    return this.#peek.get(tid, id);
  }

  list(tid: number, range: IdRange, limit: number): ListedRow[] {
    return this.#rare
      .raw<ListedRow>(
        "SELECT id, from_seq, kind, expires, body, NULL FROM doc WHERE tid = ? AND id >= ? AND id < ? ORDER BY id LIMIT ?",
      )
      .all(tid, range.from, range.below, limit);
  }

  listAt(tid: number, range: IdRange, sequence: number, limit: number): ListedRow[] {
    const current = this.#rare
      .raw<ListedRow>(
        "SELECT id, from_seq, kind, expires, body, NULL FROM doc WHERE tid = ? AND id >= ? AND id < ? AND from_seq <= ? ORDER BY id LIMIT ?",
      )
      .all(tid, range.from, range.below, sequence, limit);
    return withPast(this.#rare, current, tid, range, sequence, limit);
  }

  scan(tid: number, id: string, belowTid: number, limit: number): ScannedRow[] {
    return this.#rare
      .raw<ScannedRow>(
        "SELECT tid, id, from_seq, kind, expires, body FROM doc WHERE (tid, id) > (?, ?) AND tid < ? ORDER BY tid, id LIMIT ?",
      )
      .all(tid, id, belowTid, limit);
  }

  insert(tid: number, id: string, from: number, kind: Kind, expires: number, body: Body): void {
    this.#changes?.insert.run(tid, id, from, kind, expires, body);
  }

  update(tid: number, id: string, from: number, kind: Kind, expires: number, body: Body): void {
    this.#changes?.update.run(from, kind, expires, body, tid, id);
  }

  remove(tid: number, id: string): void {
    this.#changes?.remove.run(tid, id);
  }

  supersede(tid: number, id: string, to: number): void {
    this.#changes?.supersede.run(to, tid, id);
  }
}

class OwnRows implements PhysicalRows {
  readonly #table: string;
  readonly #tid: number;
  readonly #get: Statement<unknown[], CurrentRow>;
  readonly #peek: Statement<unknown[], PeekedRow>;
  readonly #rare: Prepared;
  readonly #changes: Changes | null;

  constructor(db: Database, tid: number) {
    const table = ownTable(tid);
    this.#table = table;
    this.#tid = tid;
    this.#get = db.prepare(`SELECT from_seq, kind, expires, body FROM ${table} WHERE id = ?`).raw() as Statement<
      unknown[],
      CurrentRow
    >;
    this.#peek = db.prepare(`SELECT from_seq, expires FROM ${table} WHERE id = ?`).raw() as Statement<unknown[], PeekedRow>;
    this.#rare = new Prepared(db);
    this.#changes = db.readonly
      ? null
      : {
          insert: db.prepare(`INSERT INTO ${table} (id, from_seq, kind, expires, body) VALUES (?, ?, ?, ?, ?)`),
          update: db.prepare(`UPDATE ${table} SET from_seq = ?, kind = ?, expires = ?, body = ? WHERE id = ?`),
          remove: db.prepare(`DELETE FROM ${table} WHERE id = ?`),
          supersede: db.prepare(
            `INSERT INTO history (to_seq, tid, id, from_seq, kind, expires, body)
             SELECT ?, ${tid}, id, from_seq, kind, expires, body FROM ${table} WHERE id = ?`,
          ),
        };
  }

  get(_tid: number, id: string): CurrentRow | undefined {
    return this.#get.get(id);
  }

  peek(_tid: number, id: string): PeekedRow | undefined {
    return this.#peek.get(id);
  }

  list(_tid: number, range: IdRange, limit: number): ListedRow[] {
    return this.#rare
      .raw<ListedRow>(
        `SELECT id, from_seq, kind, expires, body, NULL FROM ${this.#table} WHERE id >= ? AND id < ? ORDER BY id LIMIT ?`,
      )
      .all(range.from, range.below, limit);
  }

  listAt(_tid: number, range: IdRange, sequence: number, limit: number): ListedRow[] {
    const current = this.#rare
      .raw<ListedRow>(
        `SELECT id, from_seq, kind, expires, body, NULL FROM ${this.#table} WHERE id >= ? AND id < ? AND from_seq <= ? ORDER BY id LIMIT ?`,
      )
      .all(range.from, range.below, sequence, limit);
    return withPast(this.#rare, current, this.#tid, range, sequence, limit);
  }

  insert(_tid: number, id: string, from: number, kind: Kind, expires: number, body: Body): void {
    this.#changes?.insert.run(id, from, kind, expires, body);
  }

  update(_tid: number, id: string, from: number, kind: Kind, expires: number, body: Body): void {
    this.#changes?.update.run(from, kind, expires, body, id);
  }

  remove(_tid: number, id: string): void {
    this.#changes?.remove.run(id);
  }

  supersede(_tid: number, id: string, to: number): void {
    this.#changes?.supersede.run(to, id);
  }
}

/** Merges what is still current with what was current then, in byte order of id. */
function withPast(
  rare: Prepared,
  current: ListedRow[],
  tid: number,
  range: IdRange,
  sequence: number,
  limit: number,
): ListedRow[] {
  const past = rare.raw<ListedRow>(PAST).all(tid, range.from, range.below, sequence, sequence, limit);
  if (past.length === 0) return current;
  const keyed = [...current, ...past].map((row) => ({ row, bytes: Buffer.from(row[0]) }));
  keyed.sort((one, other) => Buffer.compare(one.bytes, other.bytes));
  return keyed.slice(0, limit).map(({ row }) => row);
}

/** Every set of statements of one connection. */
export class Rows {
  readonly shared: SharedRows;
  readonly #db: Database;
  readonly #keep: number;
  readonly #own = new Map<number, OwnRows>();

  constructor(db: Database, keep: number) {
    this.#db = db;
    this.#keep = keep;
    this.shared = new SharedRows(db);
  }

  of(table: KnownTable): PhysicalRows {
    return table.own ? this.#ownRows(table.tid) : this.shared;
  }

  forget(tid: number): void {
    this.#own.delete(tid);
  }

  #ownRows(tid: number): OwnRows {
    let rows = this.#own.get(tid);
    if (rows === undefined) {
      rows = new OwnRows(this.#db, tid);
      this.#own.set(tid, rows);
      if (this.#own.size > this.#keep) {
        for (const oldest of this.#own.keys()) {
          this.#own.delete(oldest);
          break;
        }
      }
    }
    return rows;
  }
}
