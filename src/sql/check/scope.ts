// Which names mean what: the FROM items of a query, those of the queries around it, and the names WITH gives.
import { fail } from "../errors.ts";
import { OID } from "../types/index.ts";
import type { Aggregate, Cte, Expression, FunctionSource, Grouping, Source, Window } from "./tree.ts";

/** A column as a name finds it. */
export interface NamedColumn {
  readonly name: string;
  readonly expression: Expression;
  /** Found by name, but no part of `*`. */
  readonly hidden: boolean;
}

export interface NameSpaceItem {
  /** Alias or table name; "" for the merged columns of JOIN … USING. */
  readonly name: string;
  readonly schema: string;
  readonly columns: readonly NamedColumn[];
  /** Whether its columns are found without qualification and belong to `*`. */
  unqualified: boolean;
  readonly source: Source | null;
  /** Set while the other side of a RIGHT or FULL join is checked: it is there, but may not be referred to. */
  barred?: boolean;
}

export class Scope {
  readonly parent: Scope | null;
  /** False for what stands beside the parent's FROM items without seeing them: derived tables without LATERAL, JOIN conditions. */
  readonly seesParent: boolean;
  readonly items: NameSpaceItem[] = [];
  /** Every item ever added, also those no longer visible: what errors know. */
  readonly known: NameSpaceItem[] = [];
  /** Around a whole statement: its WITH may change data. */
  root = false;
  /** While FROM is being checked: an aggregate of this level has no place yet. */
  inFrom = false;
  /** Above 0 in the nullable side of an outer join. */
  nullable = 0;
  readonly ctes: Cte[] = [];
  /** Aggregates and window calls met while checking this query. */
  readonly aggregates: Aggregate[] = [];
  readonly windows: Window[] = [];
  readonly groupings: Grouping[] = [];
  /** Set while in a clause where aggregates (or windows) have no place: the words for the error. */
  forbidAggregates: string | null = null;
  forbidWindows: string | null = null;
  /** Set-returning functions of the target list, moved to FROM. */
  readonly expanded: FunctionSource[] = [];
  allowExpansion = false;
  /** Where the last of them stands. */
  expandedAt = -1;
  /** The clause being checked, for errors. */
  clause = "this place";

  constructor(parent: Scope | null, seesParent = true) {
    this.parent = parent;
    this.seesParent = seesParent;
  }

  add(item: NameSpaceItem): void {
    if (item.name !== "" && this.items.some((other) => other.name === item.name && other.schema === item.schema)) {
      fail("42712", `table name "${item.name}" specified more than once`);
    }
    this.items.push(item);
    this.known.push(item);
  }

  /** This level and those around it whose items can be named. */
  *levels(): Generator<Scope> {
    let sees = true;
    for (let level: Scope | null = this; level !== null; level = level.parent) {
      if (sees) yield level;
      sees = level.seesParent;
    }
  }

  findCte(name: string): Cte | undefined {
    return this.ctes.findLast((cte) => cte.name === name) ?? this.parent?.findCte(name);
  }
}

/** The namespace item of a source. */
export function itemOf(source: Source, schema = ""): NameSpaceItem {
  return {
    name: source.name,
    schema,
    source,
    unqualified: true,
    columns: source.columns.map((column, index) => ({
      name: column.name,
      hidden: column.hidden ?? false,
      expression: { kind: "column", source, index, type: column.type, typmod: column.typmod, at: -1 },
    })),
  };
}

export const located = (expression: Expression, at: number): Expression => ({ ...expression, at });

/** The row of an item as one value. */
export function wholeRow(item: NameSpaceItem, at: number): Expression {
  if (item.source !== null) return { kind: "row-of", source: item.source, type: OID.record, typmod: -1, at };
  const shown = item.columns.filter((column) => !column.hidden);
  const items = shown.map((column) => column.expression);
  return { kind: "row", items, names: shown.map((column) => column.name), type: OID.record, typmod: -1, at };
}

/** Refuses what is on the wrong side of an outer join. */
function reachable(item: NameSpaceItem, at: number): NameSpaceItem {
  if (item.barred !== true) return item;
  return fail("42P10", `invalid reference to FROM-clause entry for table "${item.name}"`, {
    at,
    detail: "The combining JOIN type must be INNER or LEFT for a LATERAL reference.",
  });
}

function ambiguous(name: string, at: number): never {
  return fail("42702", `column reference "${name}" is ambiguous`, { at });
}

