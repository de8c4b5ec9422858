// Set-returning functions of a target list (`SELECT unnest(a), generate_series(1, 3)`): moved into FROM. Several go in lock-step,
// the shorter ones padded with nulls, so a series as long as the longest drives them. Beside aggregates, GROUP BY or window
// functions they stand around the query that has those, since they come after grouping.

import { fail } from "../errors.ts";
import { OID } from "../types/index.ts";
import type { Checker } from "./checker.ts";
import { visitDeep } from "./grouping.ts";
import { constant } from "./literal.ts";
import { resolveFunction } from "./resolve.ts";
import { rewrite } from "./rewrite.ts";
import type { Expression, FromNode, FunctionSource, Query, QuerySource, Source, Target } from "./tree.ts";

const asNode = (source: Source): FromNode => ({ kind: "source", source });
const bool = { type: OID.bool, typmod: -1, at: -1 } as const;

/** `(SELECT count(*) FROM f(…))`. */
function countOf(source: FunctionSource, checker: Checker): Expression {
  const count = resolveFunction("count", [], -1, checker.parameters) ?? fail("58000", "internal error: count is missing");
  const again: FunctionSource = { ...source, alias: checker.alias("f") };
  const expression: Expression = {
    kind: "aggregate",
    fn: count.fn,
    args: [],
    star: true,
    distinct: false,
    order: [],
    filter: null,
    type: OID.int8,
    typmod: -1,
    at: -1,
  };
  const query: Query = {
    ctes: [],
    body: {
      kind: "select",
      targets: [{ name: "count", expression }],
      from: [asNode(again)],
      where: null,
      group: [],
      grouped: true,
      having: null,
      distinct: false,
      distinctOn: [],
    },
    columns: [{ name: "count", type: OID.int8, typmod: -1 }],
    order: [],
    limit: null,
    offset: null,
  };
  return { kind: "subquery", form: "scalar", query, type: OID.int8, typmod: -1, at: -1 };
}

/** The FROM items that produce the rows of the expanded functions. */
export function expandedNodes(sources: readonly FunctionSource[], checker: Checker): FromNode[] {
  return sources.length < 2 ? sources.map(asNode) : lockstep(sources, checker).nodes;
}

/** Several functions side by side, and the number of the row. */
export function lockstep(sources: readonly FunctionSource[], checker: Checker): { nodes: FromNode[]; row: Expression } {
  const longest: Expression = {
    kind: "greatest",
    args: sources.map((source) => countOf(source, checker)),
    type: OID.int8,
    typmod: -1,
    at: -1,
  };
  const series = resolveFunction("generate_series", [constant(OID.int8, 1, -1), longest], -1, checker.parameters);
  if (series === null) return fail("58000", "internal error: generate_series is missing");
  const driver: FunctionSource = {
    kind: "function",
    alias: checker.alias("f"),
    name: "",
    columns: [{ name: "n", type: OID.int8, typmod: -1 }],
    fn: series.fn,
    args: series.args,
    ordinality: false,
  };
  const row: Expression = { kind: "column", source: driver, index: 0, type: OID.int8, typmod: -1, at: -1 };
  const nodes = [
    sources.reduce<FromNode>((left, source) => {
      const position: Expression = {
        kind: "column",
        source,
        index: source.columns.length - 1,
        type: OID.int8,
        typmod: -1,
        at: -1,
      };
      const on: Expression = { kind: "compare", operator: "=", left: position, right: row, ...bool };
      return { kind: "join", join: "left", left, right: asNode(source), on };
    }, asNode(driver)),
  ];
  return { nodes, row };
}

/** A query whose target list has set-returning functions. */
export function withExpanded(query: Query, sources: readonly FunctionSource[], checker: Checker): Query {
  const { body } = query;
  if (body.kind !== "select") return query;
  let windows = false;
  for (const { expression } of [...body.targets, ...query.order]) {
    if (expression !== null) visitDeep(expression, (part) => (windows ||= part.kind === "window"));
  }
  if (!body.grouped && !windows) return { ...query, body: { ...body, from: [...body.from, ...expandedNodes(sources, checker)] } };
  // What is grouped by comes before grouping.
  const grouping = new Set<Source>();
  for (const item of body.group) {
    visitDeep(item, (part) => {
      if (part.kind === "column" && sources.some((source) => source === part.source)) grouping.add(part.source);
    });
  }
  const before = sources.filter((source) => grouping.has(source));
  const after = sources.filter((source) => !grouping.has(source));
  const from = [...body.from, ...expandedNodes(before, checker)];
  if (after.length === 0) return { ...query, body: { ...body, from } };
  const functions = new Set<Source>(after);
  const readsSet = (expression: Expression): boolean => {
    let reads = false;
    visitDeep(expression, (part) => (reads ||= (part.kind === "column" || part.kind === "row-of") && functions.has(part.source)));
    return reads;
  };
  // Whatever does not depend on a set is a column of the query inside.
  const columns: Target[] = [];
  const inner: QuerySource = { kind: "query", alias: checker.alias("q"), name: "", columns: [], query };
  const outside = (expression: Expression): Expression =>
    rewrite(expression, (part) => {
      if (readsSet(part)) return part.kind === "column" || part.kind === "row-of" ? part : null;
      if (part.kind === "constant" || part.kind === "parameter") return part;
      const index = columns.push({ name: `i${columns.length + 1}`, expression: part }) - 1;
      return { kind: "column", source: inner, index, type: part.type, typmod: part.typmod, at: part.at };
    });
  const targets = body.targets.map((target) => ({ ...target, expression: outside(target.expression) }));
  const order = query.order.map((item) => ({
    ...item,
    expression: item.output === null ? item.expression && outside(item.expression) : (targets[item.output]?.expression ?? null),
  }));
  const distinctOn = body.distinctOn.map(outside);
  const around = after.map((source) => ({ ...source, args: source.args.map(outside) }));
  const source: QuerySource = {
    ...inner,
    columns: columns.map(({ name, expression }) => ({ name, type: expression.type, typmod: expression.typmod })),
    query: {
      ...query,
      body: { ...body, from, targets: columns, distinct: false, distinctOn: [] },
      columns: columns.map(({ name, expression }) => ({ name, type: expression.type, typmod: expression.typmod })),
      order: [],
      limit: null,
      offset: null,
    },
  };
  return {
    ...query,
    body: {
      kind: "select",
      targets,
      from: [asNode(source), ...expandedNodes(around, checker)],
      where: null,
      group: [],
      grouped: false,
      having: null,
      distinct: body.distinct,
      distinctOn,
    },
    order,
  };
}
