// Trees made anew with parts replaced: what grouping sets and set-returning functions need once all clauses are known.
import type { Expression, FromNode, Query, SortItem, Source } from "./tree.ts";

/** Null: keep this expression and look inside it. */
export type Replace = (expression: Expression) => Expression | null;

export function rewrite(expression: Expression, replace: Replace): Expression {
  const replaced = replace(expression);
  if (replaced !== null) return replaced;
  const one = (part: Expression): Expression => rewrite(part, replace);
  const maybe = (part: Expression | null): Expression | null => (part === null ? null : one(part));
  const sort = (items: readonly SortItem[]): SortItem[] => items.map((item) => ({ ...item, expression: one(item.expression) }));
  switch (expression.kind) {
    case "call":
    case "and":
    case "or":
    case "coalesce":
    case "greatest":
    case "least":
    case "grouping":
      return { ...expression, args: expression.args.map(one) };
    case "convert":
    case "not":
    case "test":
    case "grouped":
      return { ...expression, arg: one(expression.arg) };
    case "compare":
      return { ...expression, left: one(expression.left), right: one(expression.right) };
    case "case":
      return {
        ...expression,
        branches: expression.branches.map(({ when, result }) => ({ when: one(when), result: one(result) })),
        otherwise: maybe(expression.otherwise),
      };
    case "in":
      return { ...expression, left: one(expression.left), items: expression.items.map(one) };
    case "any-array":
      return { ...expression, left: one(expression.left), array: one(expression.array), test: one(expression.test) };
    case "any-query":
      return {
        ...expression,
        left: expression.left.map(one),
        test: maybe(expression.test),
        query: rewriteQuery(expression.query, replace),
      };
    case "subquery":
      return { ...expression, query: rewriteQuery(expression.query, replace) };
    case "array":
    case "row":
      return { ...expression, items: expression.items.map(one) };
    case "compare-rows":
      return { ...expression, left: expression.left.map(one), right: expression.right.map(one) };
    case "aggregate":
      return {
        ...expression,
        args: expression.args.map(one),
        order: sort(expression.order),
        filter: maybe(expression.filter),
      };
    case "window":
      return {
        ...expression,
        args: expression.args.map(one),
        partition: expression.partition.map(one),
        order: sort(expression.order),
        filter: maybe(expression.filter),
      };
    default:
      return expression;
  }
}

/** The same for a query inside an expression. Sources keep their aliases, so columns that refer to the old ones still print. */
function rewriteQuery(query: Query, replace: Replace): Query {
  const one = (part: Expression): Expression => rewrite(part, replace);
  const maybe = (part: Expression | null): Expression | null => (part === null ? null : one(part));
  const { body } = query;
  const rest = {
    order: query.order.map((item) => ({ ...item, expression: maybe(item.expression) })),
    limit: maybe(query.limit),
    offset: maybe(query.offset),
  };
  if (body.kind === "set") {
    const sides = { left: rewriteQuery(body.left, replace), right: rewriteQuery(body.right, replace) };
    return { ...query, ...rest, body: { ...body, ...sides } };
  }
  if (body.kind === "values") return { ...query, ...rest, body: { ...body, rows: body.rows.map((row) => row.map(one)) } };
  return {
    ...query,
    ...rest,
    body: {
      ...body,
      targets: body.targets.map((target) => ({ ...target, expression: one(target.expression) })),
      from: body.from.map((node) => rewriteFrom(node, replace)),
      where: maybe(body.where),
      group: body.group.map(one),
      having: maybe(body.having),
      distinctOn: body.distinctOn.map(one),
    },
  };
}

function rewriteFrom(node: FromNode, replace: Replace): FromNode {
  if (node.kind === "source") return { kind: "source", source: rewriteSource(node.source, replace) };
  return {
    ...node,
    left: rewriteFrom(node.left, replace),
    right: rewriteFrom(node.right, replace),
    on: node.on === null ? null : rewrite(node.on, replace),
  };
}

export function rewriteSource(source: Source, replace: Replace): Source {
  if (source.kind === "query") return { ...source, query: rewriteQuery(source.query, replace) };
  if (source.kind === "function") return { ...source, args: source.args.map((arg) => rewrite(arg, replace)) };
  return source;
}
