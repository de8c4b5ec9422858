// One SELECT: FROM, targets, WHERE, GROUP BY, HAVING, DISTINCT, ORDER BY, LIMIT, in the order PostgreSQL looks at them.
import type { Node, ResTarget, SelectStmt } from "libpg-query";
import { fail, unsupported } from "../errors.ts";
import { OID, showType, typeByOid } from "../types/index.ts";
import { checkWindows, windowClauses } from "./call.ts";
import type { Checker } from "./checker.ts";
import { settle, toBoolean } from "./coerce.ts";
import { withExpanded } from "./expansion.ts";
import { checkExpression, noteNames } from "./expression.ts";
import { checkFrom } from "./from.ts";
import { checkGrouping, ownSources } from "./grouping.ts";
import { commonOf, overSets, readGroupClause } from "./grouping-sets.ts";
import { figureName } from "./names.ts";
import { limits, outputOf } from "./query.ts";
import { same } from "./same.ts";
import { findItem, missingItem, type Scope } from "./scope.ts";
import { directionOf, requireOrder } from "./sort.ts";
import type { Expression, FromNode, OrderItem, Query, Target } from "./tree.ts";
import { textOf } from "./type-name.ts";

export function checkSelect(node: SelectStmt, scope: Scope, checker: Checker, keepUnknown: boolean): Query {
  scope.inFrom = true;
  const from: FromNode[] = (node.fromClause ?? []).map((item) => checkFrom(item, scope, checker));
  scope.inFrom = false;
  if (from.length > 1) checker.heavy = true;
  const windows = (node.windowClause ?? []).flatMap((item) => ("WindowDef" in item ? [item.WindowDef] : []));
  windowClauses.set(scope, windows);
  scope.allowExpansion = true;
  let targets: readonly Target[] = checkTargets(node.targetList ?? [], scope, checker, keepUnknown);
  scope.allowExpansion = false;
  const where = without(scope, "WHERE", () =>
    node.whereClause === undefined
      ? null
      : toBoolean(checkExpression(node.whereClause, scope, checker), "WHERE", checker.parameters),
  );
  scope.allowExpansion = true;
  const clause = without(scope, "GROUP BY", () =>
    readGroupClause(node.groupClause ?? [], node.groupDistinct === true, (item) => groupItem(item, targets, scope, checker)),
  );
  scope.allowExpansion = false;
  let having = node.havingClause === undefined ? null : havingOf(node.havingClause, scope, checker);
  scope.allowExpansion = true;
  let order = (node.sortClause ?? []).map((item) => orderItem(item, targets, scope, checker));
  scope.allowExpansion = false;
  const { distinct, ...rest } = distinctOf(node, targets, order, scope, checker);
  let { distinctOn } = rest;
  const grouped = clause.written || having !== null || scope.aggregates.length > 0 || scope.groupings.length > 0;
  const sets = clause.list.length > 1 ? { alias: checker.alias("g"), list: clause.list } : null;
  if (grouped) {
    checker.heavy = true;
    const by = { group: clause.group, common: commonOf(clause), own: ownSources(from), aggregates: scope.aggregates };
    const settled = (expression: Expression): Expression => {
      checkGrouping(expression, by);
      return sets === null && scope.groupings.length === 0
        ? expression
        : overSets(expression, clause, sets, scope.aggregates, scope.groupings);
    };
    for (const target of targets) checkGrouping(target.expression, by);
    targets = targets.map((target) => ({ ...target, expression: settled(target.expression) }));
    if (having !== null) having = settled(having);
    order = order.map((item) => (item.expression === null ? item : { ...item, expression: settled(item.expression) }));
    distinctOn = distinctOn.map(settled);
  }
  checkWindows(windows);
  if (scope.windows.length > 0 || distinct || distinctOn.length > 0) checker.heavy = true;
  const query: Query = {
    ctes: [],
    body: { kind: "select", targets, from, where, group: clause.group, sets, grouped, having, distinct, distinctOn },
    columns: targets.map(({ name, expression }) => ({ name, type: expression.type, typmod: expression.typmod })),
    order,
    ...limits(node, scope, checker),
  };
  return scope.expanded.length === 0 ? query : withExpanded(query, scope.expanded, checker);
}

