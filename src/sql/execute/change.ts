// UPDATE and DELETE. The rows come from a query; small ones run it where they change, so that they see every write before them.
// Others run it in a worker first, then change each document if it still is what the query saw; where one is not, the statement
// starts again, and after a few times runs whole in the writer's turn.
import type { Version } from "../../state/store.ts";
import type { SqlColumn, SqlCursor, SqlText } from "../contract.ts";
import { fail } from "../errors.ts";
import { within } from "../functions/context.ts";
import type { ChangePlan } from "../plan/change.ts";
import { constraintsOf } from "../plan/constraints.ts";
import { isPoint } from "../plan/point.ts";
import { printCtes, printFromNode } from "../print/query.ts";
import type { Raw } from "../types/index.ts";
import type { StatementRun } from "./contract.ts";
import { RowsCursor } from "./cursor.ts";
import { type Assigned, storedValues } from "./document.ts";
import { assignedBy, type Compute, compileAll, Document } from "./evaluate.ts";
import { putChanged } from "./insert.ts";
import { duplicate, findByKey, keyValues, showKey } from "./keys.ts";
import { KeyTest } from "./point-read.ts";
import { bindAll, statementOn, Text } from "./prepared.ts";
import { ReturningRows } from "./returning.ts";
import { startElsewhere } from "./select.ts";
import { changeByKey, changeIn, changeInSlices, drain, type Target } from "./target.ts";
import { readParameters } from "./values.ts";
import type { WriteParts } from "./write.ts";

/** id, from_seq, kind, expires, body; then values; then what RETURNING carries. */
const FIXED = 5;
const SLICE = 200;
const ATTEMPTS = 4;
/** Tables this small are scanned in the writer's turn. */
const SMALL_TABLE = 200;

interface Done {
  readonly count: number;
  readonly returned: Raw[][];
}

/** A document changed between the query and the change. */
export class Moved extends Error {
  override readonly name = "Moved";
}

export class Change {
  readonly plan: ChangePlan;
  readonly #parts: WriteParts;
  readonly #source: Text;
  readonly #returning: ReturningRows | null;
  readonly #point: boolean;
  /** Set where one document is found by its key and what it becomes needs no SQLite. */
  readonly #byKey: { readonly key: KeyTest; readonly values: readonly Compute[] } | null;

