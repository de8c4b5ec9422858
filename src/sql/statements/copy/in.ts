// COPY … FROM STDIN: bytes to rows to documents, put into the transaction as they come, a few milliseconds at a time. All of it is
// one transaction, so nothing of a COPY that fails remains.
import type { Clock } from "../../../base/clock.ts";
import type { CopyIn, SqlText } from "../../contract.ts";
import { SqlError } from "../../contract.ts";
import { fail, sqlError, toSqlError } from "../../errors.ts";
import type { StatementRun } from "../../execute/contract.ts";
import type { Row as InsertRow } from "../../execute/insert.ts";
import { drain } from "../../execute/target.ts";
import { within } from "../../functions/context.ts";
import { fromBinary, type Raw, typeByOid } from "../../types/index.ts";
import { BinaryRows } from "./binary.ts";
import { csvFields, type Field, textFields } from "./fields.ts";
import { Lines } from "./lines.ts";
import { forced } from "./options.ts";
import type { CopyInPlan } from "./plan.ts";

/** Rows put at a time, and milliseconds after which others get their turn. */
const BATCH_ROWS = 100;
const TURN_MS = 4;
/** Characters of a line or value that an error shows. */
const SHOWN = 100;

interface Given {
  readonly row: InsertRow;
  readonly line: number;
  readonly text: string | null;
}

export interface CopyInParts {
  readonly plan: CopyInPlan;
  readonly run: StatementRun;
  /** Whether a row (in text form) passes COPY's WHERE; null = all do. */
  readonly filter: ((row: readonly SqlText[]) => boolean) | null;
  readonly clock: Clock;
  /** Characters or bytes of one line. */
  readonly lineMaximum: number;
  /** Ends the transaction if it is COPY's own. */
  readonly finish: () => Promise<void>;
  /** What the client is told of an error; fails the transaction. */
  readonly told: (thrown: unknown) => unknown;
  readonly undo: () => Promise<void>;
}

export class CopyInRun implements CopyIn {
  readonly binary: boolean;
  readonly columns: number;
  readonly #parts: CopyInParts;
  readonly #lines: Lines;
  readonly #rows: BinaryRows;
  readonly #notNull: ReadonlySet<number>;
  readonly #null: ReadonlySet<number>;
  #headerLeft: boolean;
  #count = 0;
  #over = false;
  /** Where an error happens: the line, what stands in it, the column and its value. */
  #line: { text: string | null; column: string | null; value: string | null } = { text: null, column: null, value: null };

  constructor(parts: CopyInParts) {
    this.#parts = parts;
    const { options, columns } = parts.plan;
    const copied = { relation: parts.plan.relation, all: parts.plan.all, columns: columns.map((column) => column.name) };
    this.binary = options.format === "binary";
    this.columns = columns.length;
    this.#lines = new Lines(options, parts.lineMaximum);
    this.#rows = new BinaryRows(columns.length, parts.lineMaximum);
    this.#notNull = forced("FORCE_NOT_NULL", options.forceNotNull, copied);
    this.#null = forced("FORCE_NULL", options.forceNull, copied);
    this.#headerLeft = options.header !== "no";
  }

  async write(bytes: Buffer): Promise<void> {
    try {
      if (this.binary) this.#push(bytes);
      else this.#lines.push(bytes);
      await this.#work();
    } catch (thrown) {
      throw this.#told(thrown);
    }
  }

  #push(bytes: Buffer): void {
    if (this.#rows.ended && bytes.length > 0) this.#afterEnd();
    this.#rows.push(bytes);
  }

