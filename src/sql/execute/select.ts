// SELECT: small reads at once on the main thread's connection, all others in a query worker.
import { DEFAULT_LIMITS } from "../../base/limits.ts";
import type { TableInfo } from "../../state/store.ts";
import type { Expression, FetchedSource, Query } from "../check/tree.ts";
import type { SqlColumn, SqlCursor, SqlText } from "../contract.ts";
import { fail } from "../errors.ts";
import { within } from "../functions/context.ts";
import { printQuery } from "../print/query.ts";
import type { Raw } from "../types/index.ts";
import { type Style, sameStyle } from "../types/style.ts";
import { readOverlay, type StatementRun, type WorkerRows } from "./contract.ts";
import { RowsCursor, WorkerCursor } from "./cursor.ts";
import { type BindValues, bindAll, statementOn, Text, type Variant } from "./prepared.ts";
import { rowsLater, rowsNow } from "./row-sources.ts";
import { isSimple, simpleValue } from "./simple.ts";
import { readParameters, rowPrinter, type ShowRow } from "./values.ts";

/** Rows a client has not taken yet: in memory, and in a file. */
const SPOOL = { memoryBytes: DEFAULT_LIMITS.sqlSpoolMemoryBytes, fileBytes: DEFAULT_LIMITS.sqlSpoolBytes };

export interface SelectParts {
  readonly query: Query;
  readonly columns: readonly SqlColumn[];
  readonly parameterOids: readonly number[];
  readonly tables: readonly TableInfo[];
  /** Runs on the main thread. */
  readonly small: boolean;
  readonly usesCatalog: boolean;
}

export class Select {
  readonly parts: SelectParts;
  readonly #text: Text;
  /** The printer of rows for the settings last used. */
  #shown: { readonly style: Style; readonly show: ShowRow } | null = null;

  constructor(parts: SelectParts) {
    this.parts = parts;
    this.#text = new Text(parts.tables, (printer) => printQuery(printer, parts.query));
  }

  run(run: StatementRun, texts: readonly SqlText[]): SqlCursor | Promise<SqlCursor> {
    const { parts } = this;
    const parameters = within(run.context, () => readParameters(texts, parts.parameterOids, run.context.style));
    return parts.small ? this.#runHere(run, parameters) : this.#runElsewhere(run, parameters);
  }

  /** The same for a small read, without a cursor. */
  runNow(run: StatementRun, texts: readonly SqlText[]): { readonly rows: SqlText[][]; readonly tag: string } {
    const parameters = within(run.context, () => readParameters(texts, this.parts.parameterOids, run.context.style));
    const rows = this.#rowsHere(run, parameters);
    return { rows, tag: `SELECT ${rows.length}` };
  }

  #show(run: StatementRun): ShowRow {
    const { style } = run.context;
    if (this.#shown === null || !sameStyle(this.#shown.style, style)) {
      this.#shown = { style, show: rowPrinter(this.parts.columns, style) };
    }
    return this.#shown.show;
  }

  #runHere(run: StatementRun, parameters: readonly Raw[]): SqlCursor {
    const rows = this.#rowsHere(run, parameters);
    return new RowsCursor(this.parts.columns, rows, `SELECT ${rows.length}`);
  }

  #rowsHere(run: StatementRun, parameters: readonly Raw[]): SqlText[][] {
    const { parameterOids } = this.parts;
    return run.tenant.read(run.caller, (view) => {
      const variant = this.#text.variant(view.state, run.overlay);
      const rowSources = rowsNow(variant.printed.rowSources, run);
      if (rowSources === null) return fail("58000", "internal error: a small read that must wait");
      const values = { run, parameters, parameterOids, nowMs: view.nowMs, overlay: run.overlay, rowSources };
      const show = this.#show(run);
      const bound = within(run.context, () => bindAll(variant, values));
      const statement = statementOn(variant, view.state.database);
      // Inside the reader's snapshot SQLite's read lock is taken once for many reads: 3 us of a point read's 6.
      return within(run.context, () => view.state.snapshot(() => statement.all(...bound)).map(show));
    });
  }

  async #runElsewhere(run: StatementRun, parameters: readonly Raw[]): Promise<SqlCursor> {
    const rows = await startElsewhere(
      run,
      this.#text,
      parameters,
      this.parts,
      this.parts.columns.map((column) => column.typeOid),
    );
    return new WorkerCursor(this.parts.columns, rows, SPOOL);
  }
}

/** Starts a text in a worker. `types` null: rows come in internal form. */
export async function startElsewhere(
  run: StatementRun,
  text: Text,
  parameters: readonly Raw[],
  { parameterOids, usesCatalog }: { parameterOids: readonly number[]; usesCatalog: boolean },
  types: readonly number[] | null,
): Promise<WorkerRows> {
  const { variant, path, nowMs } = run.tenant.read(run.caller, (view): { variant: Variant; path: string; nowMs: number } => ({
    variant: text.variant(view.state, readOverlay(run)),
    path: view.state.database.name,
    nowMs: view.nowMs,
  }));
  const { rowSources } = variant.printed;
  const values: BindValues = { run, parameters, parameterOids, nowMs, overlay: readOverlay(run) };
  const argument = (source: FetchedSource, at: number): Raw => fetchedArgument(source.args[at], parameters);
  const now = within(run.context, () => rowsNow(rowSources, run));
  const sources = now ?? (await rowsLater(rowSources, run, argument));
  const bound = within(run.context, () => bindAll(variant, { ...values, rowSources: sources }));
  const facts = usesCatalog ? run.facts : null;
  return run.workers.start({ path, sql: variant.printed.sql, parameters: bound, types, style: run.context.style, facts }, run);
}

function fetchedArgument(expression: Expression | undefined, parameters: readonly Raw[]): Raw {
  if (expression === undefined || !isSimple(expression)) {
    return fail("0A000", "the arguments of a history function must be constants or parameters in ChronDB", {
      at: expression?.at,
    });
  }
  return simpleValue(expression, parameters);
}
