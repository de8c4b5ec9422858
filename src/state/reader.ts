// Reads of one connection. What a snapshot is differs by connection, so that is left open here: the main thread's reader shares
// the writer's thread (shared-reader.ts), a reader of another thread stands alone (standalone-reader.ts), and the writer sees
// its own transaction (writer.ts).
import type { Database, Statement } from "better-sqlite3";
import { ChronError, messageOf } from "../base/errors.ts";
import type { Limits } from "../base/limits.ts";
import { decodeHead } from "../log/codec.ts";
import type { EntryHead } from "../log/entry.ts";
import type { Catalogue, KnownTable } from "./catalogue.ts";
import { type ChainEnd, Chains, type PastRow } from "./chain.ts";
import { damaged, stateFailure } from "./failures.ts";
import { type CandidateRow, idRange, type ListedRow, Rows } from "./rows.ts";
import { ownTable } from "./schema.ts";
import type { Relation, StateReader, TableInfo, Version } from "./store.ts";

type ListOptions = { after?: string; prefix?: string; limit: number };

export abstract class DocumentReader implements StateReader {
  readonly database: Database;
  readonly path: string;
  protected readonly rows: Rows;
  protected readonly chains: Chains;
  readonly #tidAt: Statement<unknown[], [tid: number, to: number | null]>;
  readonly #droppedTids: Statement<unknown[], number>;
  readonly #droppedSince: Statement<unknown[], [tid: number, name: string]>;
  readonly #nameOf: Statement<unknown[], string>;
  readonly #lastSequence: Statement<unknown[], number>;
  readonly #firstSequence: Statement<unknown[], number>;
  readonly #entryUpTo: Statement<unknown[], [sequence: number, time: number]>;
  readonly #headOf: Statement<unknown[], Buffer>;
  readonly #counter: Statement<unknown[], number>;
  readonly #gone: Statement<unknown[], number>;
  readonly #goneOf: Statement<unknown[], number>;
  readonly #expired: Statement<unknown[], [expires: number, tid: number, id: string]>;

