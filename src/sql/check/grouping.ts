// 42803: a column that is neither grouped by nor inside an aggregate has no one value.
import { fail } from "../errors.ts";
import { partsOf } from "./call.ts";
import { same } from "./same.ts";
import type { Expression, FromNode, Query, Source } from "./tree.ts";

function sourcesIn(node: FromNode, into: Set<Source>): void {
  if (node.kind === "source") into.add(node.source);
  else {
    sourcesIn(node.left, into);
    sourcesIn(node.right, into);
  }
}

export function ownSources(from: readonly FromNode[]): Set<Source> {
  const sources = new Set<Source>();
  for (const node of from) sourcesIn(node, sources);
  return sources;
}

/** A table's other columns follow from its key: PostgreSQL lets them stand when the key is grouped by. */
function keyGrouped(source: Source, group: readonly Expression[]): boolean {
  if (source.kind !== "table") return false;
  const key = source.table.definition?.primaryKey;
  if (key === null || key === undefined) return false;
  return key.columns.every((name) =>
    group.some((item) => item.kind === "column" && item.source === source && source.columns[item.index]?.name === name),
  );
}

/** Looks at a part; "skip": not inside it. */
type Visit = (part: Expression) => unknown;

/** Every expression of a query, subqueries included. */
export function visitQuery(query: Query, visit: Visit): void {
  for (const cte of query.ctes) visitQuery(cte.query, visit);
  const { body } = query;
  if (body.kind === "set") {
    visitQuery(body.left, visit);
    visitQuery(body.right, visit);
  } else if (body.kind === "values") for (const row of body.rows) for (const item of row) visitDeep(item, visit);
  else {
    for (const target of body.targets) visitDeep(target.expression, visit);
    for (const node of body.from) visitFrom(node, visit);
    for (const item of [body.where, body.having, ...body.group, ...body.distinctOn]) if (item !== null) visitDeep(item, visit);
  }
  for (const item of query.order) if (item.expression !== null) visitDeep(item.expression, visit);
  for (const item of [query.limit, query.offset]) if (item !== null) visitDeep(item, visit);
}

function visitFrom(node: FromNode, visit: Visit): void {
  if (node.kind === "join") {
    visitFrom(node.left, visit);
    visitFrom(node.right, visit);
    if (node.on !== null) visitDeep(node.on, visit);
  } else if (node.source.kind === "query") visitQuery(node.source.query, visit);
  else if (node.source.kind === "function" || node.source.kind === "fetched")
    for (const arg of node.source.args) visitDeep(arg, visit);
}

export function visitDeep(expression: Expression, visit: Visit): void {
  if (visit(expression) === "skip") return;
  for (const part of partsOf(expression)) visitDeep(part, visit);
  if (expression.kind === "subquery" || expression.kind === "any-query") visitQuery(expression.query, visit);
}

export interface GroupedBy {
  readonly group: readonly Expression[];
  /** Those in every grouping set: a table whose key is among them has one row in each group. */
  readonly common: readonly Expression[];
  /** FROM items of the query. */
  readonly own: ReadonlySet<Source>;
  /** Its aggregates, also those inside subqueries. */
  readonly aggregates: readonly Expression[];
}

export function checkGrouping(expression: Expression, by: GroupedBy): void {
  const { group, common, own, aggregates } = by;
  if (group.some((item) => same(item, expression))) return;
  if (expression.kind === "aggregate" || expression.kind === "grouping") return;
  const refuse = (source: Source, column: string, at: number, outer: boolean): never => {
    const name = source.name === "" ? column : `${source.name}.${column}`;
    return fail(
      "42803",
      outer
        ? `subquery uses ungrouped column "${name}" from outer query`
        : `column "${name}" must appear in the GROUP BY clause or be used in an aggregate function`,
      { at },
    );
  };
  if (expression.kind === "column" && own.has(expression.source) && !keyGrouped(expression.source, common)) {
    refuse(expression.source, expression.source.columns[expression.index]?.name ?? "?", expression.at, false);
  }
  if (expression.kind === "row-of" && own.has(expression.source) && !keyGrouped(expression.source, common)) {
    refuse(expression.source, "*", expression.at, false);
  }
  for (const part of partsOf(expression)) checkGrouping(part, by);
  if (expression.kind === "subquery" || expression.kind === "any-query") {
    visitQuery(expression.query, (part) => {
      if (aggregates.includes(part)) return "skip";
      if (part.kind !== "column" || !own.has(part.source) || group.some((item) => same(item, part))) return "on";
      if (!keyGrouped(part.source, common)) refuse(part.source, part.source.columns[part.index]?.name ?? "?", part.at, true);
      return "on";
    });
  }
}
