// Statements of several parts: INSERT, UPDATE, DELETE and MERGE in WITH, and MERGE itself. Every part reads what was there before
// the statement; what it changes goes into an overlay, which is the transaction's own or is committed at the end. Where the store
// changed meanwhile the statement starts again; the last attempt runs whole in the writer's turn.

import type { ReadView } from "../../core/contract.ts";
import type { TableInfo } from "../../state/store.ts";
import type { Cte, Query } from "../check/tree.ts";
import type { SqlColumn, SqlCursor, SqlText } from "../contract.ts";
import { SqlError } from "../contract.ts";
import { fail } from "../errors.ts";
import { within } from "../functions/context.ts";
import type { ChangePlan } from "../plan/change.ts";
import type { InsertPlan } from "../plan/insert.ts";
import type { MergePlan } from "../plan/merge.ts";
import { printQuery } from "../print/query.ts";
import type { Raw } from "../types/index.ts";
import { typeByOid } from "../types/index.ts";
import { Change, Moved } from "./change.ts";
import { readOverlay, type StatementRun } from "./contract.ts";
import { RowsCursor } from "./cursor.ts";
import { Insert } from "./insert.ts";
import { Merge } from "./merge.ts";
import type { Overlay } from "./overlay.ts";
import { bindAll, statementOn, Text } from "./prepared.ts";
import { rowsNow } from "./row-sources.ts";
import { startElsewhere } from "./select.ts";
import { drain, type Target } from "./target.ts";
import { readParameters, rowPrinter } from "./values.ts";
import type { WriteParts } from "./write.ts";

export type ModifyingPlan = InsertPlan | ChangePlan | MergePlan;

export interface CompoundPlan {
  /** Statements of WITH in their order, with the names their rows go by. */
  readonly parts: readonly { readonly cte: Omit<Cte, "query">; readonly plan: ModifyingPlan }[];
  readonly main: ModifyingPlan | { readonly kind: "select"; readonly query: Query };
}

const ATTEMPTS = 4;
/** Rows of the tables read, multiplied, up to which a statement runs on the main thread. */
const SMALL = 20_000;

interface Step {
  readonly source: Text | null;
  readonly types: readonly number[];
  apply(rows: readonly (readonly Raw[])[] | null, target: Target, run: StatementRun, parameters: readonly Raw[]): Outcome;
}

interface Outcome {
  readonly count: number;
  readonly returned: readonly (readonly Raw[])[];
}

export class Compound {
  readonly #parts: WriteParts;
  readonly #plan: CompoundPlan;
  readonly #steps: readonly { readonly name: string | null; readonly step: Step }[];
  readonly #unbounded: boolean;

