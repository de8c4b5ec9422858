// SELECT, VALUES, set operations and WITH.
import type { Node, SelectStmt } from "libpg-query";
import { fail, unsupported } from "../errors.ts";
import { OID, showType, typeByOid } from "../types/index.ts";
import { walk } from "./call.ts";
import type { Checker } from "./checker.ts";
import { coerce, commonType, tryCoerce } from "./coerce.ts";
import { checkExpression } from "./expression.ts";
import { itemOf, type NameSpaceItem, Scope } from "./scope.ts";
import { checkSelect } from "./select.ts";
import { directionOf } from "./sort.ts";
import type { Constant, Expression, OrderItem, Query, SourceColumn } from "./tree.ts";
import { checkWith } from "./with.ts";

/** Checks a query standing inside another (or at the top, with an empty scope). `keepUnknown`: literals of no type may stay so. */
export function checkQuery(node: Node | undefined, outer: Scope, checker: Checker, keepUnknown = false): Query {
  if (node === undefined || !("SelectStmt" in node)) return unsupported("this kind of query");
  return checkSelectStatement(node.SelectStmt, outer, checker, keepUnknown);
}

export function checkSelectStatement(node: SelectStmt, outer: Scope, checker: Checker, keepUnknown = false): Query {
  if (node.intoClause !== undefined) unsupported("SELECT INTO");
  if (node.lockingClause !== undefined) unsupported("FOR UPDATE or FOR SHARE");
  const scope = new Scope(outer);
  const ctes = checkWith(node.withClause, scope, checker, outer.root);
  const query =
    node.op !== undefined && node.op !== "SETOP_NONE"
      ? checkSet(node, scope, checker)
      : node.valuesLists !== undefined
        ? checkValues(node, scope, checker, keepUnknown)
        : checkSelect(node, scope, checker, keepUnknown);
  return ctes.length === 0 ? query : { ...query, ctes };
}

/** LIMIT and OFFSET: bigint expressions without columns. */
export function checkLimit(node: Node | undefined, what: string, scope: Scope, checker: Checker): Expression | null {
  if (node === undefined || ("A_Const" in node && node.A_Const.isnull)) return null;
  const inner = new Scope(scope, false);
  inner.forbidAggregates = `aggregate functions are not allowed in ${what}`;
  inner.forbidWindows = `window functions are not allowed in ${what}`;
  const expression = checkExpression(node, inner, checker);
  const result = tryCoerce(expression, OID.int8, -1, "assignment", checker.parameters);
  if (result === null) {
    return fail("42804", `argument of ${what} must be type bigint, not type ${showType(expression.type)}`, { at: expression.at });
  }
  return result;
}

export function limits(node: SelectStmt, scope: Scope, checker: Checker): Pick<Query, "limit" | "offset" | "ties"> {
  const ties = node.limitOption === "LIMIT_OPTION_WITH_TIES";
  return {
    ...(ties ? { ties } : {}),
    limit: checkLimit(node.limitCount, "LIMIT", scope, checker),
    offset: checkLimit(node.limitOffset, "OFFSET", scope, checker),
  };
}

