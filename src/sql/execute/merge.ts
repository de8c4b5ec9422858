// MERGE: one query pairs source and target and says for each row which action it gets and with which values.
import type { Version } from "../../state/store.ts";
import { fail } from "../errors.ts";
import { within } from "../functions/context.ts";
import type { MergeAction, MergePlan } from "../plan/merge.ts";
import type { Printer } from "../print/printer.ts";
import { printCtes, printFromNode } from "../print/query.ts";
import type { Raw } from "../types/index.ts";
import { Moved } from "./change.ts";
import type { StatementRun } from "./contract.ts";
import type { Assigned } from "./document.ts";
import { Insert, putChanged } from "./insert.ts";
import { Text } from "./prepared.ts";
import type { Target } from "./target.ts";
import type { WriteParts } from "./write.ts";

/** id, from_seq, kind, expires, body; then the number of the action; then the values of every action. */
const FIXED = 5;
const SLICE = 200;

const valuesOf = (action: MergeAction): readonly { readonly type: number }[] =>
  action.kind === "update" ? action.sets.map(({ value }) => value) : action.kind === "insert" ? action.row : [];

export class Merge {
  readonly plan: MergePlan;
  readonly source: Text;
  readonly #inserts: readonly (Insert | null)[];
  /** Where each action's values begin in a row. */
  readonly #starts: readonly number[];

  constructor(plan: MergePlan, parts: WriteParts) {
    this.plan = plan;
    this.source = new Text(parts.tables, (printer) => sourceText(plan, printer));
    let start = FIXED + 1;
    this.#starts = plan.actions.map((action) => {
      const own = start;
      start += valuesOf(action).length;
      return own;
    });
    this.#inserts = plan.actions.map((action) =>
      action.kind === "insert"
        ? new Insert(
            {
              kind: "insert",
              table: plan.table,
              name: plan.table.name,
              columns: action.columns,
              rows: [action.row],
              query: null,
              ctes: [],
              conflict: null,
              returning: null,
            },
            parts,
          )
        : null,
    );
  }

  *apply(
    rows: readonly (readonly Raw[])[],
    target: Target,
    run: StatementRun,
    parameters: readonly Raw[],
  ): Generator<void, { count: number; returned: Raw[][] }> {
    const touched = new Set<string>();
    let count = 0;
    for (const [at, row] of rows.entries()) {
      if (at > 0 && at % SLICE === 0) {
        run.checkCancelled();
        yield;
      }
      const number = row[FIXED] ?? null;
      const action = number === null ? undefined : this.plan.actions[Number(number)];
      if (action === undefined || action.kind === "nothing") continue;
      const start = this.#starts[Number(number)] ?? 0;
      const values = row.slice(start, start + valuesOf(action).length);
      const insert = this.#inserts[Number(number)];
      if (insert) {
        const types = valuesOf(action).map(({ type }) => type);
        yield* insert.apply(insert.documents([{ values, types }], run), target, run, parameters);
        count++;
      } else if (this.#change(action, values, row, touched, target, run)) count++;
    }
    return { count, returned: [] };
  }

  /** Updates or deletes the row of the target; false where another part of the statement has changed it. */
  #change(
    action: MergeAction,
    values: readonly Raw[],
    row: readonly Raw[],
    touched: Set<string>,
    target: Target,
    run: StatementRun,
  ): boolean {
    const { table } = this.plan;
    const id = String(row[0]);
    if (touched.has(id)) {
      fail("21000", "MERGE command cannot affect row a second time", {
        hint: "Ensure that not more than one source row matches any one target row.",
      });
    }
    touched.add(id);
    if (run.before !== undefined && run.overlay?.changedSince(run.before, table.name, id)) return false;
    const version: Version | undefined = target.change.get(table.name, id);
    const from = Number(row[1]);
    if (version === undefined || (from === -1 ? version.from !== Number.MAX_SAFE_INTEGER : version.from !== from))
      throw new Moved("a document changed meanwhile");
    if (action.kind === "update") {
      const assigned = action.sets.map(({ column }, at): Assigned => ({ column, type: column.type, value: values[at] ?? null }));
      within(run.context, () => putChanged(table, version, assigned, target, run));
    } else target.change.delete(table.name, id);
    return true;
  }
}

function sourceText(plan: MergePlan, printer: Printer): string {
  const { target, actions } = plan;
  const { alias } = target;
  const branches = (matched: boolean): string => {
    const whens = actions.flatMap((action, at) =>
      action.matched === matched
        ? [`WHEN ${action.condition === null ? "1" : printer.expression(action.condition)} THEN ${at}`]
        : [],
    );
    return whens.length === 0 ? "NULL" : `CASE ${whens.join(" ")} END`;
  };
  const action = `CASE WHEN ${alias}.id IS NOT NULL THEN ${branches(true)} ELSE ${branches(false)} END`;
  const fixed = ["id", "from_seq", "kind", "expires", "body"].map((column) => `${alias}.${column}`);
  // Values of an action are computed for its rows only.
  const values = actions.flatMap((one, at) => {
    const list = one.kind === "update" ? one.sets.map(({ value }) => value) : one.kind === "insert" ? one.row : [];
    return list.map((value) => `CASE WHEN ${action} = ${at} THEN ${printer.expression(value)} END`);
  });
  const join = actions.some(({ matched }) => !matched) ? "LEFT JOIN" : "JOIN";
  const source = printFromNode(printer, plan.source);
  const on = printer.expression(plan.on);
  return `${printCtes(printer, plan.ctes)}SELECT ${[...fixed, action, ...values].join(", ")} FROM ${plan.source.kind === "join" ? `(${source})` : source} ${join} ${printer.table(target)} ON ${on}`;
}
