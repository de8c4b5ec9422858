// COPY … TO STDOUT: the rows of a query in the chosen format.
import type { CopyOut, SqlColumn, SqlCursor, SqlText } from "../../contract.ts";
import { BINARY_HEADER, BINARY_TRAILER, binaryRow } from "./binary.ts";
import { csvLine, textLine } from "./fields.ts";
import { type CopyOptions, forced } from "./options.ts";

/** Rows made at a time. */
const BATCH_ROWS = 500;

export class CopyOutRun implements CopyOut {
  readonly binary: boolean;
  readonly columns: number;
  readonly #cursor: SqlCursor;
  readonly #described: readonly SqlColumn[];
  readonly #options: CopyOptions;
  readonly #force: ReadonlySet<number>;
  #count = 0;
  #begun = false;

  /** `relation` and its columns; null for a query. */
  constructor(
    cursor: SqlCursor,
    options: CopyOptions,
    table: { readonly name: string; readonly columns: readonly string[] } | null,
  ) {
    this.#cursor = cursor;
    this.#described = cursor.columns ?? [];
    this.#options = options;
    this.binary = options.format === "binary";
    this.columns = this.#described.length;
    this.#force = forced("FORCE_QUOTE", options.forceQuote, {
      relation: table?.name ?? null,
      all: table?.columns ?? this.#names,
      columns: this.#names,
    });
  }

  get #names(): string[] {
    return this.#described.map((column) => column.name);
  }

  async next(): Promise<{ data: readonly (string | Buffer)[]; done: boolean }> {
    const { rows, done } = await this.#cursor.next(BATCH_ROWS);
    const data: (string | Buffer)[] = [];
    const first = !this.#begun;
    this.#begun = true;
    if (first && this.#options.header !== "no") data.push(this.#line(this.#names, new Set()));
    for (const row of rows) data.push(this.#line(row, this.#force));
    this.#count += rows.length;
    if (!this.binary) return { data, done };
    // As PostgreSQL sends it: the header goes with the first row, the trailer on its own.
    if (done) data.push(BINARY_TRAILER);
    if (first) data[0] = Buffer.concat([BINARY_HEADER, ...data.slice(0, 1).map((bytes) => Buffer.from(bytes))]);
    return { data, done };
  }

  tag(): string {
    return `COPY ${this.#count}`;
  }

  close(): void {
    this.#cursor.close();
  }

  #line(row: readonly SqlText[], force: ReadonlySet<number>): string | Buffer {
    if (this.binary) return binaryRow(row, this.#described);
    return this.#options.format === "csv" ? csvLine(row, this.#options, force) : textLine(row, this.#options);
  }
}