  constructor(plan: CompoundPlan, parts: WriteParts, unbounded: boolean) {
    this.#plan = plan;
    this.#parts = parts;
    this.#unbounded = unbounded;
    this.#steps = [
      ...plan.parts.map(({ cte, plan: part }) => ({ name: cte.alias, step: stepOf(part, parts) })),
      { name: null, step: plan.main.kind === "select" ? selectStep(plan.main.query, parts) : stepOf(plan.main, parts) },
    ];
  }

  async run(run: StatementRun, texts: readonly SqlText[], columns: readonly SqlColumn[] | null): Promise<SqlCursor> {
    const parameters = within(run.context, () => readParameters(texts, this.#parts.parameterOids, run.context.style));
    const done = await (run.overlay === null ? this.#alone(run, parameters) : this.#within(run, run.overlay, parameters));
    const show = rowPrinter(columns ?? [], run.context.style);
    const rows = columns === null ? [] : within(run.context, () => done.returned.map(show));
    return new RowsCursor(columns, rows, this.#tag(done));
  }

  #tag({ count, returned }: Outcome): string {
    const { main } = this.#plan;
    switch (main.kind) {
      case "select":
        return `SELECT ${returned.length}`;
      case "insert":
        return `INSERT 0 ${count}`;
      default:
        return `${main.kind.toUpperCase()} ${count}`;
    }
  }

  /** In a transaction: its overlay takes the changes, or none of them. */
  async #within(run: StatementRun, overlay: Overlay, parameters: readonly Raw[]): Promise<Outcome> {
    const mark = overlay.mark();
    this.#intent(run);
    try {
      for (let attempt = 1; ; attempt++) {
        try {
          return await this.#attempt({ ...run, before: overlay.copy() }, overlay, parameters);
        } catch (thrown) {
          if (!(thrown instanceof Moved)) throw thrown;
          if (attempt >= ATTEMPTS) return serialization();
          overlay.restore(mark);
        }
      }
    } catch (thrown) {
      overlay.restore(mark);
      throw thrown;
    }
  }

  /** Outside one: the statement is a transaction of its own. */
  async #alone(run: StatementRun, parameters: readonly Raw[]): Promise<Outcome> {
    for (let attempt = 1; attempt < ATTEMPTS; attempt++) {
      const overlay = run.scratch();
      try {
        const done = await this.#attempt({ ...run, overlay, before: null }, overlay, parameters);
        run.checkCancelled();
        if (!overlay.isEmpty) {
          await run.tenant.writeSliced(run.caller, this.#intent(run), function* (tx) {
            yield* overlay.apply(tx);
          });
        }
        return done;
      } catch (thrown) {
        const again = thrown instanceof Moved || (thrown instanceof SqlError && thrown.fields.sqlstate === "40001");
        if (!again) throw thrown;
      }
    }
    if (this.#parts.usesCatalog) return serialization();
    const done = await run.tenant.write(run.caller, this.#intent(run), (tx) => {
      // What it is laid over is the writer's own state, with the writes of the turn before it.
      const overlay = run.scratch({ read: (_caller, read) => read(tx) });
      const outcome = this.#here({ ...run, overlay, before: null }, overlay, tx, parameters);
      drain(overlay.apply(tx));
      return outcome;
    });
    return done.value;
  }

  #intent(run: StatementRun): ReturnType<StatementRun["intent"]> {
    const { parts, main } = this.#plan;
    const plans = [...parts.map(({ plan }) => plan), ...(main.kind === "select" ? [] : [main])];
    const kinds = new Set(plans.map(({ kind }) => (kind === "merge" ? "transaction" : kind)));
    const [kind = "transaction"] = kinds;
    const [first] = plans;
    return run.intent(
      kinds.size === 1 ? kind : "transaction",
      first?.table?.name ?? (first?.kind === "insert" ? first.name : ""),
      [],
    );
  }

  async #attempt(run: StatementRun, overlay: Overlay, parameters: readonly Raw[]): Promise<Outcome> {
    const returned = new Map<string, string>();
    const own: StatementRun = { ...run, returned };
    // In one go where that takes no time, so that all parts read one state.
    const now = run.tenant.read(run.caller, (view) =>
      this.#isSmall(view) ? this.#here(own, overlay, view, parameters) : view.sequence,
    );
    if (typeof now !== "number") return now;
    let outcome: Outcome = { count: 0, returned: [] };
    for (const { name, step } of this.#steps) {
      const rows = step.source === null ? null : await this.#rowsElsewhere(step.source, own, parameters);
      outcome = run.tenant.read(run.caller, (view) => {
        // Parts that read different states would not be one statement.
        if (this.#steps.length > 1 && view.sequence !== now) throw new Moved("the store changed meanwhile");
        return step.apply(rows, { change: overlay, view }, own, parameters);
      });
      if (name !== null) returned.set(name, rowsJson(outcome.returned, step.types));
    }
    return outcome;
  }

  #isSmall(view: ReadView): boolean {
    if (this.#unbounded || this.#parts.tables.some(({ name }) => view.catalog().tables.get(name) === undefined)) return false;
    const product = this.#parts.tables.reduce((rows, { name }) => rows * Math.max(1, view.count(name)), 1);
    return product <= SMALL;
  }

  #here(
    run: StatementRun & { returned?: ReadonlyMap<string, string> },
    overlay: Overlay,
    view: ReadView,
    parameters: readonly Raw[],
  ): Outcome {
    const returned = new Map<string, string>();
    const own: StatementRun = { ...run, returned };
    let outcome: Outcome = { count: 0, returned: [] };
    for (const { name, step } of this.#steps) {
      const rows = step.source === null ? null : this.#rowsHere(step.source, own, view, parameters);
      outcome = step.apply(rows, { change: overlay, view }, own, parameters);
      if (name !== null) returned.set(name, rowsJson(outcome.returned, step.types));
    }
    return outcome;
  }

  #rowsHere(text: Text, run: StatementRun, view: ReadView, parameters: readonly Raw[]): Raw[][] {
    const overlay = readOverlay(run);
    const variant = text.variant(view.state, overlay);
    const rowSources = rowsNow(variant.printed.rowSources, run) ?? fail("58000", "internal error: a source must be waited for");
    const { parameterOids } = this.#parts;
    const values = { run, parameters, parameterOids, nowMs: view.nowMs, overlay, rowSources };
    return within(run.context, () => statementOn(variant, view.state.database).all(...bindAll(variant, values)));
  }

  async #rowsElsewhere(text: Text, run: StatementRun, parameters: readonly Raw[]): Promise<Raw[][]> {
    const source = await startElsewhere(run, text, parameters, this.#parts, null);
    const rows: Raw[][] = [];
    for (;;) {
      const batch = await source.next(0);
      for (const row of batch.rows) rows.push(row);
      if (batch.done) return rows;
      if (rows.length > this.#parts.rowsMaximum) {
        source.close();
        fail("54000", `one part of a statement may read or change ${this.#parts.rowsMaximum} rows; take fewer at a time`);
      }
    }
  }
}

