// RETURNING: one row printed for each document changed.
import type { Version } from "../../state/store.ts";
import type { SqlText } from "../contract.ts";
import { within } from "../functions/context.ts";
import type { Returning } from "../plan/returning.ts";
import { printQuery } from "../print/query.ts";
import type { Raw } from "../types/index.ts";
import { readOverlay, type StatementRun } from "./contract.ts";
import { bindAll, statementOn, Text } from "./prepared.ts";
import type { Target } from "./target.ts";
import { rowPrinter } from "./values.ts";
import type { WriteParts } from "./write.ts";

export class ReturningRows {
  readonly returning: Returning;
  readonly #text: Text;
  readonly #oids: readonly number[];

  constructor(returning: Returning, { parameterOids, tables }: Pick<WriteParts, "parameterOids" | "tables">) {
    this.returning = returning;
    this.#oids = parameterOids;
    const carried = new Map(returning.carried.map((expression, at) => [expression, at]));
    this.#text = new Text(returning.reads ? tables : [], (printer) => printQuery(printer, returning.query), carried);
  }

  /** In internal form. */
  row(version: Version, carried: readonly Raw[], target: Target, run: StatementRun, parameters: readonly Raw[]): Raw[] {
    const overlay = readOverlay(run);
    const variant = this.#text.variant(target.view.state, overlay);
    const values = {
      run,
      parameters,
      parameterOids: this.#oids,
      nowMs: target.view.nowMs,
      overlay,
      given: { new: version },
      carried,
    };
    return within(run.context, () => statementOn(variant, target.view.state.database).get(...bindAll(variant, values))) ?? [];
  }

  /** As the client is told. */
  shown(rows: readonly (readonly Raw[])[], run: StatementRun): SqlText[][] {
    const columns = this.returning.query.columns.map((column) => ({ typeOid: column.type }));
    const show = rowPrinter(columns, run.context.style);
    return within(run.context, () => rows.map(show));
  }
}
