// The FROM clause: tables, subqueries, functions, joins.
import type { Alias, FuncCall, JoinExpr, Node, RangeFunction, RangeSubselect, RangeVar } from "libpg-query";
import { columnsOf, isVisible } from "../columns.ts";
import { fail, unsupported } from "../errors.ts";
import { OID } from "../types/index.ts";
import { functionColumns } from "./call.ts";
import type { Checker } from "./checker.ts";
import { coerce, settle, toBoolean, unify } from "./coerce.ts";
import { lockstep } from "./expansion.ts";
import { checkExpression } from "./expression.ts";
import { visitDeep, visitQuery } from "./grouping.ts";
import { constant } from "./literal.ts";
import { comparison } from "./operator.ts";
import { checkQuery } from "./query.ts";
import { readRecord } from "./record.ts";
import { noFunction, resolveFunction } from "./resolve.ts";
import { itemOf, type NamedColumn, type NameSpaceItem, Scope } from "./scope.ts";
import { lookUp, noRelation, systemSource, tableSource } from "./table.ts";
import type { Expression, FetchedFunction, FromNode, FunctionSource, Query, Source, SourceColumn, Target } from "./tree.ts";
import { textOf } from "./type-name.ts";

const asNode = (source: Source): FromNode => ({ kind: "source", source });

/** Checks one item, adding its names to the scope. */
export function checkFrom(node: Node, scope: Scope, checker: Checker): FromNode {
  if ("RangeVar" in node) return checkTable(node.RangeVar, scope, checker);
  if ("RangeSubselect" in node) return checkSubselect(node.RangeSubselect, scope, checker);
  if ("RangeFunction" in node) return checkFunction(node.RangeFunction, scope, checker);
  if ("JoinExpr" in node) return checkJoin(node.JoinExpr, scope, checker);
  if ("RangeTableSample" in node) return unsupported("TABLESAMPLE");
  return unsupported("this kind of FROM item");
}

/** Column names given with the alias: `t(a, b)`. */
function renamed<T extends SourceColumn>(columns: readonly T[], alias: Alias | undefined, name: string): readonly T[] {
  const given = alias?.colnames ?? [];
  if (given.length === 0) return columns;
  const shown = columns.filter((column) => !column.hidden).length;
  if (given.length > shown) {
    return fail("42P10", `table "${name}" has ${shown} columns available but ${given.length} columns specified`);
  }
  return columns.map((column, index) => (given[index] === undefined ? column : { ...column, name: textOf(given[index]) }));
}

function place(source: Source, scope: Scope, schema = ""): FromNode {
  scope.add(itemOf(source, schema));
  return asNode(source);
}

function checkTable(range: RangeVar, scope: Scope, checker: Checker): FromNode {
  const relname = range.relname ?? "";
  const name = range.alias?.aliasname ?? relname;
  const cte = range.schemaname ? undefined : scope.findCte(relname);
  if (cte !== undefined) {
    if (cte.silent === true)
      return fail("0A000", `WITH query "${relname}" does not have a RETURNING clause`, { at: range.location ?? 0 });
    const columns = renamed(cte.query.columns, range.alias, name);
    return place({ kind: "cte", alias: checker.alias("w"), name, columns, cte }, scope);
  }
  const found = lookUp(range, checker);
  if (found.kind === "none") return noRelation(range);
  const source = found.kind === "table" ? tableSource(found.table, name, checker) : systemSource(found.relation, name, checker);
  const schema = range.alias === undefined ? (range.schemaname ?? "") : "";
  return place({ ...source, columns: renamed<never>(source.columns as never, range.alias, name) }, scope, schema);
}

function checkSubselect(node: RangeSubselect, scope: Scope, checker: Checker): FromNode {
  // Without LATERAL a derived table sees the queries around, not its neighbours.
  const { result: query, volatile } = checker.watch(() =>
    checkQuery(node.subquery, new Scope(scope, node.lateral === true), checker),
  );
  const name = node.alias?.aliasname ?? "";
  checker.heavy = true;
  const columns = renamed(query.columns, node.alias, name);
  const lateral = node.lateral === true && readsFrom(query, scope);
  if (lateral && !volatile && isInline(query, scope)) return inline(query, columns, name, scope, checker);
  return place({ kind: "query", alias: checker.alias("q"), name, columns, query, lateral, volatile }, scope);
}

