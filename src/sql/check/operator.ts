// A_Expr: operators, and the constructs the grammar writes as one (IN, BETWEEN, LIKE, DISTINCT FROM, NULLIF, ANY).
import type { A_Expr, Node } from "libpg-query";
import { fail, unsupported } from "../errors.ts";
import { OID, showType, typeByOid } from "../types/index.ts";
import { checkNamedCall } from "./call.ts";
import type { Checker } from "./checker.ts";
import { coerce, commonType, isUnknown, settle, tryCoerce, unify } from "./coerce.ts";
import { checkExpression } from "./expression.ts";
import { number } from "./literal.ts";
import { resolveOperator } from "./resolve.ts";
import type { Scope } from "./scope.ts";
import { compareWithQuery } from "./sublink.ts";
import type { Comparison, ElementReference, Expression, RowComparison } from "./tree.ts";
import { textOf } from "./type-name.ts";

const COMPARISONS: ReadonlySet<string> = new Set(["=", "<>", "<", "<=", ">", ">="]);
const bool = { type: OID.bool, typmod: -1 } as const;

export function checkOperator(node: A_Expr, scope: Scope, checker: Checker): Expression {
  const at = node.location ?? 0;
  const written = textOf(node.name?.at(-1));
  const name = written === "!=" ? "<>" : written;
  const one = (part: Node | undefined): Expression => checkExpression(part, scope, checker);
  switch (node.kind) {
    case "AEXPR_OP":
      if (node.lexpr === undefined) return prefix(name, one(node.rexpr), at, checker);
      if ("RowExpr" in node.lexpr && node.rexpr !== undefined && "SubLink" in node.rexpr) {
        const { SubLink: link } = node.rexpr;
        const left = (node.lexpr.RowExpr.args ?? []).map(one);
        if (link.subLinkType === "EXPR_SUBLINK") return compareWithQuery(name, left, link, at, scope, checker);
      }
      return binary(name, one(node.lexpr), one(node.rexpr), at, checker);
    case "AEXPR_IN":
      return checkIn(one(node.lexpr), listOf(node.rexpr, scope, checker), name === "<>", at, checker);
    case "AEXPR_OP_ANY":
    case "AEXPR_OP_ALL":
      return quantified(name, one(node.lexpr), one(node.rexpr), node.kind === "AEXPR_OP_ALL", at, checker);
    case "AEXPR_DISTINCT":
    case "AEXPR_NOT_DISTINCT": {
      const left = one(node.lexpr);
      const right = one(node.rexpr);
      const operator = node.kind === "AEXPR_DISTINCT" ? "distinct" : "not distinct";
      if (left.kind === "row" && right.kind === "row") {
        const pairs = left.items.map((item, index) => comparison(operator, item, right.items[index] ?? item, at, checker));
        return { kind: operator === "distinct" ? "or" : "and", args: pairs, ...bool, at };
      }
      return comparison(operator, left, right, at, checker);
    }
    case "AEXPR_NULLIF": {
      const left = settle(one(node.lexpr), checker.parameters);
      const equal = binary("=", left, one(node.rexpr), at, checker);
      const none: Expression = { kind: "constant", type: left.type, typmod: -1, value: null, at };
      return {
        kind: "case",
        branches: [{ when: equal, result: none }],
        otherwise: left,
        type: left.type,
        typmod: left.typmod,
        at,
      };
    }
    case "AEXPR_LIKE":
    case "AEXPR_ILIKE":
    case "AEXPR_SIMILAR":
      return binary(name, one(node.lexpr), one(node.rexpr), at, checker);
    case "AEXPR_BETWEEN":
    case "AEXPR_NOT_BETWEEN":
    case "AEXPR_BETWEEN_SYM":
    case "AEXPR_NOT_BETWEEN_SYM":
      return between(node, scope, checker);
    default:
      return unsupported(`the operator form ${node.kind ?? "?"}`, at);
  }
}

function listOf(node: Node | undefined, scope: Scope, checker: Checker): Expression[] {
  const items = node !== undefined && "List" in node ? (node.List.items ?? []) : [];
  return items.map((item) => checkExpression(item, scope, checker));
}

function prefix(name: string, arg: Expression, at: number, checker: Checker): Expression {
  // The sign belongs to the literal: -9223372036854775808 fits bigint although its digits alone do not.
  if (name === "-" && arg.kind === "constant" && arg.value !== null) {
    if (arg.type === OID.int4) return { ...arg, value: -Number(arg.value), at };
    if (arg.type === OID.int8) return number(String(-BigInt(arg.value as number | bigint)), at);
    if (arg.type === OID.numeric && /^\d+$/.test(String(arg.value)) && BigInt(String(arg.value)) === 2n ** 63n)
      return number(`-${arg.value}`, at);
  }
  return checkNamedCall(name, [arg], at, checker);
}

