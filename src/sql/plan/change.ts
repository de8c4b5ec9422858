// UPDATE and DELETE, checked: the rows they touch come from a query over the target and the other tables.
import type { DeleteStmt, Node, RangeVar, UpdateStmt } from "libpg-query";
import type { TableInfo } from "../../state/store.ts";
import type { Checker } from "../check/checker.ts";
import { toBoolean } from "../check/coerce.ts";
import { checkExpression } from "../check/expression.ts";
import { checkFrom } from "../check/from.ts";
import { itemOf, Scope } from "../check/scope.ts";
import { tableSource, targetTable } from "../check/table.ts";
import type { Cte, Expression, FromNode, TableSource } from "../check/tree.ts";
import { checkWith } from "../check/with.ts";
import { fail, unsupported } from "../errors.ts";
import { checkSets, type InsertColumn, withFields } from "./insert.ts";
import { checkReturning, type Returning } from "./returning.ts";

export interface ChangePlan {
  readonly kind: "update" | "delete";
  readonly table: TableInfo;
  readonly target: TableSource;
  readonly ctes: readonly Cte[];
  readonly from: readonly FromNode[];
  readonly where: Expression | null;
  readonly sets: readonly { readonly column: InsertColumn; readonly value: Expression }[];
  readonly returning: Returning | null;
}

interface Parts {
  readonly relation: RangeVar | undefined;
  readonly withClause: UpdateStmt["withClause"];
  readonly others: readonly Node[];
  readonly targets: readonly Node[];
  readonly where: Node | undefined;
  readonly returning: UpdateStmt["returningClause"];
}

/** `outer`: the statement's own WITH, where this one stands in it. */
export function planUpdate(node: UpdateStmt, checker: Checker, outer: Scope | null = null): ChangePlan {
  return planChange(
    "update",
    {
      relation: node.relation,
      withClause: node.withClause,
      others: node.fromClause ?? [],
      targets: node.targetList ?? [],
      where: node.whereClause,
      returning: node.returningClause,
    },
    checker,
    outer,
  );
}

export function planDelete(node: DeleteStmt, checker: Checker, outer: Scope | null = null): ChangePlan {
  return planChange(
    "delete",
    {
      relation: node.relation,
      withClause: node.withClause,
      others: node.usingClause ?? [],
      targets: [],
      where: node.whereClause,
      returning: node.returningClause,
    },
    checker,
    outer,
  );
}

function planChange(kind: "update" | "delete", parts: Parts, checker: Checker, outer: Scope | null): ChangePlan {
  const range = parts.relation ?? fail("42601", "the statement needs a table");
  const table = targetTable(range, checker);
  const name = range.alias?.aliasname ?? table.name;
  const target = tableSource(table, name, checker);
  const scope = new Scope(outer);
  const ctes = [...(outer?.ctes ?? []), ...checkWith(parts.withClause, scope, checker, outer === null)];
  scope.add(itemOf(target));
  const from = parts.others.map((node) => checkFrom(node, scope, checker));
  if (from.length > 0) checker.heavy = true;
  const sets = kind === "update" ? checkSets(parts.targets, table, scope, checker) : [];
  scope.forbidAggregates = "aggregate functions are not allowed in WHERE";
  if (parts.where !== undefined && "CurrentOfExpr" in parts.where) unsupported("WHERE CURRENT OF");
  const where =
    parts.where === undefined ? null : toBoolean(checkExpression(parts.where, scope, checker), "WHERE", checker.parameters);
  const others = scope.items.slice(1);
  const after = withFields(
    table,
    sets.map(({ column }) => column),
  );
  const returning = checkReturning(parts.returning, after, name, others, ctes, checker);
  return { kind, table, target, ctes, from, where, sets, returning };
}
