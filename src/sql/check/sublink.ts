// Subqueries inside expressions.
import type { SubLink } from "libpg-query";
import { fail, unsupported } from "../errors.ts";
import { arrayTypeOf, OID, showType, typeByOid } from "../types/index.ts";
import type { Checker } from "./checker.ts";
import { checkExpression } from "./expression.ts";
import { binary, compareRows } from "./operator.ts";
import { checkQuery, settleOutputs } from "./query.ts";
import type { Scope } from "./scope.ts";
import type { ElementReference, Expression, Query, QuerySource, RowComparison } from "./tree.ts";
import { textOf } from "./type-name.ts";

const bool = { type: OID.bool, typmod: -1 } as const;

export function checkSublink(node: SubLink, scope: Scope, checker: Checker): Expression {
  const at = node.location ?? 0;
  checker.heavy = true;
  const query = checkQuery(node.subselect, scope, checker);
  const one = (): Query["columns"][number] => {
    const [column] = query.columns;
    if (column === undefined || query.columns.length !== 1) return fail("42601", "subquery must return only one column", { at });
    return column;
  };
  switch (node.subLinkType) {
    case "EXISTS_SUBLINK":
      return { kind: "subquery", form: "exists", query, ...bool, at };
    case "EXPR_SUBLINK": {
      const column = one();
      return { kind: "subquery", form: "scalar", query, type: column.type, typmod: column.typmod, at };
    }
    case "ARRAY_SUBLINK": {
      const element = typeByOid(one().type);
      const array = element.category === "A" ? element : arrayTypeOf(element);
      if (array === undefined) return fail("42704", `could not find array type for data type ${showType(element.oid)}`, { at });
      return { kind: "subquery", form: "array", query, type: array.oid, typmod: -1, at };
    }
    case "ANY_SUBLINK":
    case "ALL_SUBLINK":
      return quantified(node, query, scope, checker);
    default:
      return unsupported("this kind of subquery", at);
  }
}

function quantified(node: SubLink, query: Query, scope: Scope, checker: Checker): Expression {
  const at = node.location ?? 0;
  const all = node.subLinkType === "ALL_SUBLINK";
  const left = checkExpression(node.testexpr, scope, checker);
  const lefts = left.kind === "row" ? left.items : [left];
  if (lefts.length !== query.columns.length) {
    return fail("42601", `subquery has too ${lefts.length > query.columns.length ? "few" : "many"} columns`, { at });
  }
  // IN has no operator name; `<> ALL` is NOT IN.
  const written = node.operName === undefined ? "=" : textOf(node.operName.at(-1));
  const name = written === "!=" ? "<>" : written;
  const tests = lefts.map((item, index) => {
    const column = query.columns[index];
    const element: ElementReference = {
      kind: "element",
      name: checker.alias("e"),
      type: column?.type ?? OID.text,
      typmod: -1,
      at,
    };
    return { element, test: binary(name, item, element, at, checker) };
  });
  const sameTypes = tests.every(
    ({ test, element }) => test.kind === "compare" && test.right.kind === "element" && test.right.type === element.type,
  );
  const coerced = tests.map(({ test }, index) => (test.kind === "compare" ? test.left : (lefts[index] ?? test)));
  if (sameTypes && name === "=" && !all)
    return { kind: "any-query", left: coerced, query, all, native: "in", test: null, elements: [], ...bool, at };
  if (sameTypes && name === "<>" && all)
    return { kind: "any-query", left: coerced, query, all, native: "not in", test: null, elements: [], ...bool, at };
  const elements = tests.map(({ element }) => element);
  const [only] = tests;
  const test =
    only !== undefined && tests.length === 1 ? only.test : compareRows(comparisonOf(name, at), lefts, elements, at, checker);
  return { kind: "any-query", left: lefts, query, all, native: null, test, elements, ...bool, at };
}

function comparisonOf(name: string, at: number): RowComparison["operator"] {
  const known = (["=", "<>", "<", "<=", ">", ">="] as const).find((operator) => operator === name);
  return known ?? fail("0A000", `could not determine interpretation of row comparison operator ${name}`, { at });
}

/** `(a, b) = (SELECT x, y …)`: one row at most. */
export function compareWithQuery(
  operator: string,
  left: readonly Expression[],
  link: SubLink,
  at: number,
  scope: Scope,
  checker: Checker,
): Expression {
  checker.heavy = true;
  const query = settleOutputs(checkQuery(link.subselect, scope, checker), checker);
  if (query.columns.length !== left.length) {
    const few = left.length > query.columns.length;
    return fail("42601", `subquery has too ${few ? "few" : "many"} columns`, { at });
  }
  const source: QuerySource = { kind: "query", alias: checker.alias("q"), name: "", columns: query.columns, query };
  const right = query.columns.map((column, index): Expression => ({ kind: "column", source, index, ...column, at: -1 }));
  const test = compareRows(comparisonOf(operator, at), left, right, at, checker);
  const around: Query = {
    ctes: [],
    body: {
      kind: "select",
      targets: [{ name: "compare", expression: test }],
      from: [{ kind: "source", source }],
      where: null,
      group: [],
      grouped: false,
      having: null,
      distinct: false,
      distinctOn: [],
    },
    columns: [{ name: "compare", ...bool }],
    order: [],
    limit: null,
    offset: null,
  };
  return { kind: "subquery", form: "scalar", query: around, ...bool, at };
}