/** Runs a clause's check where aggregates and window functions have no place. */
function without<T>(scope: Scope, clause: string, check: () => T): T {
  const { forbidAggregates, forbidWindows } = scope;
  scope.forbidAggregates = `aggregate functions are not allowed in ${clause}`;
  scope.forbidWindows = `window functions are not allowed in ${clause}`;
  const result = check();
  scope.forbidAggregates = forbidAggregates;
  scope.forbidWindows = forbidWindows;
  return result;
}

function havingOf(node: Node, scope: Scope, checker: Checker): Expression {
  const { forbidWindows } = scope;
  scope.forbidWindows = "window functions are not allowed in HAVING";
  scope.clause = "HAVING";
  const having = toBoolean(checkExpression(node, scope, checker), "HAVING", checker.parameters);
  scope.forbidWindows = forbidWindows;
  return having;
}

/** A target list with `*` and `t.*` spread out. */
export function checkTargets(nodes: readonly Node[], scope: Scope, checker: Checker, keepUnknown: boolean): Target[] {
  const targets: Target[] = [];
  for (const node of nodes) {
    if (!("ResTarget" in node)) continue;
    const star = starOf(node.ResTarget, scope, checker);
    if (star !== null) targets.push(...star);
    else {
      const expression = checkExpression(node.ResTarget.val, scope, checker);
      targets.push({
        name: node.ResTarget.name ?? figureName(node.ResTarget.val),
        expression: keepUnknown ? expression : settle(expression, checker.parameters),
      });
    }
  }
  for (const target of targets) noteNames(target.expression, checker);
  if (targets.length > 1664) fail("54011", "target lists can have at most 1664 entries");
  return targets;
}

/** `(row).*` */
function fieldsOf(row: Expression): Target[] {
  if (row.kind === "row-of") {
    const { source, at } = row;
    return source.columns.flatMap(({ name, type, typmod, hidden }, index): Target[] =>
      hidden === true ? [] : [{ name, expression: { kind: "column", source, index, type, typmod, at } }],
    );
  }
  if (row.kind === "row") return row.items.map((expression, at) => ({ name: row.names[at] ?? `f${at + 1}`, expression }));
  if (row.type === OID.record) return unsupported("(row).* of a record whose fields are not known", row.at);
  return fail("42809", `type ${showType(row.type)} is not composite`, { at: row.at });
}

function starOf(target: ResTarget, scope: Scope, checker: Checker): Target[] | null {
  const { val } = target;
  if (val === undefined) return null;
  if ("A_Indirection" in val) {
    const steps = val.A_Indirection.indirection ?? [];
    const last = steps.at(-1);
    if (last === undefined || !("A_Star" in last) || val.A_Indirection.arg === undefined) return null;
    const inner = steps.slice(0, -1);
    const { arg } = val.A_Indirection;
    const row = checkExpression(inner.length === 0 ? arg : { A_Indirection: { arg, indirection: inner } }, scope, checker);
    return fieldsOf(row);
  }
  if (!("ColumnRef" in val)) return null;
  const fields = val.ColumnRef.fields ?? [];
  const last = fields.at(-1);
  if (last === undefined || !("A_Star" in last)) return null;
  const at = val.ColumnRef.location ?? 0;
  if (fields.length === 1) {
    if (scope.items.length === 0) return fail("42601", "SELECT * with no tables specified is not valid", { at });
    return scope.items
      .filter((item) => item.unqualified)
      .flatMap((item) => item.columns)
      .filter((column) => !column.hidden)
      .map(({ name, expression }) => ({ name, expression: { ...expression, at } }));
  }
  const name = textOf(fields[fields.length - 2]);
  const item = findItem(scope, name, fields.length > 2 ? textOf(fields[fields.length - 3]) : undefined);
  if (item === undefined) return missingItem(scope, name, at);
  return item.columns
    .filter((column) => !column.hidden)
    .map((column) => ({ name: column.name, expression: { ...column.expression, at } }));
}

