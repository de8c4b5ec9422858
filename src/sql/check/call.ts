// Function calls: scalars, aggregates, window functions, casts written as calls, and set-returning functions of a target list.
import type { FuncCall, WindowDef } from "libpg-query";
import { findCast } from "../casts.ts";
import { fail, unsupported } from "../errors.ts";
import { OID, showType, typeByName, typeByOid } from "../types/index.ts";
import type { Checker } from "./checker.ts";
import { convert, settle, toBoolean, tryCoerce } from "./coerce.ts";
import { checkExpression, noteNames } from "./expression.ts";
import { visitDeep } from "./grouping.ts";
import { noFunction, type Resolved, resolveFunction, resolveOperator } from "./resolve.ts";
import type { Scope } from "./scope.ts";
import { checkSort } from "./sort.ts";
import type { Aggregate, Call, Expression, FunctionSource, Grouping, SortItem, Source } from "./tree.ts";
import { textOf } from "./type-name.ts";
import { checkFrame, hasFrame } from "./window.ts";
import { checkWithinGroup } from "./within-group.ts";

const SCHEMAS: ReadonlySet<string> = new Set(["pg_catalog", "public", "information_schema"]);

/** A call of a known operator or internal function on checked arguments. */
export function checkNamedCall(name: string, args: readonly Expression[], at: number, checker: Checker): Expression {
  const resolved = /^\w/.test(name)
    ? (resolveFunction(name, args, at, checker.parameters) ?? noFunction(name, args, at))
    : resolveOperator(name, args, at, checker.parameters);
  return callOf(resolved, at, checker);
}

function callOf(resolved: Resolved, at: number, checker: Checker): Call {
  checker.noteFunction(resolved.fn);
  for (const arg of resolved.args) noteNames(arg, checker);
  return { kind: "call", fn: resolved.fn, args: resolved.args, type: resolved.returns, typmod: -1, at };
}

export function checkCall(node: FuncCall, scope: Scope, checker: Checker): Expression {
  const at = node.location ?? 0;
  const parts = (node.funcname ?? []).map(textOf);
  const name = parts.at(-1) ?? "";
  const schema = parts.length > 1 ? (parts.at(-2) ?? "") : null;
  if (schema !== null && !SCHEMAS.has(schema)) return fail("3F000", `schema "${schema}" does not exist`, { at });
  if ((node.args ?? []).length > 100) fail("54023", "cannot pass more than 100 arguments to a function", { at });
  const sets = scope.expanded.length;
  const args = (node.args ?? []).map((arg) => checkExpression(arg, scope, checker));
  if (node.func_variadic) return unsupported("VARIADIC in a call", at);
  if (node.agg_within_group) return placed(checkWithinGroup(node, name, args, scope, checker), scope);
  const resolved = resolveFunction(name, args, at, checker.parameters);
  if (resolved === null) return castCall(name, args, at, node, checker);
  const { fn } = resolved;
  if (fn.within !== undefined && node.over === undefined)
    return fail("42809", `WITHIN GROUP is required for ordered-set aggregate ${name}`, { at });
  checker.noteFunction(fn);
  if (node.over !== undefined || fn.kind === "aggregate") {
    const what = node.over === undefined ? "aggregate" : "window";
    noSets(scope, sets, `${what} function calls cannot contain set-returning function calls`);
  }
  if (node.over !== undefined) return windowCall(node, resolved, scope, checker);
  switch (fn.kind) {
    case "aggregate":
      return aggregateCall(node, resolved, scope, checker);
    case "window":
      return fail("42809", `window function ${name} requires an OVER clause`, { at });
    case "table":
      return expanded(resolved, at, scope, checker);
    default:
      if (node.agg_star || node.agg_distinct || node.agg_order || node.agg_filter || node.agg_within_group) {
        const what = node.agg_star
          ? `${name}(*) specified, but`
          : node.agg_distinct
            ? "DISTINCT specified, but"
            : node.agg_filter
              ? "FILTER specified, but"
              : "ORDER BY specified, but";
        return fail("42809", `${what} ${name} is not an aggregate function`, { at });
      }
      return supplied(resolved, at) ?? callOf(resolved, at, checker);
  }
}

