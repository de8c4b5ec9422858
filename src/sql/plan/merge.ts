// MERGE, checked: the source LEFT JOINed to the target, and for each row the first action whose condition holds.
import type { MergeStmt, Node } from "libpg-query";
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
import { checkSets, type InsertColumn, planRow } from "./insert.ts";

interface ActionBase {
  /** WHEN MATCHED, or WHEN NOT MATCHED. */
  readonly matched: boolean;
  readonly condition: Expression | null;
}

export type MergeAction = ActionBase &
  (
    | { readonly kind: "nothing" | "delete" }
    | { readonly kind: "update"; readonly sets: readonly { readonly column: InsertColumn; readonly value: Expression }[] }
    | { readonly kind: "insert"; readonly columns: readonly InsertColumn[]; readonly row: readonly Expression[] }
  );

export interface MergePlan {
  readonly kind: "merge";
  readonly table: TableInfo;
  readonly target: TableSource;
  readonly ctes: readonly Cte[];
  readonly source: FromNode;
  readonly on: Expression;
  readonly actions: readonly MergeAction[];
}

export function planMerge(node: MergeStmt, checker: Checker, outer: Scope | null = null): MergePlan {
  const range = node.relation ?? fail("42601", "MERGE needs a table");
  if (node.returningClause !== undefined) unsupported("MERGE with RETURNING");
  const scope = new Scope(outer);
  const ctes = [...(outer?.ctes ?? []), ...checkWith(node.withClause, scope, checker, outer === null)];
  const table = targetTable(range, checker);
  const target = tableSource(table, range.alias?.aliasname ?? table.name, checker);
  scope.add(itemOf(target));
  checker.heavy = true;
  if (node.sourceRelation === undefined) return fail("42601", "MERGE needs a source");
  // The source does not see the target.
  const beside = new Scope(scope, false);
  const source = checkFrom(node.sourceRelation, beside, checker);
  for (const item of beside.items) {
    if (item.name !== "" && item.name === scope.items[0]?.name)
      fail("42712", `name "${item.name}" specified more than once`, {
        at: range.location ?? 0,
        detail: "The name is used both as MERGE target table and data source.",
      });
    scope.items.push(item);
    scope.known.push(item);
  }
  const forbidden = new Scope(scope);
  forbidden.forbidAggregates = "aggregate functions are not allowed in MERGE WHEN conditions";
  forbidden.forbidWindows = "window functions are not allowed in MERGE WHEN conditions";
  scope.forbidAggregates = "aggregate functions are not allowed in JOIN conditions";
  const on = toBoolean(checkExpression(node.joinCondition, scope, checker), "JOIN/ON", checker.parameters);
  const actions: MergeAction[] = [];
  for (const clause of node.mergeWhenClauses ?? []) {
    if (!("MergeWhenClause" in clause)) continue;
    const { matchKind, commandType, condition, targetList = [], values, override } = clause.MergeWhenClause;
    if (matchKind === "MERGE_WHEN_NOT_MATCHED_BY_SOURCE") unsupported("MERGE … WHEN NOT MATCHED BY SOURCE");
    if (override !== undefined && override !== "OVERRIDING_NOT_SET") unsupported("OVERRIDING");
    const matched = matchKind === "MERGE_WHEN_MATCHED";
    if (actions.some((action) => action.matched === matched && action.condition === null))
      fail("42601", "unreachable WHEN clause specified after unconditional WHEN clause");
    // What is not matched has no row of the target.
    const seen = matched ? scope : beside;
    const test = (when: Node): Expression => {
      const inner = new Scope(seen);
      inner.forbidAggregates = forbidden.forbidAggregates;
      inner.forbidWindows = forbidden.forbidWindows;
      return toBoolean(checkExpression(when, inner, checker), "WHEN", checker.parameters);
    };
    const base = { matched, condition: condition === undefined ? null : test(condition) };
    switch (commandType) {
      case "CMD_UPDATE":
        actions.push({ ...base, kind: "update", sets: checkSets(targetList, table, scope, checker) });
        break;
      case "CMD_DELETE":
        actions.push({ ...base, kind: "delete" });
        break;
      case "CMD_INSERT": {
        const inner = new Scope(beside);
        inner.forbidAggregates = "aggregate functions are not allowed in VALUES";
        inner.forbidWindows = "window functions are not allowed in VALUES";
        actions.push({ ...base, kind: "insert", ...planRow(targetList, values ?? null, table, inner, checker) });
        break;
      }
      default:
        actions.push({ ...base, kind: "nothing" });
    }
  }
  return { kind: "merge", table, target, ctes, source, on, actions };
}