/** An unqualified column, here or further out; a FROM item's name stands for its row. */
export function findColumn(scope: Scope, name: string, at: number): Expression {
  for (const level of scope.levels()) {
    const found: { column: NamedColumn; item: NameSpaceItem }[] = [];
    for (const item of level.items) {
      if (!item.unqualified) continue;
      const matching = item.columns.filter((column) => column.name === name);
      if (matching.length > 1) return ambiguous(name, at);
      for (const column of matching) found.push({ column, item });
    }
    // A hidden column gives way to a shown one of the same name.
    const shown = found.filter(({ column }) => !column.hidden);
    const chosen = shown.length > 0 ? shown : found;
    if (chosen.length > 1) return ambiguous(name, at);
    const [only] = chosen;
    if (only !== undefined) {
      reachable(only.item, at);
      return located(only.column.expression, at);
    }
  }
  for (const level of scope.levels()) {
    const item = level.items.find((candidate) => candidate.name === name && name !== "");
    if (item === undefined) continue;
    reachable(item, at);
    // A function in FROM with one column is that column.
    const only = item.source?.kind === "function" && item.columns.length === 1 ? item.columns[0] : undefined;
    return only === undefined ? wholeRow(item, at) : located(only.expression, at);
  }
  return fail("42703", `column "${name}" does not exist`, { at, ...suggestion(scope, name, null) });
}

/** PostgreSQL's hint for a column that is elsewhere, or for a near miss. */
function suggestion(scope: Scope, name: string, table: string | null): { hint?: string } {
  const near: string[] = [];
  let nearest = Math.min(Math.floor(name.length / 2), 3) + 1;
  for (let level: Scope | null = scope; level !== null; level = level.parent) {
    for (const item of level.known) {
      if (item.name === "" || (table !== null && item.name !== table)) continue;
      for (const column of item.columns) {
        if (column.name === name && !column.hidden) {
          return {
            hint: `There is a column named "${name}" in table "${item.name}", but it cannot be referenced from this part of the query.`,
          };
        }
        const distance = editDistance(name, column.name);
        if (distance >= nearest + (near.length === 0 ? 0 : 1) || distance > 3) continue;
        if (distance < nearest) near.length = 0;
        nearest = Math.min(nearest, distance);
        if (distance === nearest) near.push(`"${item.name}.${column.name}"`);
      }
    }
  }
  if (near.length === 1) return { hint: `Perhaps you meant to reference the column ${near[0]}.` };
  if (near.length === 2) return { hint: `Perhaps you meant to reference the column ${near[0]} or the column ${near[1]}.` };
  return {};
}

function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 3) return 99;
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitute = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitute, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 99;
}

export function findItem(scope: Scope, name: string, schema: string | undefined): NameSpaceItem | undefined {
  for (const level of scope.levels()) {
    const found = level.items.find(
      (item) =>
        item.name === name && (schema === undefined || item.schema === schema || (item.schema === "" && schema === "public")),
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

/** 42P01 for a name nothing visible has. */
export function missingItem(scope: Scope, table: string, at: number): never {
  const message = `invalid reference to FROM-clause entry for table "${table}"`;
  for (let level: Scope | null = scope; level !== null; level = level.parent) {
    const item = level.known.find(
      (candidate) => candidate.name === table || (candidate.source?.kind === "table" && candidate.source.table.name === table),
    );
    if (item === undefined) continue;
    const alias = item.name !== table && findItem(scope, item.name, undefined) === item;
    const hint = alias
      ? `Perhaps you meant to reference the table alias "${item.name}".`
      : `There is an entry for table "${item.name}", but it cannot be referenced from this part of the query.`;
    return fail("42P01", message, { at, hint });
  }
  return fail("42P01", `missing FROM-clause entry for table "${table}"`, { at });
}

/** `table.column` (or `schema.table.column`). */
export function findQualified(scope: Scope, parts: readonly string[], at: number): Expression {
  const name = parts.at(-1) ?? "";
  const table = parts.at(-2) ?? "";
  const item = findItem(scope, table, parts.at(-3));
  if (item === undefined) {
    return missingItem(scope, table, at);
  }
  reachable(item, at);
  const matching = item.columns.filter((column) => column.name === name);
  const shown = matching.filter((column) => !column.hidden);
  const chosen = shown.length > 0 ? shown : matching;
  if (chosen.length > 1) return ambiguous(name, at);
  if (chosen[0] !== undefined) return located(chosen[0].expression, at);
  return fail("42703", `column ${table}.${name} does not exist`, { at, ...suggestion(scope, name, table) });
}
