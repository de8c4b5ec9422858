// Looking for the document another row's unique value belongs to.
import type { ReadView } from "../../core/contract.ts";
import type { TableInfo } from "../../state/store.ts";
import { Checker } from "../check/checker.ts";
import { tableSource } from "../check/table.ts";
import { type Expression, Parameters } from "../check/tree.ts";
import { fail } from "../errors.ts";
import { within } from "../functions/context.ts";
import { constraintsOf, type KeyConstraint, splitKeyTexts } from "../plan/constraints.ts";
import { NO_RELATIONS } from "../relations.ts";
import { OID, type Present, type Raw, typeByOid } from "../types/index.ts";
import type { StatementRun } from "./contract.ts";
import type { Assigned } from "./document.ts";
import { bindAll, statementOn, Text } from "./prepared.ts";

interface Finder {
  readonly text: Text;
  readonly types: readonly number[];
}

const finders = new WeakMap<TableInfo, Map<string, Finder>>();

/** `SELECT id … WHERE a = $1 AND b = $2`, made once for each constraint. */
function finderOf(table: TableInfo, constraint: KeyConstraint): Finder {
  let known = finders.get(table);
  if (known === undefined) {
    known = new Map();
    finders.set(table, known);
  }
  let finder = known.get(constraint.name);
  if (finder === undefined) {
    const around = {
      catalog: { version: 0, tables: new Map() },
      relations: NO_RELATIONS,
      database: "",
      fetched: new Map(),
      fieldColumns: 0,
    };
    const source = tableSource(table, table.name, new Checker(around, new Parameters([])));
    const column = (index: number): Expression => {
      const { type, typmod } = source.columns[index] ?? { type: OID.text, typmod: -1 };
      return { kind: "column", source, index, type, typmod, at: -1 };
    };
    const indexes = constraint.columns.map((name) => source.columns.findIndex((candidate) => candidate.name === name));
    const types = indexes.map((index) => source.columns[index]?.type ?? OID.text);
    const tests = indexes.map((index, at): Expression => {
      const right: Expression = { kind: "parameter", number: at + 1, type: types[at] ?? OID.text, typmod: -1, at: -1 };
      return { kind: "compare", operator: "=", left: column(index), right, type: OID.bool, typmod: -1, at: -1 };
    });
    const where: Expression = { kind: "and", args: tests, type: OID.bool, typmod: -1, at: -1 };
    finder = {
      types,
      text: new Text([table], (printer) => {
        const from = printer.table(source);
        return `SELECT ${source.alias}.id FROM ${from} WHERE ${printer.expression(where)} LIMIT 1`;
      }),
    };
    known.set(constraint.name, finder);
  }
  return finder;
}

/** The id of the document that has these values; null when none, or when one of the values is null. */
export function findByKey(
  table: TableInfo,
  constraint: KeyConstraint,
  values: readonly Raw[],
  view: Pick<ReadView, "state" | "nowMs">,
  run: StatementRun,
): string | null {
  if (values.some((value) => value === null)) return null;
  const { text, types } = finderOf(table, constraint);
  const variant = text.variant(view.state, run.overlay);
  const bound = bindAll(variant, { run, parameters: values, parameterOids: types, nowMs: view.nowMs, overlay: run.overlay });
  const row = within(run.context, () => statementOn(variant, view.state.database).get(...bound));
  return row === undefined ? null : String(row[0]);
}

/**
 * The same among stored documents only, as a transaction sees them: those it changed itself are left out. The overlay knows of its
 * own by index; laying it over the table for each row would make many rows quadratic.
 */
export function findStoredByKey(
  table: TableInfo,
  constraint: KeyConstraint,
  values: readonly Raw[],
  view: Pick<ReadView, "state" | "nowMs">,
  run: StatementRun,
): string | null {
  const { overlay } = run;
  if (overlay?.replaces(table.name)) return null;
  const id = findByKey(table, constraint, values, view, { ...run, overlay: null });
  return id !== null && overlay?.owns(table.name, id) ? null : id;
}

/** Values of a constraint's columns among assigned ones; absent ones are null. */
export function keyValues(constraint: KeyConstraint, assigned: readonly Assigned[]): Raw[] {
  return constraint.columns.map((name) => assigned.find(({ column }) => column.name === name)?.value ?? null);
}

export function duplicate(table: TableInfo, constraint: KeyConstraint, texts: readonly string[]): never {
  return fail("23505", `duplicate key value violates unique constraint "${constraint.name}"`, {
    detail: `Key (${constraint.columns.join(", ")})=(${texts.join(", ")}) already exists.`,
    schema: "public",
    table: table.name,
    constraint: constraint.name,
  });
}

/** The constraint a document's id stands for. */
export function idConstraint(table: TableInfo): KeyConstraint {
  return constraintsOf(table)[0] ?? { name: `${table.name}_pkey`, columns: ["id"], isId: true };
}

export function showKey(constraint: KeyConstraint, assigned: readonly Assigned[], id: string, run: StatementRun): string[] {
  if (constraint.isId) return splitKeyTexts(id, constraint.columns.length);
  return constraint.columns.map((name) => {
    const found = assigned.find(({ column }) => column.name === name);
    return found === undefined || found.value === null
      ? "null"
      : typeByOid(found.type).output(found.value as Present, run.context.style);
  });
}