  #afterEnd(): never {
    this.#rows.number++;
    return fail("22P04", "received copy data after EOF marker");
  }

  async finish(): Promise<string> {
    try {
      if (this.binary) this.#endRows();
      else {
        this.#lines.end();
        await this.#work();
      }
      this.#over = true;
    } catch (thrown) {
      throw this.#told(thrown);
    }
    await this.#parts.finish();
    return `COPY ${this.#count}`;
  }

  #endRows(): void {
    if (!this.#rows.begun) throw this.#parts.told(sqlError("22P04", "COPY file signature not recognized"));
    const at = this.#rows.unfinished();
    if (at === null) return;
    this.#rows.number++;
    this.#line.column = this.#parts.plan.columns[at]?.name ?? null;
    fail("22P04", "unexpected EOF in COPY data");
  }

  giveUp(message: string): Promise<never> {
    this.#line = { text: null, column: null, value: null };
    return Promise.reject(this.#told(sqlError("57014", `COPY from stdin failed: ${message}`)));
  }

  async close(): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    await this.#parts.undo();
  }

  async #work(): Promise<void> {
    const { clock, run } = this.#parts;
    let turn = clock.elapsed();
    for (;;) {
      run.checkCancelled();
      const batch = within(run.context, () => this.#batch());
      if (batch.length > 0) this.#put(batch);
      if (batch.length < BATCH_ROWS) return;
      if (clock.elapsed() - turn < TURN_MS) continue;
      await new Promise<void>((resolve) => setImmediate(resolve));
      turn = clock.elapsed();
    }
  }

  #batch(): Given[] {
    const given: Given[] = [];
    while (given.length < BATCH_ROWS) {
      const row = this.binary ? this.#binaryRow() : this.#textRow();
      if (row === null) break;
      if (this.#parts.filter !== null && !this.#parts.filter(row.texts)) continue;
      const made = this.#parts.plan.insert.rowNow(this.#parts.run, row.values);
      given.push({ row: made, line: this.#number, text: this.#line.text });
    }
    this.#line = { text: null, column: null, value: null };
    return given;
  }

  get #number(): number {
    return this.binary ? this.#rows.number : this.#lines.number;
  }

  #put(batch: readonly Given[]): void {
    const { run, plan } = this.#parts;
    const { overlay } = run;
    if (overlay === null) return fail("58000", "internal error: COPY outside a transaction");
    let current: Given | undefined;
    function* rows(): Generator<InsertRow> {
      for (const each of batch) {
        current = each;
        yield each.row;
      }
    }
    try {
      run.tenant.read(run.caller, (view) => drain(plan.insert.apply(rows(), { change: overlay, view }, run, [])));
    } catch (thrown) {
      if (current === undefined) throw thrown;
      const error = toSqlError(thrown);
      // What breaks a key is found when rows are put together, where PostgreSQL knows no more than the line.
      const text = error.fields.sqlstate === "23505" ? null : current.text;
      throw this.#placed(error, current.line, { text, column: null, value: null });
    }
    this.#count += batch.length;
  }

  // --- Rows

  #textRow(): { values: Raw[]; texts: SqlText[] } | null {
    const { options, columns } = this.#parts.plan;
    this.#line = { text: null, column: null, value: null };
    let line = this.#lines.next();
    if (line !== null && this.#headerLeft) {
      this.#headerLeft = false;
      this.#line.text = line;
      if (options.header === "match") this.#matchHeader(this.#fields(line));
      this.#line.text = null;
      line = this.#lines.next();
    }
    if (line === null) return null;
    this.#line.text = line;
    const fields = this.#fields(line);
    if (fields.length > columns.length) fail("22P04", "extra data after last expected column");
    const values: Raw[] = [];
    const texts: SqlText[] = [];
    for (const [at, column] of columns.entries()) {
      const field = fields[at] ?? fail("22P04", `missing data for column "${column.name}"`);
      const text = this.#textOf(field, at);
      texts.push(text);
      values.push(this.#value(text, at));
    }
    return { values, texts };
  }

  #fields(line: string): Field[] {
    const { options } = this.#parts.plan;
    return options.format === "csv" ? csvFields(line, options) : textFields(line, options);
  }

  #textOf({ text, isNull, quoted }: Field, at: number): SqlText {
    if (isNull) return this.#notNull.has(at) ? this.#parts.plan.options.nullText : null;
    return quoted && this.#null.has(at) && text === this.#parts.plan.options.nullText ? null : text;
  }

  #value(text: SqlText, at: number): Raw {
    const column = this.#parts.plan.columns[at];
    if (text === null || column === undefined) return null;
    this.#line.column = column.name;
    this.#line.value = text;
    const type = typeByOid(column.type);
    const value = type.input(text, -1, this.#parts.run.context.style);
    const fitting = column.typmod < 0 ? value : (type.modify?.(value, column.typmod, false) ?? value);
    this.#line.column = null;
    return fitting;
  }

  #binaryRow(): { values: Raw[]; texts: SqlText[] } | null {
    this.#line = { text: null, column: null, value: null };
    const fields = this.#rows.next();
    if (fields === null) return null;
    const { columns } = this.#parts.plan;
    const values: Raw[] = [];
    const texts: SqlText[] = [];
    for (const [at, bytes] of fields.entries()) {
      const column = columns[at];
      if (column === undefined) continue;
      this.#line.column = column.name;
      const text = bytes === null ? null : readBinary(column.type, bytes);
      texts.push(text);
      values.push(this.#value(text, at));
      this.#line.column = null;
    }
    return { values, texts };
  }

  #matchHeader(fields: readonly Field[]): void {
    const { columns, options } = this.#parts.plan;
    if (fields.length !== columns.length) {
      fail("22P04", `wrong number of fields in header line: got ${fields.length}, expected ${columns.length}`);
    }
    for (const [at, column] of columns.entries()) {
      const field = fields[at];
      const head = `column name mismatch in header line field ${at + 1}: got`;
      if (field?.isNull) fail("22P04", `${head} null value ("${options.nullText}"), expected "${column.name}"`);
      if (field?.text !== column.name) fail("22P04", `${head} "${field?.text ?? ""}", expected "${column.name}"`);
    }
  }

  // --- Errors

  #told(thrown: unknown): unknown {
    return this.#parts.told(this.#placed(toSqlError(thrown), this.#lineOf(), this.#line));
  }

  /** The line being read: before one is whole, the one that is coming. */
  #lineOf(): number {
    return this.#line.text === null && !this.binary ? this.#number + 1 : this.#number;
  }

  /** The error with PostgreSQL's CONTEXT. */
  #placed(
    error: SqlError,
    number: number,
    { text, column, value }: { text: string | null; column: string | null; value: string | null },
  ): SqlError {
    // Before the first row PostgreSQL knows no line.
    if (error.fields.context !== undefined || (this.binary && !this.#rows.begun)) return error;
    let context = `COPY ${this.#parts.plan.relation}, line ${number}`;
    if (column !== null) {
      context += `, column ${column}`;
      if (!this.binary) context += `: "${shorten(value ?? "")}"`;
    } else if (text !== null) context += `: "${shorten(text)}"`;
    const { position: _, ...fields } = error.fields;
    return new SqlError({ ...fields, context });
  }
}

function readBinary(type: number, bytes: Buffer): string {
  if (bytes.length < typeByOid(type).length) fail("08P01", "insufficient data left in message");
  try {
    return fromBinary(type, bytes);
  } catch (thrown) {
    throw thrown instanceof SqlError && thrown.fields.sqlstate !== "22P03"
      ? thrown
      : sqlError("22P03", "incorrect binary data format");
  }
}

function shorten(text: string): string {
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}...`;
}
