// `f(direct) WITHIN GROUP (ORDER BY …)`: ordered-set aggregates, and hypothetical ones, which ask where a row would stand.
import type { FuncCall } from "libpg-query";
import { fail } from "../errors.ts";
import { findFunctions } from "../functions/index.ts";
import { showType } from "../types/index.ts";
import type { Checker } from "./checker.ts";
import { toBoolean, unify } from "./coerce.ts";
import { checkExpression } from "./expression.ts";
import { noFunction, resolveFunction } from "./resolve.ts";
import type { Scope } from "./scope.ts";
import { checkSort } from "./sort.ts";
import type { Aggregate, Expression, SortItem } from "./tree.ts";

export function checkWithinGroup(
  node: FuncCall,
  name: string,
  direct: readonly Expression[],
  scope: Scope,
  checker: Checker,
): Aggregate {
  const at = node.location ?? 0;
  if (node.over !== undefined) fail("0A000", `OVER is not supported for ordered-set aggregate ${name}`, { at });
  let order: SortItem[] = (node.agg_order ?? []).map((item) =>
    checkSort(item, scope, checker, (part) => checkExpression(part, scope, checker), true),
  );
  const sorted = order.map((item) => item.expression);
  const filter =
    node.agg_filter === undefined
      ? null
      : toBoolean(checkExpression(node.agg_filter, scope, checker), "FILTER", checker.parameters);
  const rest = { distinct: false, star: false, filter, typmod: -1, at } as const;
  const hypothetical = findFunctions(name).find((fn) => fn.within === "hypothetical");
  if (hypothetical !== undefined) {
    const all = [...direct, ...sorted];
    if (direct.length !== order.length) {
      return fail("42883", `function ${name}(${all.map(({ type }) => showType(type)).join(", ")}) does not exist`, {
        at,
        hint: `To use the hypothetical-set aggregate ${name}, the number of hypothetical direct arguments (here ${direct.length}) must match the number of ordering columns (here ${order.length}).`,
      });
    }
    const pairs = order.map((item, place) =>
      unify([item.expression, direct[place] ?? item.expression], "WITHIN GROUP", checker.parameters),
    );
    order = order.map((item, place) => ({ ...item, expression: pairs[place]?.[0] ?? item.expression }));
    const args = pairs.map(([first, second]) => second ?? first).filter((arg) => arg !== undefined);
    return { kind: "aggregate", fn: hypothetical, args, order, type: hypothetical.returns, ...rest };
  }
  const resolved =
    resolveFunction(name, [...direct, ...sorted], at, checker.parameters) ?? noFunction(name, [...direct, ...sorted], at);
  if (resolved.fn.within === undefined) {
    const what = resolved.fn.kind === "aggregate" ? "an ordered-set aggregate" : "an aggregate function";
    return fail(
      "42809",
      resolved.fn.kind === "aggregate"
        ? `${name} is not ${what}, so it cannot have WITHIN GROUP`
        : `WITHIN GROUP specified, but ${name} is not ${what}`,
      { at },
    );
  }
  checker.noteFunction(resolved.fn);
  // The order is over the value as the aggregate takes it.
  const last = resolved.args.at(-1);
  order = order.map((item) => ({ ...item, expression: last ?? item.expression }));
  return { kind: "aggregate", fn: resolved.fn, args: resolved.args, order, type: resolved.returns, ...rest };
}