/** Whether a query reads items of the FROM clause it stands in. */
function readsFrom(query: Query, scope: Scope): boolean {
  const own = new Set<Source>();
  for (const item of scope.items) {
    for (const { expression } of item.columns) visitDeep(expression, (part) => "source" in part && own.add(part.source));
    if (item.source !== null) own.add(item.source);
  }
  let reads = false;
  visitQuery(query, (part) => {
    if ((part.kind === "column" || part.kind === "row-of") && own.has(part.source)) reads = true;
  });
  return reads;
}

/** LATERAL over expressions alone needs no join: its columns are the expressions, and its one row is one row. */
function isInline({ body, ctes, limit, offset }: Query, scope: Scope): boolean {
  if (body.kind !== "select" || ctes.length > 0 || limit !== null || offset !== null) return false;
  return body.from.length === 0 && body.where === null && !body.grouped && !body.distinct && scope.nullable === 0;
}

function inline(query: Query, columns: readonly SourceColumn[], name: string, scope: Scope, checker: Checker): FromNode {
  const { body } = query;
  if (body.kind !== "select") return fail("58000", "internal error: LATERAL");
  const one: Query = { ...query, body: { ...body, targets: [] }, columns: [], order: [] };
  scope.add({
    name,
    schema: "",
    source: null,
    unqualified: true,
    columns: columns.map((column, at) => ({
      name: column.name,
      hidden: false,
      expression: body.targets[at]?.expression ?? fail("58000", "internal error: LATERAL"),
    })),
  });
  return asNode({ kind: "query", alias: checker.alias("q"), name: "", columns: [], query: one });
}

function checkFunction(node: RangeFunction, scope: Scope, checker: Checker): FromNode {
  const several = functionCalls(node);
  if (several !== null) return checkLockstep(several, node, scope, checker);
  const [list] = node.functions ?? [];
  const call = list !== undefined && "List" in list ? list.List.items?.[0] : undefined;
  if (call === undefined) return unsupported("this FROM item");
  // `FROM user`: the word names the table.
  if ("SQLValueFunction" in call && call.SQLValueFunction.op === "SVFOP_USER") {
    const { location = 0 } = call.SQLValueFunction;
    return checkTable({ relname: "user", location, ...(node.alias === undefined ? {} : { alias: node.alias }) }, scope, checker);
  }
  checker.heavy = true;
  if (!("FuncCall" in call)) return scalarAsTable(call, "", node, scope, checker);
  const at = call.FuncCall.location ?? 0;
  const parts = (call.FuncCall.funcname ?? []).map(textOf);
  const functionName = parts.at(-1) ?? "";
  const name = node.alias?.aliasname ?? functionName;
  const fetched = checker.around.fetched.get(functionName);
  if (fetched !== undefined) {
    checker.usesCatalog = true;
    const given = (call.FuncCall.args ?? []).map((arg) => checkExpression(arg, new Scope(null), checker));
    if (given.length !== fetched.args.length) return noFunction(functionName, given, at);
    const args = given.map((arg, index) => coerce(arg, fetched.args[index] ?? OID.text, -1, "assignment", checker.parameters));
    const fetch = { ...fetched, columns: documentColumns(fetched, args, checker) };
    const columns = renamed(fetch.columns, node.alias, name);
    return place({ kind: "fetched", alias: checker.alias("h"), name, columns, fetch, args }, scope);
  }
  const record = checkRecord(call.FuncCall, functionName, node, scope, checker);
  if (record !== null) return record;
  const inner = functionScope(scope);
  const args = (call.FuncCall.args ?? []).map((arg) => checkExpression(arg, inner, checker));
  const resolved = resolveFunction(functionName, args, at, checker.parameters);
  if (resolved === null || resolved.fn.kind !== "table") return scalarAsTable(call, functionName, node, scope, checker);
  checker.noteFunction(resolved.fn);
  checker.unbounded = true;
  let columns: SourceColumn[] = functionColumns(resolved.fn, resolved.returns);
  // A function of one column gives it the alias's name.
  if (columns.length === 1 && resolved.fn.columns === undefined) columns = columns.map((column) => ({ ...column, name }));
  const ordinality = node.ordinality === true;
  if (ordinality) columns.push({ name: "ordinality", type: OID.int8, typmod: -1 });
  return place(
    {
      kind: "function",
      alias: checker.alias("f"),
      name,
      columns: renamed(columns, node.alias, name),
      fn: resolved.fn,
      args: resolved.args,
      ordinality,
    },
    scope,
  );
}

