// INSERT: rows to documents, put where the statement's changes go; a document that is there already is a conflict.

import type { TableInfo, Version } from "../../state/store.ts";
import type { SqlColumn, SqlCursor, SqlText } from "../contract.ts";
import { fail } from "../errors.ts";
import { within } from "../functions/context.ts";
import { constraintsOf, type KeyConstraint } from "../plan/constraints.ts";
import type { InsertPlan } from "../plan/insert.ts";
import { printCtes, printQuery } from "../print/query.ts";
import type { Raw } from "../types/index.ts";
import type { StatementRun } from "./contract.ts";
import { RowsCursor } from "./cursor.ts";
import { type Assigned, changeDocument, newDocument } from "./document.ts";
import { assignedBy, type Compute, compileAll, Document } from "./evaluate.ts";
import { duplicate, findByKey, findStoredByKey, idConstraint, keyValues, showKey } from "./keys.ts";
import { bindAll, statementOn, Text } from "./prepared.ts";
import { ReturningRows } from "./returning.ts";
import { startElsewhere } from "./select.ts";
import { isSimple, simpleValue } from "./simple.ts";
import { changeByKey, changeInSlices, drain, type Target } from "./target.ts";
import { readParameters } from "./values.ts";
import type { WriteParts } from "./write.ts";

interface Values {
  readonly values: readonly Raw[];
  readonly types: readonly number[];
}

/** A row ready to be put: its values, and the document they make. */
export interface Row {
  readonly assigned: readonly Assigned[];
  readonly id: string;
  readonly body: string;
}

/** Rows put before other work gets a turn. */
const SLICE = 200;

export class Insert {
  readonly plan: InsertPlan;
  readonly #parts: WriteParts;
  readonly #source: Text | null;
  readonly #conflict: Text | null;
  /** DO UPDATE's values where they need no SQLite. */
  readonly #settled: readonly Compute[] | null;
  readonly #returning: ReturningRows | null;