  constructor(database: Database, path: string, limits: Limits) {
    this.database = database;
    this.path = path;
    this.rows = new Rows(database, limits.stateStatements);
    this.chains = new Chains(database);
    const raw = <Row>(sql: string) => database.prepare(sql).raw() as Statement<unknown[], Row>;
    const pluck = <Value>(sql: string) => database.prepare(sql).pluck() as Statement<unknown[], Value>;
    this.#tidAt = raw("SELECT tid, to_seq FROM tbl WHERE name = ? AND from_seq <= ? ORDER BY from_seq DESC LIMIT 1");
    this.#droppedTids = pluck(
      "SELECT tid FROM tbl WHERE name = ? AND to_seq IS NOT NULL AND from_seq < ? ORDER BY from_seq DESC",
    );
    this.#droppedSince = raw("SELECT tid, name FROM tbl WHERE from_seq <= ? AND to_seq > ?");
    this.#nameOf = pluck("SELECT name FROM tbl WHERE tid = ?");
    this.#lastSequence = pluck("SELECT coalesce(max(seq), 0) FROM entry");
    this.#firstSequence = pluck("SELECT coalesce(min(seq), 0) FROM entry");
    this.#entryUpTo = raw("SELECT seq, time FROM entry WHERE seq <= ? ORDER BY seq DESC LIMIT 1");
    this.#headOf = pluck("SELECT head FROM entry WHERE seq = ?");
    this.#counter = pluck("SELECT documents FROM counter WHERE tid = ?");
    this.#gone = pluck("SELECT count(*) FROM expiry WHERE expires <= ?");
    this.#goneOf = pluck("SELECT count(*) FROM expiry WHERE expires <= ? AND tid = ?");
    this.#expired = raw("SELECT expires, tid, id FROM expiry WHERE expires <= ? ORDER BY expires, tid, id LIMIT ?");
  }

  /** Makes sure that what follows sees one snapshot, and answers the catalogue of it. */
  protected abstract enter(): Catalogue;
  /** The counterpart of enter. */
  protected abstract leave(): void;
  abstract snapshot<T>(read: () => T): T;

  sequence(): number {
    return this.#read(() => this.lastSequence());
  }

  get(table: string, id: string): Version | undefined {
    try {
      const known = this.enter().tables.get(table);
      if (known === undefined) return undefined;
      const row = this.rows.of(known).get(known.tid, id);
      return row === undefined ? undefined : { table, id, kind: row[1], body: row[3], expiresAt: row[2], from: row[0], to: null };
    } catch (thrown) {
      throw stateFailure(thrown, this.path);
    } finally {
      this.leave();
    }
  }

  getAt(table: string, id: string, sequence: number): Version | undefined {
    return this.#read((catalogue) => {
      const known = catalogue.tables.get(table);
      let end: ChainEnd | undefined;
      if (known !== undefined && known.from <= sequence) {
        const row = this.rows.of(known).chained(known.tid, id);
        if (row !== undefined && row[0] <= sequence)
          return { table, id, kind: row[1], body: row[3], expiresAt: row[2], from: row[0], to: null };
        end = row === undefined ? this.chains.gone(known.tid, id) : [row[4], row[5], row[6]];
      } else {
        const tid = this.#droppedAt(table, sequence);
        end = tid === undefined ? undefined : this.chains.gone(tid, id);
      }
      if (end === undefined || end[0] === 0) return undefined;
      const past = this.chains.versionAt(end, sequence, this.chains.pastAt(sequence));
      return past === undefined ? undefined : pastVersion(table, id, past);
    });
  }

  list(table: string, options: ListOptions): Version[] {
    return this.#read((catalogue) => {
      const known = catalogue.tables.get(table);
      if (known === undefined) return [];
      return this.rows
        .of(known)
        .list(known.tid, idRange(options.after, options.prefix), options.limit)
        .map((row) => listedVersion(table, row));
    });
  }

  listAt(table: string, sequence: number, options: ListOptions): Version[] {
    return this.#read((catalogue) => {
      const known = catalogue.tables.get(table);
      const alive = known !== undefined && known.from <= sequence ? known : undefined;
      const tid = alive?.tid ?? this.#droppedAt(table, sequence);
      if (tid === undefined) return [];
      // What a dropped table held has gone, and the shared rows find that too.
      const rows = alive === undefined ? this.rows.shared : this.rows.of(alive);
      const past = this.chains.pastAt(sequence);
      const found: Version[] = [];
      let range = idRange(options.after, options.prefix);
      while (found.length < options.limit) {
        const candidates = rows.candidates(tid, range, options.limit);
        for (const candidate of candidates) {
          const version = this.#candidateAt(table, candidate, sequence, past);
          if (version !== undefined && found.length < options.limit) found.push(version);
        }
        const last = candidates.at(-1);
        if (last === undefined || candidates.length < options.limit) break;
        range = { ...range, from: `${last[0]}\u0000` };
      }
      return found;
    });
  }

  droppedSince(sequence: number): { tid: number; name: string }[] {
    return this.#read(() => this.#droppedSince.all(sequence, sequence).map(([tid, name]) => ({ tid, name })));
  }

  history(table: string, id: string, options: { before?: number; limit: number }): Version[] {
    return this.#read((catalogue) => {
      const before = options.before ?? Number.MAX_SAFE_INTEGER;
      const found: Version[] = [];
      const known = catalogue.tables.get(table);
      if (known !== undefined) {
        const row = this.rows.of(known).chained(known.tid, id);
        if (row !== undefined && row[0] < before && options.limit > 0) {
          found.push({ table, id, kind: row[1], body: row[3], expiresAt: row[2], from: row[0], to: null });
        }
        const end: ChainEnd | undefined = row === undefined ? this.chains.gone(known.tid, id) : [row[4], row[5], row[6]];
        this.#addPast(found, table, id, end, before, options.limit);
      }
      // Then the tables that had the name before, newest first.
      if (found.length < options.limit) {
        for (const tid of this.#droppedTids.all(table, before)) {
          this.#addPast(found, table, id, this.chains.gone(tid, id), before, options.limit);
          if (found.length >= options.limit) break;
        }
      }
      return found;
    });
  }

  count(nowMs: number, table?: string): number {
    return this.#read((catalogue) => {
      if (table === undefined) return this.documents(0) - (this.#gone.get(nowMs) ?? 0);
      const known = catalogue.tables.get(table);
      if (known === undefined) return 0;
      return this.documents(known.tid) - (this.#goneOf.get(nowMs, known.tid) ?? 0);
    });
  }

  scan(after: { tid: number; id: string } | null, limit: number): { tid: number; table: string; version: Version }[] {
    return this.#read((catalogue) => {
      const found: { tid: number; table: string; version: Version }[] = [];
      let tid = after?.tid ?? 0;
      let id = after?.id ?? "";
      // Shared tables up to the next table of its own, that table, and so on.
      for (const owner of [...catalogue.owners.filter((candidate) => candidate.tid >= tid), null]) {
        this.#scanShared(found, tid, id, owner?.tid ?? Number.MAX_SAFE_INTEGER, limit);
        if (owner === null || found.length >= limit) break;
        this.#scanOwn(found, owner, owner.tid === tid ? id : "", limit);
        if (found.length >= limit) break;
        tid = owner.tid + 1;
        id = "";
      }
      return found;
    });
  }

  expired(nowMs: number, limit: number): { table: string; id: string; from: number; expiresAt: number }[] {
    return this.#read((catalogue) => {
      const names = new Map<number, string>();
      const found: { table: string; id: string; from: number; expiresAt: number }[] = [];
      for (const [expiresAt, tid, id] of this.#expired.all(nowMs, limit)) {
        const table = this.#name(names, tid);
        const known = catalogue.tables.get(table);
        const row = known === undefined ? undefined : this.rows.of(known).peek(tid, id);
        if (row === undefined) throw damaged(this.path, `the expiry of document ${table}:${id} has no document`);
        found.push({ table, id, from: row[0], expiresAt });
      }
      return found;
    });
  }

  head(sequence: number): EntryHead | undefined {
    return this.#read(() => {
      const bytes = this.#headOf.get(sequence);
      if (bytes === undefined) return undefined;
      try {
        return decodeHead(bytes);
      } catch (thrown) {
        throw damaged(this.path, `the head of entry ${sequence} cannot be read (${messageOf(thrown)})`);
      }
    });
  }

  sequenceAt(micros: number): number {
    return this.#read(() => {
      // Times grow with sequences, so a search by halves needs no index on time, which every write would pay for.
      let best = 0;
      let low = (this.#firstSequence.get() ?? 0) - 1;
      let high = this.lastSequence();
      while (low < high) {
        const middle = low + Math.ceil((high - low) / 2);
        const row = this.#entryUpTo.get(middle);
        if (row === undefined || row[0] <= low) low = middle;
        else if (row[1] <= micros) {
          best = row[0];
          low = middle;
        } else high = row[0] - 1;
      }
      return best;
    });
  }

  relation(table: TableInfo): Relation {
    return table.definition === null ? { from: "doc", where: `%s.tid = ${table.tid}` } : { from: ownTable(table.tid), where: "" };
  }

  pastRelation(table: string, sequence: number): string {
    if (!Number.isSafeInteger(sequence)) throw new ChronError("INVALID_REFERENCE", `${sequence} is no sequence.`);
    return this.#read((catalogue) => {
      const known = catalogue.tables.get(table);
      const alive = known !== undefined && known.from <= sequence ? known : undefined;
      const tid = alive?.tid ?? this.#droppedAt(table, sequence) ?? 0;
      const past = `SELECT id, from_seq, kind, expires, body FROM history WHERE n > ${this.chains.pastAt(sequence)} AND tid = ${tid} AND to_seq > ${sequence} AND from_seq <= ${sequence}`;
      if (alive === undefined) return `(${past})`;
      const { from, where } = this.relation(alive);
      const condition = where === "" ? "" : `${where.replaceAll("%s", from)} AND `;
      return `(SELECT id, from_seq, kind, expires, body FROM ${from} WHERE ${condition}from_seq <= ${sequence} UNION ALL ${past})`;
    });
  }

  /** Documents of a table (tid 0: of all) in the snapshot, expired ones included. */
  protected documents(tid: number): number {
    return this.#counter.get(tid) ?? 0;
  }

  protected lastSequence(): number {
    return this.#lastSequence.get() ?? 0;
  }

  #read<T>(read: (catalogue: Catalogue) => T): T {
    try {
      return read(this.enter());
    } catch (thrown) {
      throw stateFailure(thrown, this.path);
    } finally {
      this.leave();
    }
  }

  /** The table that had the name at `sequence` and was dropped since. */
  #droppedAt(table: string, sequence: number): number | undefined {
    const row = this.#tidAt.get(table, sequence);
    return row === undefined || row[1] === null || row[1] <= sequence ? undefined : row[0];
  }

  #addPast(found: Version[], table: string, id: string, end: ChainEnd | undefined, before: number, limit: number): void {
    if (end === undefined || found.length >= limit) return;
    for (const row of this.chains.versionsBelow(end, before, limit - found.length)) found.push(pastVersion(table, id, row));
  }

  #candidateAt(table: string, candidate: CandidateRow, sequence: number, past: number): Version | undefined {
    const [id, from, kind, expiresAt, body, prev, depth, jump] = candidate;
    if (body !== null && from <= sequence) return { table, id, kind, body, expiresAt, from, to: null };
    const row = prev > past ? this.chains.versionAt([prev, depth, jump], sequence, past) : undefined;
    return row === undefined ? undefined : pastVersion(table, id, row);
  }

  #scanShared(
    found: { tid: number; table: string; version: Version }[],
    tid: number,
    id: string,
    belowTid: number,
    limit: number,
  ): void {
    const names = new Map<number, string>();
    for (const row of this.rows.shared.scan(tid, id, belowTid, limit - found.length)) {
      const table = this.#name(names, row[0]);
      found.push({
        tid: row[0],
        table,
        version: { table, id: row[1], kind: row[3], body: row[5], expiresAt: row[4], from: row[2], to: null },
      });
    }
  }

  #scanOwn(found: { tid: number; table: string; version: Version }[], owner: KnownTable, after: string, limit: number): void {
    const range = idRange(after === "" ? undefined : after, undefined);
    for (const row of this.rows.of(owner).list(owner.tid, range, limit - found.length)) {
      found.push({ tid: owner.tid, table: owner.name, version: listedVersion(owner.name, row) });
    }
  }

  #name(names: Map<number, string>, tid: number): string {
    let name = names.get(tid);
    if (name === undefined) {
      name = this.#nameOf.get(tid);
      if (name === undefined) throw damaged(this.path, `documents refer to table number ${tid}, which is not registered`);
      names.set(tid, name);
    }
    return name;
  }
}

function listedVersion(table: string, row: ListedRow): Version {
  return { table, id: row[0], kind: row[2], body: row[4], expiresAt: row[3], from: row[1], to: row[5] };
}

function pastVersion(table: string, id: string, row: PastRow): Version {
  return { table, id, kind: row[1], body: row[3], expiresAt: row[2], from: row[0], to: row[4] };
}
