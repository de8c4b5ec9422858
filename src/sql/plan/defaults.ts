// DEFAULT expressions of declared columns, checked once for each definition.
import type { Node } from "libpg-query";
import type { ColumnDefinition } from "../../log/entry.ts";
import { Checker, type Surroundings } from "../check/checker.ts";
import { settle, tryCoerce } from "../check/coerce.ts";
import { checkExpression } from "../check/expression.ts";
import { Scope } from "../check/scope.ts";
import { type Expression, Parameters } from "../check/tree.ts";
import { fail } from "../errors.ts";
import { parse } from "../parse/parser.ts";
import { showType, typeByName } from "../types/index.ts";

const cache = new WeakMap<ColumnDefinition, Expression>();

/** The column's default as an expression of its type; null when it has none. */
export function defaultOf(column: ColumnDefinition, around: Surroundings): Expression | null {
  if (column.default === null) return null;
  const known = cache.get(column);
  if (known !== undefined) return known;
  const [parsed] = parse(`SELECT ${column.default}`);
  const node = parsed?.node;
  const target = node !== undefined && "SelectStmt" in node ? node.SelectStmt.targetList?.[0] : undefined;
  if (target === undefined || !("ResTarget" in target))
    return fail("42601", `the default of column "${column.name}" is no expression`);
  const coerced = checkDefault(target.ResTarget.val ?? fail("42601", "a DEFAULT needs an expression"), column, around);
  cache.set(column, coerced);
  return coerced;
}

/** Checks a DEFAULT's expression against its column. */
export function checkDefault(
  node: Node,
  column: Pick<ColumnDefinition, "name" | "type" | "typmod">,
  around: Surroundings,
): Expression {
  const checker = new Checker(around, new Parameters([]));
  const scope = new Scope(null);
  scope.forbidAggregates = "aggregate functions are not allowed in DEFAULT expressions";
  scope.forbidWindows = "window functions are not allowed in DEFAULT expressions";
  const expression = checkExpression(node, scope, checker);
  const type = typeByName(column.type) ?? fail("42704", `type "${column.type}" does not exist`);
  return (
    tryCoerce(expression, type.oid, column.typmod, "assignment", checker.parameters) ??
    fail(
      "42804",
      `column "${column.name}" is of type ${showType(type.oid)} but default expression is of type ${showType(settle(expression, checker.parameters).type)}`,
      {
        hint: "You will need to rewrite or cast the expression.",
      },
    )
  );
}