/** now() and its kin are values of the session, not calls. */
function supplied({ fn, returns }: Resolved, at: number): Expression | null {
  const names: Readonly<Record<string, "now" | "user" | "database">> = {
    now: "now",
    transaction_timestamp: "now",
    statement_timestamp: "now",
    current_database: "database",
  };
  const name = fn.args.length === 0 ? names[fn.name] : undefined;
  return name === undefined ? null : { kind: "supplied", name, type: returns, typmod: -1, at };
}

/** `text(5)`, `int4('5')`: a cast written as a call. */
function castCall(name: string, args: readonly Expression[], at: number, node: FuncCall, checker: Checker): Expression {
  const type = typeByName(name);
  const [only] = args;
  if (type !== undefined && type.category !== "P" && only !== undefined && args.length === 1 && !node.over && !node.agg_star) {
    const cast = only.type === OID.unknown ? undefined : findCast(only.type, type.oid);
    const result =
      cast !== undefined || only.type === OID.unknown ? tryCoerce(only, type.oid, -1, "explicit", checker.parameters) : null;
    if (result !== null) return convert(result, type.oid, -1, (sql) => sql, true);
  }
  return noFunction(name, args, at);
}

function aggregateCall(node: FuncCall, resolved: Resolved, scope: Scope, checker: Checker): Expression {
  const at = node.location ?? 0;
  const { fn, args, returns } = resolved;
  const nested = firstOf(args, "aggregate");
  if (nested !== null && nested.kind === "aggregate" && scope.aggregates.includes(nested))
    return fail("42803", "aggregate function calls cannot be nested", { at: nested.at });
  const window = firstOf(args, "window");
  if (window !== null) return fail("42803", "aggregate function calls cannot contain window function calls", { at: window.at });
  if (node.agg_star && (args.length > 0 || fn.name !== "count"))
    return fail("42809", `${fn.name}(*) specified, but ${fn.name} takes arguments`, { at });
  if (!node.agg_star && fn.args.length === 0 && fn.name === "count") {
    return fail("42809", "count(*) must be used to call a parameterless aggregate function", { at });
  }
  const order = (node.agg_order ?? []).map((item) => checkSort(item, scope, checker, (n) => checkExpression(n, scope, checker)));
  const filter =
    node.agg_filter === undefined
      ? null
      : toBoolean(checkExpression(node.agg_filter, scope, checker), "FILTER", checker.parameters);
  const distinct = node.agg_distinct === true;
  for (const arg of args) {
    if (distinct && !typeByOid(arg.type).comparable) {
      return fail("42883", `could not identify an equality operator for type ${showType(arg.type)}`, { at: arg.at });
    }
  }
  const aggregate: Aggregate = {
    kind: "aggregate",
    fn,
    args,
    star: node.agg_star === true,
    distinct,
    order,
    filter,
    type: returns,
    typmod: -1,
    at,
  };
  return placed(aggregate, scope);
}

/** Gives an aggregate to the query whose columns it is over: its own, or one around it. */
export function placed<T extends Aggregate | Grouping>(aggregate: T, scope: Scope): T {
  const owner = ownerOf(aggregate, scope);
  if (owner.inFrom && owner !== scope)
    return fail("42803", "aggregate functions are not allowed in FROM clause of their own query level", { at: aggregate.at });
  if (owner.forbidAggregates !== null) {
    const words =
      aggregate.kind === "grouping"
        ? owner.forbidAggregates.replace(/^aggregate functions/, "grouping operations")
        : owner.forbidAggregates;
    return fail("42803", words, { at: aggregate.at });
  }
  if (aggregate.kind === "aggregate") owner.aggregates.push(aggregate);
  else owner.groupings.push(aggregate);
  return aggregate;
}

function ownerOf(aggregate: Aggregate | Grouping, scope: Scope): Scope {
  if (scope.parent === null) return scope;
  const sources = new Set<Source>();
  for (const part of partsOf(aggregate)) {
    visitDeep(part, (inner) => {
      if (inner.kind === "column" || inner.kind === "row-of") sources.add(inner.source);
    });
  }
  if (sources.size === 0) return scope;
  for (const level of scope.levels()) {
    const own = level.known.some(
      (item) =>
        (item.source !== null && sources.has(item.source)) ||
        item.columns.some(({ expression }) => "source" in expression && sources.has(expression.source)),
    );
    if (own) return level;
  }
  return scope;
}

