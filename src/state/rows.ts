// The prepared statements on documents, one set for the shared table `doc` and one for each table of its own; callers see one
// interface. Statements answer arrays, not objects: that is a third of the cost of a point read.
import type { Database, Statement } from "better-sqlite3";
import type { Kind } from "../log/entry.ts";
import type { KnownTable } from "./catalogue.ts";
import { advanceChain, type ChainEnd } from "./chain.ts";
import { ownTable } from "./schema.ts";

export type Body = string | Buffer;
/** A current version. */
export type CurrentRow = [from: number, kind: Kind, expires: number, body: Body];
export type ListedRow = [id: string, from: number, kind: Kind, expires: number, body: Body, to: number | null];
export type ScannedRow = [tid: number, id: string, from: number, kind: Kind, expires: number, body: Body];
/** A current version and the end of its chain (chain.ts). */
export type ChainedRow = [from: number, kind: Kind, expires: number, body: Body, prev: number, depth: number, jump: number];
/** A document that exists, or (body null, from beyond every sequence) has gone: where its versions are to be found. */
export type CandidateRow = [
  id: string,
  from: number,
  kind: Kind,
  expires: number,
  body: Body | null,
  prev: number,
  depth: number,
  jump: number,
];
export type PeekedRow = [from: number, expires: number, prev: number];

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
  chained(tid: number, id: string): ChainedRow | undefined;
  /** Documents of the range that exist or once did, in byte order of id. */
  candidates(tid: number, range: IdRange, limit: number): CandidateRow[];
  insert(tid: number, id: string, from: number, kind: Kind, expires: number, body: Body, chain: ChainEnd): void;
  /**
   * Overwrites a document; false when there is none. The version that was current goes to history under number `n`, and must be an
   * earlier entry's, else the answer is false too; n = 0: keep no past, whosoever's it is. The list of expiries follows.
   */
  overwrite(tid: number, id: string, from: number, kind: Kind, expires: number, body: Body, n: number): boolean;
  /** Removes a document. Its version, an earlier entry's, goes to history under number `n`, ended by entry `to`; 0 = keep no past. */
  remove(tid: number, id: string, to: number, n: number): void;
}

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

/** Parameters of the shared table's statements end with (tid, id), those of a table of its own with (id). */
interface Changes {
  readonly insert: Statement<unknown[]>;
  readonly overwrite: Statement<unknown[]>;
  readonly overwritePlain: Statement<unknown[]>;
  readonly advance: Statement<unknown[]>;
  readonly leaveChain: Statement<unknown[]>;
  readonly remove: Statement<unknown[]>;
}