/** A function that answers records, whose columns the statement must list. */
function checkRecord(call: FuncCall, functionName: string, node: RangeFunction, scope: Scope, checker: Checker): FromNode | null {
  const list = node.coldeflist ?? [];
  const query = readRecord(functionName, call, list, functionScope(scope), checker);
  if (query === null) {
    if (list.length === 0) return null;
    const [first] = list;
    const at = first !== undefined && "ColumnDef" in first ? (first.ColumnDef.location ?? 0) : 0;
    return fail("42601", 'a column definition list is only allowed for functions returning "record"', { at });
  }
  if (node.ordinality) return unsupported("WITH ORDINALITY beside a column definition list");
  const name = node.alias?.aliasname ?? functionName;
  const lateral = readsFrom(query, scope);
  return place({ kind: "query", alias: checker.alias("q"), name, columns: query.columns, query, lateral }, scope);
}

/** A function's arguments see what stands to its left. */
function functionScope(scope: Scope): Scope {
  const inner = new Scope(scope);
  inner.forbidAggregates = "aggregate functions are not allowed in functions in FROM";
  inner.forbidWindows = "window functions are not allowed in functions in FROM";
  return inner;
}

/** chrondb_at answers a document's fields, which are known when the table is named in the call. */
function documentColumns(fetched: FetchedFunction, args: readonly Expression[], checker: Checker): readonly SourceColumn[] {
  const [named] = args;
  if (fetched.name !== "chrondb_at" || named?.kind !== "constant") return fetched.columns;
  const table = checker.findTable(String(named.value));
  if (table === undefined || !isVisible(table)) return fetched.columns;
  return [
    { name: "id", type: OID.text, typmod: -1 },
    ...columnsOf(table).filter((column) => column.name !== "id" && !column.hidden),
  ];
}

/** A scalar function in FROM: one row of one column. */
function scalarAsTable(call: Node, functionName: string, node: RangeFunction, scope: Scope, checker: Checker): FromNode {
  const name = node.alias?.aliasname ?? functionName;
  const expression = settle(checkExpression(call, functionScope(scope), checker), checker.parameters);
  const targets: Target[] = [{ name, expression }];
  if (node.ordinality) targets.push({ name: "ordinality", expression: constant(OID.int8, 1, -1) });
  const query = queryOf(targets, []);
  const { columns } = query;
  const lateral = readsFrom(query, scope);
  return place(
    { kind: "query", alias: checker.alias("q"), name, columns: renamed(columns, node.alias, name), query, lateral },
    scope,
  );
}

/** `SELECT targets FROM …`. */
function queryOf(targets: readonly Target[], from: readonly FromNode[]): Query {
  return {
    ctes: [],
    body: {
      kind: "select",
      targets,
      from,
      where: null,
      group: [],
      grouped: false,
      having: null,
      distinct: false,
      distinctOn: [],
    },
    columns: targets.map(({ name, expression }) => ({ name, type: expression.type, typmod: expression.typmod })),
    order: [],
    limit: null,
    offset: null,
  };
}

