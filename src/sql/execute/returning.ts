// RETURNING: one row printed for each document changed.
import type { Version } from "../../state/store.ts";
import type { SqlText } from "../contract.ts";
import { within } from "../functions/context.ts";
import type { Returning } from "../plan/returning.ts";
import { printQuery } from "../print/query.ts";
import type { Raw } from "../types/index.ts";
import type { StatementRun } from "./contract.ts";
import { bindAll, statementOn, Text } from "./prepared.ts";
import type { Target } from "./target.ts";
import { rowPrinter } from "./values.ts";

export class ReturningRows {
  readonly returning: Returning;
  readonly #text: Text;
  readonly #oids: readonly number[];

  constructor(returning: Returning, parameterOids: readonly number[]) {
    this.returning = returning;
    this.#oids = parameterOids;
    const carried = new Map(returning.carried.map((expression, at) => [expression, at]));
    this.#text = new Text([], (printer) => printQuery(printer, returning.query), carried);
  }

  row(version: Version, carried: readonly Raw[], target: Target, run: StatementRun, parameters: readonly Raw[]): SqlText[] {
    const variant = this.#text.variant(target.view.state, null);
    const values = {
      run,
      parameters,
      parameterOids: this.#oids,
      nowMs: target.view.nowMs,
      overlay: run.overlay,
      given: { new: version },
      carried,
    };
    const row = within(run.context, () => statementOn(variant, target.view.state.database).get(...bindAll(variant, values)));
    const columns = this.returning.query.columns.map((column) => ({ typeOid: column.type }));
    return within(run.context, () => rowPrinter(columns, run.context.style)(row ?? []));
  }
}