function serialization(): never {
  return fail("40001", "could not serialize access due to concurrent update", {
    hint: "The transaction might succeed if retried.",
  });
}

function stepOf(plan: ModifyingPlan, parts: WriteParts): Step {
  if (plan.kind === "merge") {
    const merge = new Merge(plan, parts);
    return {
      source: merge.source,
      types: [],
      apply: (rows, target, run, parameters) => drain(merge.apply(rows ?? [], target, run, parameters)),
    };
  }
  const types = plan.returning?.query.columns.map(({ type }) => type) ?? [];
  if (plan.kind === "insert") {
    const insert = new Insert(plan, parts);
    return {
      source: insert.source,
      types,
      apply: (rows, target, run, parameters) => {
        const values = rows === null ? insert.literals(parameters) : insert.typed(rows);
        return drain(insert.apply(insert.documents(values, run), target, run, parameters));
      },
    };
  }
  const change = new Change(plan, parts);
  return {
    source: change.source,
    types,
    apply: (rows, target, run, parameters) => drain(change.apply(rows ?? [], target, run, parameters)),
  };
}

function selectStep(query: Query, parts: WriteParts): Step {
  const tables: readonly TableInfo[] = parts.tables;
  return {
    source: new Text(tables, (printer) => printQuery(printer, query)),
    types: [],
    apply: (rows) => ({ count: rows?.length ?? 0, returned: rows ?? [] }),
  };
}

/** Rows as `handedOver` of print/query.ts reads them. */
function rowsJson(rows: readonly (readonly Raw[])[], types: readonly number[]): string {
  const storages = types.map((type) => typeByOid(type).storage);
  const one = (value: Raw, at: number): string => {
    if (value === null) return "null";
    if (Buffer.isBuffer(value)) return `"${value.toString("hex")}"`;
    if (typeof value === "string") return JSON.stringify(value);
    if (typeof value === "bigint") return String(value);
    if (!Number.isFinite(value)) return value > 0 ? "9e999" : "-9e999";
    return storages[at] === "real" && Number.isInteger(value) ? `${value.toExponential()}` : String(value);
  };
  return `[${rows.map((row) => `[${storages.map((_, at) => one(row[at] ?? null, at)).join()}]`).join()}]`;
}