function windowCall(node: FuncCall, resolved: Resolved, scope: Scope, checker: Checker): Expression {
  const at = node.location ?? 0;
  const { fn, args, returns } = resolved;
  if (fn.kind !== "window" && fn.kind !== "aggregate") {
    return fail("42809", `OVER specified, but ${fn.name} is not a window function nor an aggregate function`, { at });
  }
  if (!node.agg_star && fn.kind === "aggregate" && fn.args.length === 0)
    return fail("42809", `${fn.name}(*) must be used to call a parameterless aggregate function`, { at });
  if (scope.forbidWindows !== null) return fail("42P20", scope.forbidWindows, { at });
  if (fn.kind === "aggregate" && fn.within !== undefined)
    return fail("0A000", `OVER is not supported for ordered-set aggregate ${fn.name}`, { at });
  if (node.agg_distinct) return fail("0A000", "DISTINCT is not implemented for window functions", { at });
  if (node.agg_order) return fail("0A000", "aggregate ORDER BY is not implemented for window functions", { at });
  if (fn.kind === "window" && node.agg_filter !== undefined)
    return fail("0A000", "FILTER is not implemented for non-aggregate window functions", { at });
  const inside = firstOf(args, "window");
  if (inside !== null) return fail("42P20", "window function calls cannot be nested", { at: inside.at });
  const sets = scope.expanded.length;
  const definition = windowDefinition(node.over ?? {}, scope);
  const partition = (definition.partitionClause ?? []).map((part) =>
    settle(checkExpression(part, scope, checker), checker.parameters),
  );
  const order: SortItem[] = (definition.orderClause ?? []).map((item) =>
    checkSort(item, scope, checker, (part) => checkExpression(part, scope, checker)),
  );
  const filter =
    node.agg_filter === undefined
      ? null
      : toBoolean(checkExpression(node.agg_filter, scope, checker), "FILTER", checker.parameters);
  const frame = checkFrame(definition, order, scope, checker);
  if (scope.expanded.length > sets) unsupported("a set-returning function in a window definition", scope.expandedAt);
  const window: Expression = {
    kind: "window",
    fn,
    args,
    star: node.agg_star === true,
    filter,
    partition,
    order,
    frame,
    type: returns,
    typmod: -1,
    at,
  };
  scope.windows.push(window);
  return window;
}

/** `OVER name` is a window of the WINDOW clause; `OVER (name …)` and `w AS (name …)` add to one. */
function windowDefinition(over: WindowDef, scope: Scope): WindowDef {
  const clauses = windowClauses.get(scope) ?? [];
  return over.name === undefined ? copied(over, clauses) : copied(named(over.name, over, clauses), clauses);
}

function named(name: string, over: WindowDef, clauses: readonly WindowDef[]): WindowDef {
  return (
    clauses.find((definition) => definition.name === name) ??
    fail("42704", `window "${name}" does not exist`, { at: over.location ?? 0 })
  );
}

/** A definition with what it takes over from another. */
function copied(definition: WindowDef, clauses: readonly WindowDef[]): WindowDef {
  const { refname } = definition;
  if (refname === undefined) return definition;
  const at = definition.location ?? 0;
  // Only windows defined before it can be referred to.
  const own = clauses.indexOf(definition);
  const base = copied(named(refname, definition, own === -1 ? clauses : clauses.slice(0, own)), clauses);
  if (definition.partitionClause !== undefined)
    fail("42P20", `cannot override PARTITION BY clause of window "${refname}"`, { at });
  if (definition.orderClause !== undefined && base.orderClause !== undefined)
    fail("42P20", `cannot override ORDER BY clause of window "${refname}"`, { at });
  if (hasFrame(base)) {
    const bare = definition.name === undefined && definition.orderClause === undefined && !hasFrame(definition);
    fail("42P20", `cannot copy window "${refname}" because it has a frame clause`, {
      at,
      ...(bare ? { hint: "Omit the parentheses in this OVER clause." } : {}),
    });
  }
  const orderClause = definition.orderClause ?? base.orderClause;
  return {
    ...definition,
    ...(base.partitionClause === undefined ? {} : { partitionClause: base.partitionClause }),
    ...(orderClause === undefined ? {} : { orderClause }),
  };
}