function checkValues(node: SelectStmt, scope: Scope, checker: Checker, keepUnknown: boolean): Query {
  scope.forbidAggregates = "aggregate functions are not allowed in VALUES";
  scope.forbidWindows = "window functions are not allowed in VALUES";
  const rows = (node.valuesLists ?? []).map((list) =>
    ("List" in list ? (list.List.items ?? []) : []).map((item) => checkExpression(item, scope, checker)),
  );
  const width = rows[0]?.length ?? 0;
  for (const row of rows) if (row.length !== width) fail("42601", "VALUES lists must all be the same length", { at: row[0]?.at });
  const columns: SourceColumn[] = [];
  for (let index = 0; index < width; index++) {
    const items = rows.map((row) => row[index]).filter((item) => item !== undefined);
    const all = keepUnknown && items.every((item) => item.type === OID.unknown);
    const type = all ? OID.unknown : commonType(items, "VALUES");
    for (const row of rows) {
      const item = row[index];
      if (item !== undefined && !all) row[index] = coerce(item, type, -1, "implicit", checker.parameters);
    }
    const [first] = items;
    const typmod = items.every((item) => item.typmod === first?.typmod && item.type === type) ? (first?.typmod ?? -1) : -1;
    columns.push({ name: `column${index + 1}`, type, typmod });
  }
  if (rows.length > 1) checker.heavy = true;
  return {
    ctes: [],
    body: { kind: "values", rows },
    columns,
    order: orderOutputs(node.sortClause, columns, null, scope, checker),
    ...limits(node, scope, checker),
  };
}

/** The queries of a set operation, from left to right. */
function leavesOf(query: Query): Query[] {
  return query.body.kind === "set" ? [...leavesOf(query.body.left), ...leavesOf(query.body.right)] : [query];
}

/** ORDER BY of a set operation or VALUES: output names and numbers only. */
function orderOutputs(
  nodes: readonly Node[] | undefined,
  columns: readonly SourceColumn[],
  whole: Query | null,
  scope: Scope,
  checker: Checker,
): OrderItem[] {
  return (nodes ?? []).map((node) => {
    const inner = "SortBy" in node ? node.SortBy.node : undefined;
    const output = inner === undefined ? null : outputOf(inner, columns, "ORDER BY");
    if (output === null) {
      const at =
        inner === undefined
          ? -1
          : leftmost(outputExpression(inner, columns, whole === null ? [] : leavesOf(whole), scope, checker));
      return fail("0A000", "invalid UNION/INTERSECT/EXCEPT ORDER BY clause", {
        at,
        detail: "Only result column names can be used, not expressions or functions.",
        hint: "Add the expression/function to every SELECT, or move the UNION into a FROM clause.",
      });
    }
    return { output, expression: null, ...directionOf(node) };
  });
}

/** Checks an expression over the outputs of a set operation, for the errors in it. */
function outputExpression(
  node: Node,
  columns: readonly SourceColumn[],
  leaves: readonly Query[],
  scope: Scope,
  checker: Checker,
): Expression {
  const inner = new Scope(scope, false);
  const item = (name: string, shown: readonly SourceColumn[]): NameSpaceItem => {
    const query: Query = { ctes: [], body: { kind: "values", rows: [] }, columns: shown, order: [], limit: null, offset: null };
    return itemOf({ kind: "query", alias: "", name, columns: shown, query });
  };
  inner.add(item("", columns));
  for (const [at, leaf] of leaves.entries()) inner.known.push(item(`*SELECT* ${at + 1}`, leaf.columns));
  return checkExpression(node, inner, checker);
}

function leftmost(expression: Expression): number {
  let first = expression.at;
  walk(expression, ({ at }) => {
    if (at >= 0 && at < first) first = at;
  });
  return first;
}

/** The output column a name or a number means; null when the node is neither. */
export function outputOf(node: Node, columns: readonly { readonly name: string }[], clause: string): number | null {
  if ("A_Const" in node && node.A_Const.ival !== undefined) {
    const position = node.A_Const.ival.ival ?? 0;
    if (position < 1 || position > columns.length) {
      return fail("42P10", `${clause} position ${position} is not in select list`, { at: node.A_Const.location ?? 0 });
    }
    return position - 1;
  }
  if ("A_Const" in node && !node.A_Const.isnull) {
    return fail("42601", `non-integer constant in ${clause}`, { at: node.A_Const.location ?? 0 });
  }
  if (!("ColumnRef" in node) || node.ColumnRef.fields?.length !== 1) return null;
  const [field] = node.ColumnRef.fields;
  const name = field !== undefined && "String" in field ? field.String.sval : undefined;
  const found = columns.flatMap((column, index) => (column.name === name ? [index] : []));
  if (found.length > 1) return found[0] ?? null;
  return found[0] ?? null;
}