/** A binary operator between two checked expressions. */
export function binary(name: string, left: Expression, right: Expression, at: number, checker: Checker): Expression {
  if (COMPARISONS.has(name)) {
    const operator = name as RowComparison["operator"];
    if (left.kind === "row" && right.kind === "row") return compareRows(operator, left.items, right.items, at, checker);
    return comparison(operator, left, right, at, checker);
  }
  return checkNamedCall(name, [left, right], at, checker);
}

/** Brings two expressions to one comparable type. */
export function comparison(
  operator: Comparison["operator"],
  left: Expression,
  right: Expression,
  at: number,
  checker: Checker,
): Expression {
  const shown = operator === "distinct" || operator === "not distinct" ? "=" : operator;
  const resolved = resolveOperator(shown, [left, right], at, checker.parameters);
  const [a = left, b = right] = resolved.args;
  return { kind: "compare", operator, left: a, right: b, ...bool, at };
}

export function compareRows(
  operator: RowComparison["operator"],
  left: readonly Expression[],
  right: readonly Expression[],
  at: number,
  checker: Checker,
): Expression {
  if (left.length !== right.length) return fail("42601", "unequal number of entries in row expressions", { at });
  const pairs = left.map((item, index) => comparison("=", item, right[index] ?? item, at, checker));
  const sides = pairs.map((pair) => (pair.kind === "compare" ? pair : fail("58000", "internal error: not a comparison")));
  return {
    kind: "compare-rows",
    operator,
    left: sides.map((side) => side.left),
    right: sides.map((side) => side.right),
    ...bool,
    at,
  };
}

export function checkIn(
  left: Expression,
  items: readonly Expression[],
  negated: boolean,
  at: number,
  checker: Checker,
): Expression {
  if (left.kind === "row" || items.some((item) => item.kind === "row")) {
    const tests = items.map((item) => binary("=", left, item, at, checker));
    const any: Expression = { kind: "or", args: tests, ...bool, at };
    return negated ? { kind: "not", arg: any, ...bool, at } : any;
  }
  // One common type where there is one (PostgreSQL's array form); else one comparison for each item.
  const categories = new Set([left, ...items].filter((item) => !isUnknown(item)).map((item) => typeByOid(item.type).category));
  if (categories.size <= 1) {
    const type = commonType([left, ...items], "IN");
    const unified = [left, ...items].map((item) => tryCoerce(item, type, -1, "implicit", checker.parameters));
    const [first, ...rest] = unified.filter((item) => item !== null);
    if (first !== undefined && rest.length === items.length) {
      // Makes sure equality exists.
      for (const item of rest.slice(0, 1)) comparison("=", first, item, at, checker);
      return { kind: "in", left: first, items: rest, negated, ...bool, at };
    }
  }
  const tests = items.map((item) => comparison(negated ? "<>" : "=", left, item, at, checker));
  return { kind: negated ? "and" : "or", args: tests, ...bool, at };
}

function quantified(name: string, left: Expression, array: Expression, all: boolean, at: number, checker: Checker): Expression {
  let right = array;
  if (isUnknown(right)) {
    const element = settle(left, checker.parameters);
    const arrayOid = typeByOid(element.type).arrayOid;
    if (arrayOid === 0) return fail("42704", `could not find array type for data type ${showType(element.type)}`, { at });
    right = coerce(right, arrayOid, -1, "implicit", checker.parameters);
  }
  const elementOid = typeByOid(right.type).elementOid;
  if (elementOid === 0) return fail("42809", "op ANY/ALL (array) requires array on right side", { at });
  const element: ElementReference = { kind: "element", name: checker.alias("e"), type: elementOid, typmod: -1, at };
  const test = binary(name, left, element, at, checker);
  return { kind: "any-array", left, array: right, test, element, all, ...bool, at };
}

function between(node: A_Expr, scope: Scope, checker: Checker): Expression {
  const at = node.location ?? 0;
  const value = checkExpression(node.lexpr, scope, checker);
  const [low, high] = listOf(node.rexpr, scope, checker);
  if (low === undefined || high === undefined) return fail("42601", "BETWEEN needs two bounds", { at });
  const [l = low, h = high] = node.kind?.endsWith("_SYM") ? unify([low, high], "BETWEEN", checker.parameters) : [low, high];
  const inside = (from: Expression, to: Expression): Expression => ({
    kind: "and",
    args: [comparison(">=", value, from, at, checker), comparison("<=", value, to, at, checker)],
    ...bool,
    at,
  });
  const result: Expression = node.kind?.endsWith("_SYM")
    ? { kind: "or", args: [inside(l, h), inside(h, l)], ...bool, at }
    : inside(l, h);
  return node.kind?.includes("NOT") ? { kind: "not", arg: result, ...bool, at } : result;
}
