// ORDER BY items, wherever they stand.
import type { Node } from "libpg-query";
import { fail } from "../errors.ts";
import { showType, typeByOid } from "../types/index.ts";
import type { Checker } from "./checker.ts";
import { settle } from "./coerce.ts";
import type { Scope } from "./scope.ts";
import type { Expression, SortItem } from "./tree.ts";

export interface Direction {
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

export function directionOf(node: Node): Direction {
  if (!("SortBy" in node)) return { descending: false, nullsFirst: false };
  if (node.SortBy.sortby_dir === "SORTBY_USING") fail("0A000", "ORDER BY USING is not supported by ChronDB");
  const descending = node.SortBy.sortby_dir === "SORTBY_DESC";
  const nulls = node.SortBy.sortby_nulls;
  // NULLs sort as if larger than any value.
  return { descending, nullsFirst: nulls === "SORTBY_NULLS_FIRST" || (nulls !== "SORTBY_NULLS_LAST" && descending) };
}

export function requireOrder(expression: Expression, at: number): void {
  const type = typeByOid(expression.type);
  if (type.comparable) return;
  fail("42883", `could not identify an ordering operator for type ${showType(type.oid)}`, {
    at,
    hint: "Use an explicit ordering operator or modify the query.",
  });
}

export function checkSort(
  node: Node,
  _scope: Scope,
  checker: Checker,
  find: (node: Node) => Expression,
  keepUnknown = false,
): SortItem {
  const inner = "SortBy" in node ? node.SortBy.node : node;
  if (inner === undefined) return fail("42601", "ORDER BY needs an expression");
  const found = find(inner);
  const expression = keepUnknown ? found : settle(found, checker.parameters);
  requireOrder(expression, expression.at);
  return { expression, ...directionOf(node) };
}