const WORDS: Readonly<Record<string, "union" | "intersect" | "except">> = {
  SETOP_UNION: "union",
  SETOP_INTERSECT: "intersect",
  SETOP_EXCEPT: "except",
};

function checkSet(node: SelectStmt, scope: Scope, checker: Checker): Query {
  checker.heavy = true;
  const operator = WORDS[node.op ?? ""] ?? unsupported("this set operation");
  if (node.larg === undefined || node.rarg === undefined) return fail("42601", "a set operation needs two queries");
  const left = checkSelectStatement(node.larg, scope, checker, true);
  const right = checkSelectStatement(node.rarg, scope, checker, true);
  const combined = combineQueries(operator, node.all === true, left, right, checker);
  return {
    ...combined,
    order: orderOutputs(node.sortClause, combined.columns, combined, scope, checker),
    ...limits(node, scope, checker),
  };
}

export function combineQueries(
  operator: "union" | "intersect" | "except",
  all: boolean,
  left: Query,
  right: Query,
  checker: Checker,
): Query {
  const word = operator.toUpperCase();
  if (left.columns.length !== right.columns.length) {
    return fail("42601", `each ${word} query must have the same number of columns`, { at: placeOf(right) });
  }
  const columns = left.columns.map((column, index): SourceColumn => {
    const other = right.columns[index] ?? column;
    const probe = (type: number, query: Query): Constant => ({
      kind: "constant",
      type,
      typmod: -1,
      value: null,
      at: placeOf(query, index),
    });
    const type = commonType([probe(column.type, left), probe(other.type, right)], word);
    const typmod = column.type === type && other.type === type && column.typmod === other.typmod ? column.typmod : -1;
    if (!all && !typeByOid(type).comparable) fail("42883", `could not identify an equality operator for type ${showType(type)}`);
    return { name: column.name, type, typmod };
  });
  const types = columns.map((column) => column.type);
  return {
    ctes: [],
    body: { kind: "set", operator, all, left: coerceOutputs(left, types, checker), right: coerceOutputs(right, types, checker) },
    columns,
    order: [],
    limit: null,
    offset: null,
  };
}

function placeOf(query: Query, index = 0): number {
  return query.body.kind === "select" ? (query.body.targets[index]?.expression.at ?? -1) : -1;
}

/** Makes a query answer columns of the given types. */
export function coerceOutputs(query: Query, types: readonly number[], checker: Checker): Query {
  if (query.columns.every((column, index) => column.type === types[index])) return query;
  const one = (expression: Expression, index: number): Expression =>
    coerce(expression, types[index] ?? expression.type, -1, "implicit", checker.parameters);
  const columns = query.columns.map((column, index) =>
    column.type === types[index] ? column : { ...column, type: types[index] ?? column.type, typmod: -1 },
  );
  const { body } = query;
  if (body.kind === "set") {
    return {
      ...query,
      columns,
      body: { ...body, left: coerceOutputs(body.left, types, checker), right: coerceOutputs(body.right, types, checker) },
    };
  }
  if (body.kind === "values") return { ...query, columns, body: { ...body, rows: body.rows.map((row) => row.map(one)) } };
  const targets = body.targets.map((target, index) => ({ ...target, expression: one(target.expression, index) }));
  const order = query.order.map((item) =>
    item.output === null ? item : { ...item, expression: targets[item.output]?.expression ?? item.expression },
  );
  return { ...query, columns, order, body: { ...body, targets } };
}

/** Gives columns that stayed without a type the type text. */
export function settleOutputs(query: Query, checker: Checker): Query {
  return coerceOutputs(
    query,
    query.columns.map((column) => (column.type === OID.unknown ? OID.text : column.type)),
    checker,
  );
}
