// Answers as cursors: rows already here, or rows a worker still makes.
import type { SqlColumn, SqlCursor, SqlText } from "../contract.ts";
import type { WorkerRows } from "./contract.ts";
import { Spool, type SpoolBounds } from "./spool.ts";

/** Rows that are all here. */
export class RowsCursor implements SqlCursor {
  readonly columns: readonly SqlColumn[] | null;
  readonly rows: SqlText[][];
  readonly #tag: string;
  #at = 0;

  constructor(columns: readonly SqlColumn[] | null, rows: SqlText[][], tag: string) {
    this.columns = columns;
    this.rows = rows;
    this.#tag = tag;
  }

  next(max: number): Promise<{ rows: SqlText[][]; done: boolean }> {
    const end = max === 0 ? this.rows.length : Math.min(this.rows.length, this.#at + max);
    const rows = this.#at === 0 && end === this.rows.length ? this.rows : this.rows.slice(this.#at, end);
    this.#at = end;
    return Promise.resolve({ rows, done: end >= this.rows.length });
  }

  tag(): string {
    return this.#tag;
  }

  close(): void {
    this.#at = this.rows.length;
  }
}

/**
 * Rows of a worker's SELECT. They are fetched ahead of the client into a spool, so that the worker is free for others as soon as
 * its statement is through, however slowly the client reads.
 */
export class WorkerCursor implements SqlCursor {
  readonly columns: readonly SqlColumn[];
  readonly #source: WorkerRows;
  readonly #spool: Spool;
  #count = 0;
  #fetching = false;
  #ended = false;
  #closed = false;
  #failure: { readonly thrown: unknown } | null = null;
  /** Wakes whoever waits: a reader for rows, the fetcher for room. */
  #wake: () => void = () => undefined;

  constructor(columns: readonly SqlColumn[], source: WorkerRows, bounds: SpoolBounds) {
    this.columns = columns;
    this.#source = source;
    this.#spool = new Spool(bounds);
  }

  /** Begins to fetch before anybody asks for rows, so that they are those of now and the worker is free soon. */
  start(): void {
    if (this.#fetching) return;
    this.#fetching = true;
    void this.#fetch();
  }

  async next(max: number): Promise<{ rows: SqlText[][]; done: boolean }> {
    this.start();
    const rows: SqlText[][] = [];
    for (;;) {
      while (this.#spool.isEmpty && !this.#ended) await this.#change();
      if (this.#failure !== null) throw this.#failure.thrown;
      for (const row of await this.#spool.take(max === 0 ? 0 : max - rows.length)) rows.push(row);
      this.#wake();
      const done = this.#ended && this.#spool.isEmpty;
      if (done || max === 0 || rows.length >= max) {
        this.#count += rows.length;
        return { rows, done };
      }
    }
  }

  tag(): string {
    return `SELECT ${this.#count}`;
  }

  close(): void {
    this.#closed = true;
    this.#wake();
    // While a batch is on its way the worker must not be handed to others; the fetcher lets go of it then.
    if (!this.#fetching) this.#source.close();
    this.#spool.close().catch(() => undefined);
  }

  /** Resolves at the next change of either side. */
  #change(): Promise<void> {
    const before = this.#wake;
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = before;
        before();
        resolve();
      };
    });
  }

  async #fetch(): Promise<void> {
    try {
      for (let done = false; !done && !this.#closed; ) {
        while (!this.#spool.hasRoom && !this.#closed) await this.#change();
        const batch = await this.#source.next(0);
        if (!this.#closed) await this.#spool.push(batch.rows as SqlText[][]);
        done = batch.done;
        if (!done) this.#wake();
      }
      if (this.#closed) this.#source.close();
    } catch (thrown) {
      this.#failure = { thrown };
    }
    this.#ended = true;
    this.#wake();
  }
}