/** The calls of ROWS FROM and of unnest with several arrays, which go in step; null for a single call. */
function functionCalls(node: RangeFunction): FuncCall[] | null {
  const calls = (node.functions ?? []).flatMap((list): FuncCall[] => {
    const call = "List" in list ? list.List.items?.[0] : undefined;
    if (call === undefined || !("FuncCall" in call)) return [];
    const { FuncCall: one } = call;
    const isUnnest = textOf(one.funcname?.at(-1)) === "unnest" && (one.args ?? []).length > 1;
    return isUnnest ? (one.args ?? []).map((arg) => ({ ...one, args: [arg] })) : [one];
  });
  return calls.length > 1 ? calls : null;
}

function checkLockstep(calls: readonly FuncCall[], node: RangeFunction, scope: Scope, checker: Checker): FromNode {
  checker.heavy = true;
  checker.unbounded = true;
  const inner = functionScope(scope);
  const sources = calls.map((call): FunctionSource => {
    const name = textOf(call.funcname?.at(-1));
    const at = call.location ?? 0;
    const args = (call.args ?? []).map((arg) => checkExpression(arg, inner, checker));
    const resolved = resolveFunction(name, args, at, checker.parameters) ?? noFunction(name, args, at);
    if (resolved.fn.kind !== "table") return unsupported("a function that returns no set in ROWS FROM", at);
    checker.noteFunction(resolved.fn);
    const columns = [
      ...functionColumns(resolved.fn, resolved.returns),
      { name: "ordinality", type: OID.int8, typmod: -1, hidden: true },
    ];
    const alias = checker.alias("f");
    return { kind: "function", alias, name: "", columns, fn: resolved.fn, args: resolved.args, ordinality: true };
  });
  const { nodes, row } = lockstep(sources, checker);
  const targets = sources.flatMap((source) =>
    source.columns.slice(0, -1).map((column, index): Target => {
      const { name, type, typmod } = column;
      return { name, expression: { kind: "column", source, index, type, typmod, at: -1 } };
    }),
  );
  if (node.ordinality) targets.push({ name: "ordinality", expression: row });
  const query = queryOf(targets, nodes);
  const name = node.alias?.aliasname ?? textOf(calls[0]?.funcname?.at(-1));
  const columns = renamed(query.columns, node.alias, name);
  return place({ kind: "query", alias: checker.alias("q"), name, columns, query, lateral: readsFrom(query, scope) }, scope);
}

function sourcesOf(node: FromNode): Source[] {
  return node.kind === "source" ? [node.source] : [...sourcesOf(node.left), ...sourcesOf(node.right)];
}

const KINDS: Readonly<Record<string, "inner" | "left" | "right" | "full">> = {
  JOIN_INNER: "inner",
  JOIN_LEFT: "left",
  JOIN_RIGHT: "right",
  JOIN_FULL: "full",
};

function checkJoin(node: JoinExpr, scope: Scope, checker: Checker): FromNode {
  checker.heavy = true;
  const join = KINDS[node.jointype ?? ""] ?? unsupported("this kind of join");
  if (node.larg === undefined || node.rarg === undefined) return fail("42601", "a join needs two sides");
  const start = scope.items.length;
  const outer = { left: join === "right" || join === "full" ? 1 : 0, right: join === "left" || join === "full" ? 1 : 0 };
  scope.nullable += outer.left;
  const left = checkFrom(node.larg, scope, checker);
  const middle = scope.items.length;
  const leftItems = scope.items.slice(start, middle);
  scope.nullable += outer.right - outer.left;
  // What RIGHT and FULL joins keep cannot be made from rows of the other side.
  for (const item of leftItems) item.barred ||= outer.left === 1;
  const right = checkFrom(node.rarg, scope, checker);
  for (const item of leftItems) item.barred = false;
  scope.nullable -= outer.right;
  const rightItems = scope.items.slice(middle);
  if (join === "left" || join === "full") for (const source of sourcesOf(right)) source.nullable = true;
  if (join === "right" || join === "full") for (const source of sourcesOf(left)) source.nullable = true;
  let on: Expression | null = null;
  const names = node.isNatural ? sharedNames(leftItems, rightItems) : (node.usingClause ?? []).map(textOf);
  if (node.isNatural || node.usingClause !== undefined) {
    const merged = mergeColumns(names, leftItems, rightItems, join, checker);
    on = merged.on;
    for (const item of [...leftItems, ...rightItems]) item.unqualified = false;
    scope.add({ name: "", schema: "", columns: merged.columns, unqualified: true, source: null });
    const shared = node.join_using_alias?.aliasname;
    // `USING (…) AS j`: the merged columns, by qualification only.
    if (shared !== undefined) {
      scope.add({ name: shared, schema: "", columns: merged.columns.slice(0, names.length), unqualified: false, source: null });
    }
  } else if (node.quals !== undefined) {
    // The condition sees this join's two sides only (and the queries around).
    const inner = new Scope(scope, false);
    inner.items.push(...leftItems, ...rightItems);
    inner.forbidAggregates = "aggregate functions are not allowed in JOIN conditions";
    inner.forbidWindows = "window functions are not allowed in JOIN conditions";
    on = toBoolean(checkExpression(node.quals, inner, checker), "JOIN/ON", checker.parameters);
  }
  if (node.alias !== undefined) aliasJoin(node.alias, scope, start);
  const kind = join === "inner" && on === null ? "cross" : join;
  return { kind: "join", join: kind, left, right, on };
}