/** Refuses what is wrong in a WINDOW clause, whether or not a call uses it. */
export function checkWindows(definitions: readonly WindowDef[]): void {
  for (const [at, definition] of definitions.entries()) {
    if (definitions.slice(0, at).some((other) => other.name === definition.name))
      fail("42P20", `window "${definition.name}" is already defined`, { at: definition.location ?? 0 });
    copied(definition, definitions);
  }
}

/** WINDOW clauses of the query a scope belongs to. */
export const windowClauses = new WeakMap<Scope, readonly WindowDef[]>();

function expanded(resolved: Resolved, at: number, scope: Scope, checker: Checker): Expression {
  const { fn, args, returns } = resolved;
  if (!scope.allowExpansion) {
    const clause = /(?: in) (.*)$/.exec(scope.forbidAggregates ?? "")?.[1] ?? scope.clause;
    return fail("0A000", `set-returning functions are not allowed in ${clause}`, { at });
  }
  checker.heavy = true;
  const own = functionColumns(fn, returns);
  // Hidden at the end: the row's number, by which several functions go in step.
  const columns = [...own, { name: "ordinality", type: OID.int8, typmod: -1, hidden: true }];
  const source: FunctionSource = { kind: "function", alias: checker.alias("f"), name: "", columns, fn, args, ordinality: true };
  scope.expanded.push(source);
  scope.expandedAt = at;
  if (own.length === 1) return { kind: "column", source, index: 0, type: own[0]?.type ?? returns, typmod: -1, at };
  return { kind: "row-of", source, type: OID.record, typmod: -1, at };
}

export function functionColumns(fn: Resolved["fn"], returns: number): { name: string; type: number; typmod: number }[] {
  return (
    fn.columns?.map((column) => ({ name: column.name, type: column.typeOid, typmod: -1 })) ?? [
      { name: fn.name, type: returns, typmod: -1 },
    ]
  );
}

/** Refuses a set-returning function met since `before` of them were known. */
export function noSets(scope: Scope, before: number, words: string): void {
  if (scope.expanded.length === before) return;
  fail("0A000", words, {
    at: scope.expandedAt,
    hint: "You might be able to move the set-returning function into a LATERAL FROM item.",
  });
}

function contains(expression: Expression, kind: "aggregate" | "window"): boolean {
  let found = false;
  walk(expression, (part) => {
    if (part.kind === kind) found = true;
  });
  return found;
}

function firstOf(expressions: readonly Expression[], kind: "aggregate" | "window"): Expression | null {
  let found: Expression | null = null;
  for (const expression of expressions) {
    walk(expression, (part) => {
      if (part.kind === kind) found ??= part;
    });
  }
  return found;
}

export const containsAggregate = (expression: Expression): boolean => contains(expression, "aggregate");
export const containsWindow = (expression: Expression): boolean => contains(expression, "window");

/** The parts directly inside an expression (not those of subqueries). */
export function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case "call":
    case "and":
    case "or":
    case "coalesce":
    case "greatest":
    case "least":
      return expression.args;
    case "convert":
    case "not":
    case "test":
    case "grouped":
      return [expression.arg];
    case "compare":
      return [expression.left, expression.right];
    case "case":
      return [
        ...expression.branches.flatMap((branch) => [branch.when, branch.result]),
        ...(expression.otherwise === null ? [] : [expression.otherwise]),
      ];
    case "in":
      return [expression.left, ...expression.items];
    case "any-array":
      return [expression.left, expression.array, expression.test];
    case "any-query":
      return expression.test === null ? expression.left : [...expression.left, expression.test];
    case "array":
    case "row":
      return expression.items;
    case "compare-rows":
      return [...expression.left, ...expression.right];
    case "grouping":
      return expression.args;
    case "aggregate":
      return [
        ...expression.args,
        ...expression.order.map((item) => item.expression),
        ...(expression.filter === null ? [] : [expression.filter]),
      ];
    case "window":
      return [
        ...expression.args,
        ...expression.partition,
        ...expression.order.map((item) => item.expression),
        ...(expression.filter === null ? [] : [expression.filter]),
      ];
    default:
      return [];
  }
}

export function walk(expression: Expression, visit: (part: Expression) => void): void {
  visit(expression);
  for (const part of partsOf(expression)) walk(part, visit);
}