  constructor(plan: ChangePlan, parts: WriteParts) {
    this.plan = plan;
    this.#parts = parts;
    this.#returning = plan.returning === null ? null : new ReturningRows(plan.returning, parts);
    this.#point = !parts.heavy && plan.from.length === 0 && isPoint(plan.where, plan.target);
    this.#byKey = this.#point ? byKey(plan, parts.parameterOids) : null;
    this.#source = new Text(parts.tables, (printer) => {
      const { alias } = plan.target;
      const columns = ["id", "from_seq", "kind", "expires", "body"].map((column) => `${alias}.${column}`);
      const values = plan.sets.map(({ value }, at) => `${printer.expression(value)} AS c${at + 1}`);
      const carried = (plan.returning?.carried ?? []).map((expression, at) => `${printer.expression(expression)} AS d${at + 1}`);
      const from = [
        printer.table(plan.target),
        ...plan.from.map((node) => (node.kind === "join" ? `(${printFromNode(printer, node)})` : printFromNode(printer, node))),
      ];
      const where = plan.where === null ? "" : ` WHERE ${printer.expression(plan.where)}`;
      return `${printCtes(printer, plan.ctes)}SELECT ${[...columns, ...values, ...carried].join(", ")} FROM ${from.join(", ")}${where}`;
    });
  }

  get source(): Text {
    return this.#source;
  }

  async run(run: StatementRun, texts: readonly SqlText[], columns: readonly SqlColumn[] | null): Promise<SqlCursor> {
    const { plan } = this;
    const parameters = within(run.context, () => readParameters(texts, this.#parts.parameterOids, run.context.style));
    const words = { operation: plan.kind, table: plan.table.name, ids: [] };
    const done = await this.#perform(run, parameters, words, texts);
    return new RowsCursor(
      columns,
      this.#returning?.shown(done.returned, run) ?? [],
      `${plan.kind === "update" ? "UPDATE" : "DELETE"} ${done.count}`,
    );
  }

  async #perform(
    run: StatementRun,
    parameters: readonly Raw[],
    words: { operation: string; table: string; ids: readonly string[] },
    texts: readonly SqlText[],
  ): Promise<Done> {
    const inline = (target: Target): Done => drain(this.apply(this.#rowsHere(run, parameters, target), target, run, parameters));
    const { plan } = this;
    if (this.#byKey !== null && run.before === undefined) {
      const { key, values } = this.#byKey;
      const id = key.id(texts);
      return changeByKey(
        run,
        { ...words, ids: id === null ? [] : [id] },
        plan.table.definition === null,
        (target) => this.#changeOne(id, values, target, run, parameters) ?? inline(target),
      );
    }
    const isSmall = (): boolean =>
      !this.#parts.heavy && run.tenant.read(run.caller, (view) => view.count(plan.table.name)) <= SMALL_TABLE;
    if (this.#point || isSmall()) return changeIn(run, words, inline);
    for (let attempt = 1; attempt < ATTEMPTS; attempt++) {
      const rows = await this.#rowsElsewhere(run, parameters);
      if (rows.length === 0) return { count: 0, returned: [] };
      try {
        return await changeInSlices(run, words, (target) => this.apply(rows, target, run, parameters));
      } catch (thrown) {
        if (!(thrown instanceof Moved)) throw thrown;
      }
    }
    if (run.overlay !== null || this.#parts.usesCatalog) {
      return fail("40001", "could not serialize access due to concurrent update", {
        hint: "The transaction might succeed if retried.",
      });
    }
    return changeIn(run, words, inline);
  }

  /** Changes the document of that id; null: it holds what only SQLite can compute with, and nothing was changed. */
  #changeOne(
    id: string | null,
    values: readonly Compute[],
    target: Target,
    run: StatementRun,
    parameters: readonly Raw[],
  ): Done | null {
    const { plan } = this;
    const table = plan.table.name;
    const version = id === null ? undefined : target.change.get(table, id);
    if (version === undefined) return { count: 0, returned: [] };
    let after = version;
    if (plan.kind === "delete") target.change.delete(table, version.id);
    else {
      const assigned = assignedBy(plan.sets, values, { documents: [new Document(version)], parameters });
      if (assigned === null) return null;
      after = this.#put(version, assigned, target, run);
    }
    return { count: 1, returned: this.#returning === null ? [] : [this.#returning.row(after, [], target, run, parameters)] };
  }

  #rowsHere(run: StatementRun, parameters: readonly Raw[], target: Target): Raw[][] {
    const variant = this.#source.variant(target.view.state, run.overlay);
    const values = { run, parameters, parameterOids: this.#parts.parameterOids, nowMs: target.view.nowMs, overlay: run.overlay };
    return within(run.context, () => statementOn(variant, target.view.state.database).all(...bindAll(variant, values)));
  }

  async #rowsElsewhere(run: StatementRun, parameters: readonly Raw[]): Promise<Raw[][]> {
    const source = await startElsewhere(run, this.#source, parameters, this.#parts, null);
    const rows: Raw[][] = [];
    for (;;) {
      const batch = await source.next(0);
      for (const row of batch.rows) rows.push(row);
      if (batch.done) return rows;
      if (rows.length > this.#parts.rowsMaximum) {
        source.close();
        fail("54000", `one statement may change ${this.#parts.rowsMaximum} rows; change fewer at a time`);
      }
    }
  }

  *apply(
    rows: readonly (readonly Raw[])[],
    target: Target,
    run: StatementRun,
    parameters: readonly Raw[],
  ): Generator<void, Done> {
    const { plan } = this;
    const table = plan.table.name;
    const returned: Raw[][] = [];
    const seen = new Set<string>();
    let count = 0;
    for (const [at, row] of rows.entries()) {
      if (at > 0 && at % SLICE === 0) {
        run.checkCancelled();
        yield;
      }
      const id = String(row[0]);
      // A join may find a document twice; it changes once.
      if (seen.has(id)) continue;
      seen.add(id);
      // Another part of the same statement changed it: that change stands.
      if (run.before !== undefined && run.overlay?.changedSince(run.before, table, id)) continue;
      const version = target.change.get(table, id);
      if (version === undefined || !isWhatWasSeen(version, row[1] ?? null)) throw new Moved("a document changed meanwhile");
      const after = plan.kind === "delete" ? version : this.#update(version, row, target, run);
      count++;
      if (plan.kind === "delete") target.change.delete(table, id);
      if (this.#returning !== null) {
        const carried = row.slice(FIXED + plan.sets.length);
        returned.push(this.#returning.row(after, carried, target, run, parameters));
      }
    }
    return { count, returned };
  }

  #update(version: Version, row: readonly Raw[], target: Target, run: StatementRun): Version {
    const { plan } = this;
    const assigned = plan.sets.map(({ column }, at): Assigned => ({ column, type: column.type, value: row[FIXED + at] ?? null }));
    return this.#put(version, assigned, target, run);
  }

  #put(version: Version, assigned: readonly Assigned[], target: Target, run: StatementRun): Version {
    const { plan } = this;
    if (run.overlay !== null) this.#checkUnique(version, assigned, target, run);
    return within(run.context, () => putChanged(plan.table, version, assigned, target, run));
  }

  /** Inside a transaction the writer's own check comes only with COMMIT. */
  #checkUnique(version: Version, assigned: readonly Assigned[], target: Target, run: StatementRun): void {
    const { table } = this.plan;
    for (const constraint of constraintsOf(table)) {
      const touched = constraint.columns.some((name) => assigned.some(({ column }) => column.name === name));
      if (constraint.isId || !touched) continue;
      const whole = [...assigned, ...storedValues(table, version, constraint.columns, assigned, run.context.style)];
      const id = findByKey(table, constraint, keyValues(constraint, whole), target.view, run);
      if (id !== null && id !== version.id) duplicate(table, constraint, showKey(constraint, whole, id, run));
    }
  }
}

function byKey(
  { kind, target, where, sets, ctes, returning }: ChangePlan,
  parameterOids: readonly number[],
): { readonly key: KeyTest; readonly values: readonly Compute[] } | null {
  const key = KeyTest.of(where, target, parameterOids);
  if (key === null || ctes.length > 0 || (returning !== null && returning.carried.length > 0)) return null;
  const values = kind === "delete" ? [] : compileAll(sets, [target]);
  return values === null ? null : { key, values };
}

/** Rows of the transaction itself carry -1; those of storage the entry that wrote them. */
function isWhatWasSeen(version: Version, from: Raw): boolean {
  return Number(from) === -1 ? version.from === Number.MAX_SAFE_INTEGER : version.from === Number(from);
}