function groupItem(node: Node, targets: readonly Target[], scope: Scope, checker: Checker): Expression {
  const target = targetOf(node, targets, scope, "GROUP BY");
  const expression =
    target === null ? settle(checkExpression(node, scope, checker), checker.parameters) : (targets[target]?.expression ?? null);
  if (expression === null) return fail("42601", "GROUP BY needs an expression");
  if (!typeByOid(expression.type).comparable) {
    return fail("42883", `could not identify an equality operator for type ${showType(expression.type)}`, { at: expression.at });
  }
  if (expression.kind === "aggregate") fail("42803", "aggregate functions are not allowed in GROUP BY", { at: expression.at });
  return expression;
}

/** GROUP BY prefers a column of FROM to an output name; ORDER BY the output name. A number is an output column. */
function targetOf(
  node: Node,
  targets: readonly Target[],
  scope: Scope,
  clause: "GROUP BY" | "ORDER BY" | "DISTINCT ON",
): number | null {
  if (clause === "GROUP BY" && "ColumnRef" in node && node.ColumnRef.fields?.length === 1) {
    const name = textOf(node.ColumnRef.fields[0]);
    const own = scope.items.some((item) => item.unqualified && item.columns.some((column) => column.name === name));
    if (own) return null;
  }
  const output = outputOf(node, targets, clause);
  if (output !== null && clause !== "GROUP BY" && "ColumnRef" in node) {
    const name = targets[output]?.name;
    const rivals = targets.filter((target) => target.name === name);
    const [first] = rivals;
    if (first !== undefined && rivals.some((rival) => !same(rival.expression, first.expression))) {
      fail("42702", `${clause} "${name}" is ambiguous`, { at: node.ColumnRef.location ?? 0 });
    }
  }
  return output;
}

function orderItem(node: Node, targets: readonly Target[], scope: Scope, checker: Checker): OrderItem {
  const inner = "SortBy" in node ? node.SortBy.node : undefined;
  if (inner === undefined) return fail("42601", "ORDER BY needs an expression");
  const output = targetOf(inner, targets, scope, "ORDER BY");
  const expression =
    output === null ? settle(checkExpression(inner, scope, checker), checker.parameters) : (targets[output]?.expression ?? null);
  if (expression === null) return fail("42601", "ORDER BY needs an expression");
  if (expression.type !== OID.unknown) requireOrder(expression, expression.at);
  const known = output ?? targets.findIndex((target) => same(target.expression, expression));
  return { output: known === -1 ? null : known, expression, ...directionOf(node) };
}

function distinctOf(
  node: SelectStmt,
  targets: readonly Target[],
  order: readonly OrderItem[],
  scope: Scope,
  checker: Checker,
): { distinct: boolean; distinctOn: Expression[] } {
  const clause = node.distinctClause;
  if (clause === undefined) return { distinct: false, distinctOn: [] };
  const on = clause.filter((item) => Object.keys(item).length > 0);
  if (on.length === 0) {
    for (const { expression } of targets) {
      if (!typeByOid(expression.type).comparable) {
        fail("42883", `could not identify an equality operator for type ${showType(expression.type)}`, { at: expression.at });
      }
    }
    const stray = order.find((item) => item.output === null);
    if (stray !== undefined) {
      fail("42P10", "for SELECT DISTINCT, ORDER BY expressions must appear in select list", { at: stray.expression?.at });
    }
    return { distinct: true, distinctOn: [] };
  }
  const distinctOn = on.map((item) => {
    const output = targetOf(item, targets, scope, "DISTINCT ON");
    return output === null
      ? settle(checkExpression(item, scope, checker), checker.parameters)
      : (targets[output]?.expression ?? fail("42601", "DISTINCT ON needs an expression"));
  });
  // The first sort keys must be the DISTINCT ON expressions, in any order.
  const leading = order.slice(0, distinctOn.length);
  const matches = leading.every(
    (item) => item.expression !== null && distinctOn.some((other) => item.expression !== null && same(other, item.expression)),
  );
  if (!matches)
    fail("42P10", "SELECT DISTINCT ON expressions must match initial ORDER BY expressions", { at: distinctOn[0]?.at });
  return { distinct: false, distinctOn };
}