function unqualified(items: readonly NameSpaceItem[]): NamedColumn[] {
  return items.filter((item) => item.unqualified).flatMap((item) => item.columns);
}

function sharedNames(left: readonly NameSpaceItem[], right: readonly NameSpaceItem[]): string[] {
  const names = new Set(
    unqualified(right)
      .filter((column) => !column.hidden)
      .map((column) => column.name),
  );
  return [
    ...new Set(
      unqualified(left)
        .filter((column) => !column.hidden && names.has(column.name))
        .map((column) => column.name),
    ),
  ];
}

function mergeColumns(
  names: readonly string[],
  leftItems: readonly NameSpaceItem[],
  rightItems: readonly NameSpaceItem[],
  join: "inner" | "left" | "right" | "full",
  checker: Checker,
): { columns: NamedColumn[]; on: Expression | null } {
  const left = unqualified(leftItems);
  const right = unqualified(rightItems);
  const one = (columns: readonly NamedColumn[], name: string, side: string): Expression => {
    const found = columns.filter((column) => column.name === name);
    if (found.length > 1) return fail("42702", `common column name "${name}" appears more than once in ${side} table`);
    return found[0]?.expression ?? fail("42703", `column "${name}" specified in USING clause does not exist in ${side} table`);
  };
  const tests: Expression[] = [];
  const merged = names.map((name): NamedColumn => {
    const a = one(left, name, "left");
    const b = one(right, name, "right");
    const test = comparison("=", a, b, -1, checker);
    tests.push(test);
    const [x = a, y = b] = unify([a, b], "JOIN/USING", checker.parameters);
    const both: Expression = { kind: "coalesce", args: [x, y], type: x.type, typmod: x.typmod, at: -1 };
    return { name, hidden: false, expression: join === "full" ? both : join === "right" ? y : x };
  });
  const rest = [...left, ...right].filter((column) => !names.includes(column.name));
  const type = { type: OID.bool, typmod: -1, at: -1 } as const;
  const [first] = tests;
  return {
    columns: [...merged, ...rest],
    on: first === undefined ? null : tests.length === 1 ? first : { kind: "and", args: tests, ...type },
  };
}

/** `(a JOIN b …) AS j`: only `j` is seen from outside. */
function aliasJoin(alias: Alias, scope: Scope, start: number): void {
  const items = scope.items.splice(start);
  const columns = unqualified(items).filter((column) => !column.hidden);
  const given = alias.colnames ?? [];
  if (given.length > columns.length) {
    fail(
      "42P10",
      `join expression "${alias.aliasname}" has ${columns.length} columns available but ${given.length} columns specified`,
    );
  }
  scope.add({
    name: alias.aliasname ?? "",
    schema: "",
    source: null,
    unqualified: true,
    columns: columns.map((column, index) => (given[index] === undefined ? column : { ...column, name: textOf(given[index]) })),
  });
}
