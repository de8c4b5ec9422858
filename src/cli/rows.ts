// Rows of a query printed as an aligned table, CSV or JSON. Memory stays bounded: a table's widths come from its first rows.
import type { Writable } from "node:stream";
import { drained } from "./output.ts";
import type { ResultHandler, RowForm, SqlColumn } from "./sql-client.ts";

/** `expanded`: a line a column, for wide rows. */
export type RowFormat = "table" | "expanded" | "csv" | "json";

type Values = readonly (string | null)[];

export function rowPrinter(format: RowFormat, out: Writable, err: Writable): ResultHandler {
  const print = printerOf(format, out);
  return {
    form: print.form,
    columns: (columns) => print.begin(columns),
    row: (text) => print.row(text),
    complete: (tag) => print.end(tag),
    notice: ({ severity, message }) => void err.write(`${severity}:  ${message}\n`),
  };
}

function printerOf(format: RowFormat, out: Writable): Printer {
  switch (format) {
    case "table":
      return new TablePrinter(out);
    case "expanded":
      return new ExpandedPrinter(out);
    case "csv":
      return new CsvPrinter(out);
    case "json":
      return new JsonPrinter(out);
  }
}

interface Printer {
  /** What a row's text is: an array of texts, or an object of typed values. */
  readonly form: RowForm;
  begin(columns: readonly SqlColumn[]): void;
  row(text: string): Promise<void> | undefined;
  end(tag: string): void;
}

function valuesOf(text: string): Values {
  return JSON.parse(text) as Values;
}

/** Answers a promise only when the reader of the output is behind. */
function put(out: Writable, text: string): Promise<void> | undefined {
  return out.write(text) ? undefined : drained(out);
}

const NUMBERS: ReadonlySet<number> = new Set([20, 21, 23, 26, 700, 701, 1700]);

/** Rows held back to find the columns' widths. */
const SAMPLE_ROWS = 1000;

class TablePrinter implements Printer {
  readonly form = "text";
  readonly #out: Writable;
  #columns: readonly SqlColumn[] = [];
  #sample: Values[] | null = null;
  #widths: number[] = [];
  #count = 0;

  constructor(out: Writable) {
    this.#out = out;
  }

  begin(columns: readonly SqlColumn[]): void {
    this.#columns = columns;
    this.#sample = [];
    this.#count = 0;
  }

  row(text: string): Promise<void> | undefined {
    const values = valuesOf(text);
    this.#count++;
    if (this.#sample === null) return put(this.#out, this.#line(values));
    this.#sample.push(values);
    return this.#sample.length < SAMPLE_ROWS ? undefined : put(this.#out, this.#top());
  }

  end(tag: string): void {
    if (this.#columns.length === 0) {
      this.#out.write(`${tag}\n`);
      return;
    }
    if (this.#sample !== null) this.#out.write(this.#top());
    this.#out.write(`(${this.#count} ${this.#count === 1 ? "row" : "rows"})\n`);
    this.#columns = [];
  }

  /** Header and the rows held back. */
  #top(): string {
    const sample = this.#sample ?? [];
    this.#sample = null;
    this.#widths = this.#columns.map((column, at) =>
      sample.reduce((widest, row) => Math.max(widest, width(shown(row[at]))), width(column.name)),
    );
    const names = this.#columns.map((column, at) => pad(column.name, this.#widths[at] ?? 0, false));
    const rule = this.#widths.map((count) => "-".repeat(count)).join("-+-");
    return `${trimEnd(names.join(" | "))}\n${rule}\n${sample.map((row) => this.#line(row)).join("")}`;
  }

  #line(values: Values): string {
    const cells = this.#columns.map((column, at) => pad(shown(values[at]), this.#widths[at] ?? 0, NUMBERS.has(column.oid)));
    return `${trimEnd(cells.join(" | "))}\n`;
  }
}

function trimEnd(line: string): string {
  return line.trimEnd();
}

/** One line, whatever the value holds. */
function shown(value: string | null | undefined): string {
  return (value ?? "").replace(/[\u0000-\u001f\u007f]/g, (character) => JSON.stringify(character).slice(1, -1));
}

const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });
const WIDE =
  /^[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|^\p{Extended_Pictographic}/u;

/** Columns a terminal uses for a text. */
export function width(text: string): number {
  if (/^[\u0020-\u007e]*$/.test(text)) return text.length;
  let columns = 0;
  for (const { segment } of segmenter.segment(text)) columns += WIDE.test(segment) ? 2 : 1;
  return columns;
}

function pad(text: string, columns: number, right: boolean): string {
  const space = " ".repeat(Math.max(0, columns - width(text)));
  return right ? space + text : text + space;
}

/** Rows of one record that a terminal shows: a line a column, as psql's \\x does. */
class ExpandedPrinter implements Printer {
  readonly form = "text";
  readonly #out: Writable;
  #columns: readonly SqlColumn[] = [];
  #width = 0;
  #count = 0;

  constructor(out: Writable) {
    this.#out = out;
  }

  begin(columns: readonly SqlColumn[]): void {
    this.#columns = columns;
    this.#width = columns.reduce((widest, { name }) => Math.max(widest, width(name)), 0);
    this.#count = 0;
  }

  row(text: string): Promise<void> | undefined {
    const values = valuesOf(text);
    const head = `-[ RECORD ${++this.#count} ]`;
    const lines = this.#columns.map(({ name }, at) => trimEnd(`${pad(name, this.#width, false)} | ${shown(values[at])}`));
    return put(this.#out, `${head}${"-".repeat(Math.max(0, this.#width + 3 - head.length))}\n${lines.join("\n")}\n`);
  }

  end(tag: string): void {
    if (this.#columns.length === 0) this.#out.write(`${tag}\n`);
    else if (this.#count === 0) this.#out.write("(0 rows)\n");
    this.#columns = [];
  }
}

class CsvPrinter implements Printer {
  readonly form = "text";
  readonly #out: Writable;

  constructor(out: Writable) {
    this.#out = out;
  }

  begin(columns: readonly SqlColumn[]): void {
    this.#out.write(csvLine(columns.map((column) => column.name)));
  }

  row(text: string): Promise<void> | undefined {
    return put(this.#out, csvLine(valuesOf(text)));
  }

  end(): void {
    // RFC 4180 has no trailer.
  }
}

/** RFC 4180; NULL is an empty field and the empty string is "", as PostgreSQL writes them. */
export function csvLine(values: Values): string {
  return `${values.map((value) => (value === null ? "" : csvField(value))).join(",")}\n`;
}

function csvField(value: string): string {
  return value === "" || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

class JsonPrinter implements Printer {
  readonly form = "objects";
  readonly #out: Writable;
  #columns: readonly SqlColumn[] = [];
  #count = 0;

  constructor(out: Writable) {
    this.#out = out;
  }

  begin(columns: readonly SqlColumn[]): void {
    this.#columns = columns;
    this.#count = 0;
    this.#out.write("[");
  }

  row(text: string): Promise<void> | undefined {
    return put(this.#out, `${this.#count++ === 0 ? "" : ","}\n${text}`);
  }

  end(tag: string): void {
    this.#out.write(this.#columns.length === 0 ? `${JSON.stringify({ command: tag })}\n` : `${this.#count === 0 ? "" : "\n"}]\n`);
    this.#columns = [];
  }
}