function prepareChanges(db: Database, table: string, tid: string, key: string): Changes {
  const insertKey = tid === "tid" ? "tid, id" : "id";
  const places = tid === "tid" ? "?, ?" : "?";
  return {
    insert: db.prepare(
      `INSERT INTO ${table} (${insertKey}, from_seq, kind, expires, prev, depth, jump, body) VALUES (${places}, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    overwrite: db.prepare(
      `UPDATE ${table} SET from_seq = ?, kind = ?, expires = ?, body = ?, ${advanceChain(table)} WHERE ${key} AND from_seq < ?`,
    ),
    overwritePlain: db.prepare(`UPDATE ${table} SET from_seq = ?, kind = ?, expires = ?, body = ? WHERE ${key}`),
    advance: db.prepare(`UPDATE ${table} SET from_seq = ?, ${advanceChain(table)} WHERE ${key}`),
    leaveChain: db.prepare(
      `INSERT INTO gone (tid, id, prev, depth, jump) SELECT ${tid}, id, prev, depth, jump FROM ${table} WHERE ${key} AND prev > 0`,
    ),
    remove: db.prepare(`DELETE FROM ${table} WHERE ${key}`),
  };
}

const PEEKED = "from_seq, expires, prev";
const CHAINED = "from_seq, kind, expires, body, prev, depth, jump";
const GONE_CANDIDATES = `SELECT id, ${Number.MAX_SAFE_INTEGER}, 0, 0, NULL, prev, depth, jump FROM gone`;

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
    this.#peek = db.prepare(`SELECT ${PEEKED} FROM doc WHERE tid = ? AND id = ?`).raw() as Statement<unknown[], PeekedRow>;
    this.#rare = new Prepared(db);
    this.#changes = db.readonly ? null : prepareChanges(db, "doc", "tid", "tid = ? AND id = ?");
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

  chained(tid: number, id: string): ChainedRow | undefined {
    return this.#rare.raw<ChainedRow>(`SELECT ${CHAINED} FROM doc WHERE tid = ? AND id = ?`).get(tid, id);
  }

  candidates(tid: number, range: IdRange, limit: number): CandidateRow[] {
    const where = "WHERE tid = ? AND id >= ? AND id < ?";
    return this.#rare
      .raw<CandidateRow>(`SELECT id, ${CHAINED} FROM doc ${where} UNION ALL ${GONE_CANDIDATES} ${where} ORDER BY id LIMIT ?`)
      .all(tid, range.from, range.below, tid, range.from, range.below, limit);
  }

  scan(tid: number, id: string, belowTid: number, limit: number): ScannedRow[] {
    return this.#rare
      .raw<ScannedRow>(
        "SELECT tid, id, from_seq, kind, expires, body FROM doc WHERE (tid, id) > (?, ?) AND tid < ? ORDER BY tid, id LIMIT ?",
      )
      .all(tid, id, belowTid, limit);
  }

  insert(tid: number, id: string, from: number, kind: Kind, expires: number, body: Body, chain: ChainEnd): void {
    this.#changes?.insert.run(tid, id, from, kind, expires, chain[0], chain[1], chain[2], body);
  }

  overwrite(tid: number, id: string, from: number, kind: Kind, expires: number, body: Body, n: number): boolean {
    const changes = this.#changes;
    if (changes === null) return false;
    const done =
      n === 0
        ? changes.overwritePlain.run(from, kind, expires, body, tid, id)
        : changes.overwrite.run(from, kind, expires, body, n, n, tid, id, from);
    return done.changes !== 0;
  }

  remove(tid: number, id: string, to: number, n: number): void {
    if (n !== 0) this.#changes?.advance.run(to, n, n, tid, id);
    this.#changes?.leaveChain.run(tid, id);
    this.#changes?.remove.run(tid, id);
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
    this.#peek = db.prepare(`SELECT ${PEEKED} FROM ${table} WHERE id = ?`).raw() as Statement<unknown[], PeekedRow>;
    this.#rare = new Prepared(db);
    this.#changes = db.readonly ? null : prepareChanges(db, table, String(tid), "id = ?");
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

  chained(_tid: number, id: string): ChainedRow | undefined {
    return this.#rare.raw<ChainedRow>(`SELECT ${CHAINED} FROM ${this.#table} WHERE id = ?`).get(id);
  }

  candidates(_tid: number, range: IdRange, limit: number): CandidateRow[] {
    const where = "id >= ? AND id < ?";
    return this.#rare
      .raw<CandidateRow>(
        `SELECT id, ${CHAINED} FROM ${this.#table} WHERE ${where} UNION ALL ${GONE_CANDIDATES} WHERE tid = ${this.#tid} AND ${where} ORDER BY id LIMIT ?`,
      )
      .all(range.from, range.below, range.from, range.below, limit);
  }

  insert(_tid: number, id: string, from: number, kind: Kind, expires: number, body: Body, chain: ChainEnd): void {
    this.#changes?.insert.run(id, from, kind, expires, chain[0], chain[1], chain[2], body);
  }

  overwrite(_tid: number, id: string, from: number, kind: Kind, expires: number, body: Body, n: number): boolean {
    const changes = this.#changes;
    if (changes === null) return false;
    const done =
      n === 0
        ? changes.overwritePlain.run(from, kind, expires, body, id)
        : changes.overwrite.run(from, kind, expires, body, n, n, id, from);
    return done.changes !== 0;
  }

  remove(_tid: number, id: string, to: number, n: number): void {
    if (n !== 0) this.#changes?.advance.run(to, n, n, id);
    this.#changes?.leaveChain.run(id);
    this.#changes?.remove.run(id);
  }
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