  constructor(plan: InsertPlan, parts: WriteParts) {
    this.plan = plan;
    this.#parts = parts;
    const { query, conflict } = plan;
    const rows = plan.rows;
    if (query !== null) this.#source = new Text(parts.tables, (printer) => printQuery(printer, query));
    else if (rows?.some((row) => !row.every(isSimple))) {
      // VALUES, because a compound SELECT may have 500 terms only.
      this.#source = new Text(
        parts.tables,
        (printer) =>
          `${printCtes(printer, plan.ctes)}VALUES ${rows.map((row) => `(${row.map((item) => printer.expression(item)).join(", ")})`).join(", ")}`,
      );
    } else this.#source = null;
    this.#conflict = conflict === null || conflict.action === "nothing" ? null : conflictText(conflict);
    this.#settled =
      conflict === null || conflict.action === "nothing" || conflict.where !== null
        ? null
        : compileAll(conflict.sets, [conflict.existing, conflict.excluded]);
    this.#returning = plan.returning === null ? null : new ReturningRows(plan.returning, parts);
  }

  async run(run: StatementRun, texts: readonly SqlText[], columns: readonly SqlColumn[] | null): Promise<SqlCursor> {
    const { parameterOids } = this.#parts;
    const parameters = within(run.context, () => readParameters(texts, parameterOids, run.context.style));
    const rows = this.documents(await this.#rows(run, parameters), run);
    const { name } = this.plan;
    const words = { operation: "insert", table: name, ids: rows.slice(0, 20).map((row) => row.id) };
    const done =
      rows.length <= SLICE
        ? await changeByKey(run, words, this.#inMemory, (target) => drain(this.apply(rows, target, run, parameters)))
        : await changeInSlices(run, words, (target) => this.apply(rows, target, run, parameters));
    return new RowsCursor(columns, this.#returning?.shown(done.returned, run) ?? [], `INSERT 0 ${done.count}`);
  }

  /** Whether the documents put by key can be decided in memory. */
  get #inMemory(): boolean {
    const { table, conflict } = this.plan;
    return (
      table !== null &&
      table.definition === null &&
      (conflict === null || conflict.action === "nothing" || this.#settled !== null)
    );
  }

  /** Where the rows come from; null: they are literal. */
  get source(): Text | null {
    return this.#source;
  }

  /** Literal rows. */
  literals(parameters: readonly Raw[]): Values[] {
    return (this.plan.rows ?? []).map((row) => ({
      values: row.map((item) => simpleValue(item, parameters)),
      types: row.map((item) => item.type),
    }));
  }

  /** Rows of the source with their types. */
  typed(rows: readonly (readonly Raw[])[]): Values[] {
    const { plan } = this;
    const types = (at: number): readonly number[] => (plan.rows?.[at] ?? plan.query?.columns ?? []).map((item) => item.type);
    return rows.map((values, at) => ({ values, types: types(at) }));
  }

  documents(rows: readonly Values[], run: StatementRun): Row[] {
    return rows.map((row) => this.#rowOf(row, run));
  }

  /** The one row of VALUES with these parameters (in internal form), at once: COPY makes its rows so. */
  rowNow(run: StatementRun, parameters: readonly Raw[]): Row {
    const items = this.plan.rows?.[0] ?? [];
    const types = items.map((item) => item.type);
    const text = this.#source;
    if (text === null) return this.#rowOf({ values: items.map((item) => simpleValue(item, parameters)), types }, run);
    const { parameterOids } = this.#parts;
    const values = run.tenant.read(run.caller, (view) => {
      const variant = text.variant(view.state, run.overlay);
      const bound = bindAll(variant, { run, parameters, parameterOids, nowMs: view.nowMs, overlay: run.overlay });
      return within(run.context, () => statementOn(variant, view.state.database).get(...bound));
    });
    return this.#rowOf({ values: values ?? [], types }, run);
  }

  /** The rows' values in internal form, with the types they have. */
  async #rows(run: StatementRun, parameters: readonly Raw[]): Promise<Values[]> {
    const text = this.#source;
    if (text === null) return this.literals(parameters);
    const { parameterOids, heavy, usesCatalog } = this.#parts;
    if (!heavy) {
      const found = run.tenant.read(run.caller, (view) => {
        const variant = text.variant(view.state, run.overlay);
        const bound = bindAll(variant, { run, parameters, parameterOids, nowMs: view.nowMs, overlay: run.overlay });
        return within(run.context, () => statementOn(variant, view.state.database).all(...bound));
      });
      return this.typed(found);
    }
    const source = await startElsewhere(run, text, parameters, { parameterOids, usesCatalog }, null);
    const found: Raw[][] = [];
    for (;;) {
      const batch = await source.next(0);
      for (const values of batch.rows) found.push(values);
      if (batch.done) return this.typed(found);
      if (found.length > this.#parts.rowsMaximum) {
        source.close();
        fail("54000", `one statement may insert ${this.#parts.rowsMaximum} rows; insert in smaller parts`);
      }
    }
  }

  #rowOf({ values, types }: Values, run: StatementRun): Row {
    const { columns, table } = this.plan;
    const assigned = columns.map(
      (column, at): Assigned => ({ column, type: types[at] ?? column.type, value: values[at] ?? null }),
    );
    return within(run.context, () => {
      const { id, body } = newDocument(table, assigned, run.context.style);
      return { assigned, id: id ?? this.#madeId(run), body };
    });
  }

  /** A document without an id gets one; a declared key of another type must be given. */
  #madeId(run: StatementRun): string {
    const definition = this.plan.table?.definition ?? null;
    const key = definition?.columns.find((column) => column.name === "id");
    if (definition !== null && key !== undefined && !["uuid", "text", "varchar"].includes(key.type)) {
      return fail("23502", `null value in column "id" of relation "${definition.table}" violates not-null constraint`, {
        schema: "public",
        table: definition.table,
        column: "id",
      });
    }
    return run.context.uuid();
  }

  *apply(
    rows: Iterable<Row>,
    target: Target,
    run: StatementRun,
    parameters: readonly Raw[],
  ): Generator<void, { count: number; returned: Raw[][] }> {
    const { plan } = this;
    const table = plan.table ?? { tid: 0, name: plan.name, definition: null, fields: [], kinds: 1 };
    const others = constraintsOf(table).filter((constraint) => !constraint.isId);
    const touched = new Set<string>();
    const returned: Raw[][] = [];
    let count = 0;
    let at = 0;
    for (const row of rows) {
      if (at++ > 0 && at % SLICE === 0) {
        run.checkCancelled();
        yield;
      }
      const clash = this.#clash(table, others, row, target, run);
      let version: Version | null;
      if (clash === null) version = target.change.put(plan.name, row.id, row.body);
      else version = this.#resolve(table, clash, row, target, run, parameters, touched);
      if (version === null) continue;
      touched.add(version.id);
      count++;
      if (this.#returning !== null) returned.push(this.#returning.row(version, [], target, run, parameters));
    }
    return { count, returned };
  }

  /** The document a row collides with, and by which constraint. */
  #clash(
    table: TableInfo,
    others: readonly KeyConstraint[],
    row: Row,
    target: Target,
    run: StatementRun,
  ): { constraint: KeyConstraint; version: Version } | null {
    const same = target.change.get(this.plan.name, row.id);
    if (same !== undefined) return { constraint: idConstraint(table), version: same };
    // Outside a transaction and without ON CONFLICT the writer itself finds a broken UNIQUE.
    if (others.length === 0 || (this.plan.conflict === null && run.overlay === null)) return null;
    for (const constraint of others) {
      // Without ON CONFLICT the overlay itself finds what collides with its own rows.
      const find = this.plan.conflict === null ? findStoredByKey : findByKey;
      const id = find(table, constraint, keyValues(constraint, row.assigned), target.view, run);
      const version = id === null ? undefined : target.change.get(table.name, id);
      if (version !== undefined) return { constraint, version };
    }
    return null;
  }

  #resolve(
    table: TableInfo,
    clash: { constraint: KeyConstraint; version: Version },
    row: Row,
    target: Target,
    run: StatementRun,
    parameters: readonly Raw[],
    touched: ReadonlySet<string>,
  ): Version | null {
    const { conflict } = this.plan;
    const wanted = conflict !== null && (conflict.constraint === null || conflict.constraint.name === clash.constraint.name);
    if (conflict === null || !wanted)
      return duplicate(table, clash.constraint, showKey(clash.constraint, row.assigned, row.id, run));
    if (conflict.action === "nothing") return null;
    if (touched.has(clash.version.id)) {
      return fail("21000", "ON CONFLICT DO UPDATE command cannot affect row a second time", {
        hint: "Ensure that no rows proposed for insertion within the same command have duplicate constrained values.",
      });
    }
    const text = this.#conflict;
    if (text === null) return fail("58000", "internal error: a conflict without a plan");
    const excluded: Version = { table: table.name, id: row.id, kind: 0, body: row.body, expiresAt: 0, from: 0, to: null };
    const documents = [new Document(clash.version), new Document(excluded)];
    const here = this.#settled === null ? null : assignedBy(conflict.sets, this.#settled, { documents, parameters });
    if (here !== null) return within(run.context, () => putChanged(table, clash.version, here, target, run));
    const variant = text.variant(target.view.state, run.overlay);
    const values = {
      run,
      parameters,
      parameterOids: this.#parts.parameterOids,
      nowMs: target.view.nowMs,
      overlay: run.overlay,
      given: { existing: clash.version, excluded },
    };
    const found = within(run.context, () => statementOn(variant, target.view.state.database).get(...bindAll(variant, values)));
    // DO UPDATE … WHERE said no: the row is neither inserted nor changed.
    if (found === undefined) return null;
    const assigned = conflict.sets.map(({ column }, at): Assigned => ({ column, type: column.type, value: found[at] ?? null }));
    return within(run.context, () => putChanged(table, clash.version, assigned, target, run));
  }
}

/** Puts a changed document, moving it when its key changed. */
export function putChanged(
  table: TableInfo,
  version: Version,
  assigned: readonly Assigned[],
  target: Target,
  run: StatementRun,
): Version {
  const changed = changeDocument(table, version, assigned, run.context.style);
  const options = { kind: changed.kind, expiresAt: version.expiresAt };
  if (changed.id === version.id) return target.change.put(table.name, version.id, changed.body, options);
  if (target.change.get(table.name, changed.id) !== undefined) {
    const constraint = idConstraint(table);
    duplicate(table, constraint, showKey(constraint, assigned, changed.id, run));
  }
  target.change.delete(table.name, version.id);
  return target.change.put(table.name, changed.id, changed.body, options);
}

function conflictText(conflict: NonNullable<InsertPlan["conflict"]>): Text {
  return new Text([], (printer) => {
    const values = conflict.sets.map(({ value }, at) => `${printer.expression(value)} AS c${at + 1}`);
    const where = conflict.where === null ? "" : ` WHERE ${printer.expression(conflict.where)}`;
    return `SELECT ${values.join(", ")} FROM ${printer.table(conflict.existing)}, ${printer.table(conflict.excluded)}${where}`;
  });
}
