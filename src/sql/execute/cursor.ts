// Answers as cursors: rows already here, or rows a worker still makes.
import type { SqlColumn, SqlCursor, SqlText } from "../contract.ts";
import type { WorkerRows } from "./contract.ts";

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

/** Rows of a worker's SELECT, taken as they are asked for. */
export class WorkerCursor implements SqlCursor {
  readonly columns: readonly SqlColumn[];
  readonly #source: WorkerRows;
  #count = 0;

  constructor(columns: readonly SqlColumn[], source: WorkerRows) {
    this.columns = columns;
    this.#source = source;
  }

  async next(max: number): Promise<{ rows: SqlText[][]; done: boolean }> {
    const { rows, done } = await this.#source.next(max);
    this.#count += rows.length;
    return { rows: rows as SqlText[][], done };
  }

  tag(): string {
    return `SELECT ${this.#count}`;
  }

  close(): void {
    this.#source.close();
  }
}
