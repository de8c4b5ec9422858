// A read view is a snapshot and what "now" means in it. Two kinds so far: the newest state of a connection (the main thread's
// reader, or the writer's own inside its turn), and a past state. Branch overlays will be a third kind of the same interface.
import { isLive } from "../base/expiry.ts";
import type { CatalogSnapshot, StateReader, Version } from "../state/store.ts";
import type { PastState, ReadView } from "./contract.ts";

type ListOptions = { after?: string; prefix?: string; limit: number };

/** Asks `page` again from the last id until `limit` live versions are found, since expired ones do not count. */
function livePage(options: ListOptions, nowMs: number, page: (options: ListOptions) => Version[]): Version[] {
  const found: Version[] = [];
  let after = options.after;
  for (;;) {
    const wanted = options.limit - found.length;
    const versions = page(after === undefined ? { ...options, limit: wanted } : { ...options, after, limit: wanted });
    for (const version of versions) if (isLive(version.expiresAt, nowMs)) found.push(version);
    const last = versions.at(-1);
    if (last === undefined || versions.length < wanted || found.length >= options.limit) return found;
    after = last.id;
  }
}

/** The newest state of a connection. */
export class LatestView implements ReadView {
  readonly state: StateReader;
  readonly #now: () => number;
  readonly #catalog: () => CatalogSnapshot;

  constructor(state: StateReader, now: () => number, catalog: () => CatalogSnapshot) {
    this.state = state;
    this.#now = now;
    this.#catalog = catalog;
  }

  get sequence(): number {
    return this.state.sequence();
  }

  get nowMs(): number {
    return this.#now();
  }

  get(table: string, id: string): Version | undefined {
    const version = this.state.get(table, id);
    return version !== undefined && isLive(version.expiresAt, this.nowMs) ? version : undefined;
  }

  list(table: string, options: ListOptions): Version[] {
    return livePage(options, this.nowMs, (asked) => this.state.list(table, asked));
  }

  scan(after: { tid: number; id: string } | null, limit: number): ReturnType<ReadView["scan"]> {
    const live: ReturnType<ReadView["scan"]> = [];
    let from = after;
    for (;;) {
      const wanted = limit - live.length;
      const page = this.state.scan(from, wanted);
      for (const found of page) if (isLive(found.version.expiresAt, this.nowMs)) live.push(found);
      const last = page.at(-1);
      if (last === undefined || page.length < wanted || live.length >= limit) return live;
      from = { tid: last.tid, id: last.version.id };
    }
  }

  count(table?: string): number {
    return table === undefined ? this.state.count(this.nowMs) : this.state.count(this.nowMs, table);
  }

  catalog(): CatalogSnapshot {
    return this.#catalog();
  }
}

/** A past state: documents as they were right after an entry, alive by the asked time. */
export class PastView implements ReadView {
  readonly state: StateReader;
  readonly sequence: number;
  readonly nowMs: number;
  readonly #catalog: () => CatalogSnapshot;

  constructor(state: StateReader, past: PastState, catalog: () => CatalogSnapshot) {
    this.state = state;
    this.sequence = past.sequence;
    this.nowMs = past.nowMs;
    this.#catalog = catalog;
  }

  get(table: string, id: string): Version | undefined {
    const version = this.state.getAt(table, id, this.sequence);
    return version !== undefined && isLive(version.expiresAt, this.nowMs) ? version : undefined;
  }

  list(table: string, options: ListOptions): Version[] {
    return livePage(options, this.nowMs, (asked) => this.state.listAt(table, this.sequence, asked));
  }

  /** Keys of every table that existed then or exists today, as they were: a table at a time, in id order. */
  scan(after: { tid: number; id: string } | null, limit: number): ReturnType<ReadView["scan"]> {
    const found: ReturnType<ReadView["scan"]> = [];
    const tables = [...this.catalog().tables.values()].sort((a, b) => a.tid - b.tid);
    for (const table of tables) {
      if (after !== null && table.tid < after.tid) continue;
      const from = after !== null && table.tid === after.tid ? { after: after.id } : {};
      for (const version of this.list(table.name, { ...from, limit: limit - found.length })) {
        found.push({ tid: table.tid, table: table.name, version });
      }
      if (found.length >= limit) break;
    }
    return found;
  }

  count(table?: string): number {
    let total = 0;
    for (const name of table === undefined ? this.catalog().tables.keys() : [table]) {
      let after: string | undefined;
      for (;;) {
        const page = this.list(name, after === undefined ? { limit: 10_000 } : { after, limit: 10_000 });
        total += page.length;
        after = page.at(-1)?.id;
        if (page.length < 10_000) break;
      }
    }
    return total;
  }

  /** The catalogue of today, and the tables of then that were dropped since: their documents are part of the answer. */
  catalog(): CatalogSnapshot {
    const today = this.#catalog();
    const dropped = this.state.droppedSince(this.sequence).filter(({ name }) => !today.tables.has(name));
    if (dropped.length === 0) return today;
    const tables = new Map(today.tables);
    for (const { tid, name } of dropped) tables.set(name, { tid, name, definition: null, fields: [], kinds: 0 });
    return { version: today.version, tables };
  }
}
