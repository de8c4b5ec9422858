// Which names mean what: the FROM items of a query, those of the queries around it, and the names WITH gives.
import { fail } from "../errors.ts";
import { OID } from "../types/index.ts";
import type { Aggregate, Cte, Expression, FunctionSource, Source, Window } from "./tree.ts";

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
}

export class Scope {
  readonly parent: Scope | null;
  readonly items: NameSpaceItem[] = [];
  readonly ctes: Cte[] = [];
  /** Aggregates and window calls met while checking this query. */
  readonly aggregates: Aggregate[] = [];
  readonly windows: Window[] = [];
  /** Set while in a clause where aggregates (or windows) have no place: the words for the error. */
  forbidAggregates: string | null = null;
  forbidWindows: string | null = null;
  /** Set-returning functions of the target list, moved to FROM. */
  readonly expanded: FunctionSource[] = [];
  allowExpansion = false;

  constructor(parent: Scope | null) {
    this.parent = parent;
  }

  add(item: NameSpaceItem): void {
    if (item.name !== "" && this.items.some((other) => other.name === item.name && other.schema === item.schema)) {
      fail("42712", `table name "${item.name}" specified more than once`);
    }
    this.items.push(item);
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

function wholeRow(item: NameSpaceItem, at: number): Expression | null {
  return item.source === null ? null : { kind: "row-of", source: item.source, type: OID.record, typmod: -1, at };
}

function ambiguous(name: string, at: number): never {
  return fail("42702", `column reference "${name}" is ambiguous`, { at });
}

/** An unqualified column, here or further out; a FROM item's name stands for its row. */
export function findColumn(scope: Scope, name: string, at: number): Expression {
  for (let level: Scope | null = scope; level !== null; level = level.parent) {
    const found: NamedColumn[] = [];
    for (const item of level.items) {
      if (!item.unqualified) continue;
      const matching = item.columns.filter((column) => column.name === name);
      if (matching.length > 1) return ambiguous(name, at);
      found.push(...matching);
    }
    // A hidden column gives way to a shown one of the same name.
    const shown = found.filter((column) => !column.hidden);
    const chosen = shown.length > 0 ? shown : found;
    if (chosen.length > 1) return ambiguous(name, at);
    if (chosen[0] !== undefined) return located(chosen[0].expression, at);
  }
  for (let level: Scope | null = scope; level !== null; level = level.parent) {
    const item = level.items.find((candidate) => candidate.name === name);
    const row = item === undefined ? null : wholeRow(item, at);
    if (row !== null) {
      // A function in FROM with one column is that column.
      const only = item?.source?.kind === "function" && item.columns.length === 1 ? item.columns[0] : undefined;
      return only === undefined ? row : located(only.expression, at);
    }
  }
  return fail("42703", `column "${name}" does not exist`, { at, ...suggestion(scope, name, null) });
}

/** PostgreSQL's hint for a near miss. */
function suggestion(scope: Scope, name: string, table: string | null): { hint?: string } {
  const near: string[] = [];
  let nearest = Math.min(Math.floor(name.length / 2), 3) + 1;
  for (const item of scope.items) {
    if (table !== null && item.name !== table) continue;
    for (const column of item.columns) {
      const distance = editDistance(name, column.name);
      if (distance >= nearest + (near.length === 0 ? 0 : 1) || distance > 3) continue;
      if (distance < nearest) near.length = 0;
      nearest = Math.min(nearest, distance);
      if (distance === nearest) near.push(`"${item.name === "" ? "" : `${item.name}.`}${column.name}"`);
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
  for (let level: Scope | null = scope; level !== null; level = level.parent) {
    const found = level.items.find(
      (item) =>
        item.name === name && (schema === undefined || item.schema === schema || (item.schema === "" && schema === "public")),
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

function missingItem(scope: Scope, table: string, at: number): never {
  for (let level: Scope | null = scope; level !== null; level = level.parent) {
    const item = level.items.find((candidate) => candidate.source?.kind === "table" && candidate.source.table.name === table);
    if (item !== undefined) {
      return fail("42P01", `invalid reference to FROM-clause entry for table "${table}"`, {
        at,
        hint: `Perhaps you meant to reference the table alias "${item.name}".`,
      });
    }
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
  const matching = item.columns.filter((column) => column.name === name);
  const shown = matching.filter((column) => !column.hidden);
  const chosen = shown.length > 0 ? shown : matching;
  if (chosen.length > 1) return ambiguous(name, at);
  if (chosen[0] !== undefined) return located(chosen[0].expression, at);
  return fail("42703", `column ${table}.${name} does not exist`, { at, ...suggestion(scope, name, table) });
}
