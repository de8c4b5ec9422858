// WITH: names for queries, recursive ones too.
import type { CommonTableExpr, WithClause } from "libpg-query";
import { fail, unsupported } from "../errors.ts";
import { showType as typeName } from "../types/index.ts";
import { walk } from "./call.ts";
import type { Checker } from "./checker.ts";
import { canCoerce } from "./coerce.ts";
import { ownSources } from "./grouping.ts";
import { checkQuery, checkSelectStatement, coerceOutputs, settleOutputs } from "./query.ts";
import { isRecursive } from "./recursion.ts";
import type { Scope } from "./scope.ts";
import type { Cte, Expression, Query, SourceColumn } from "./tree.ts";
import { textOf } from "./type-name.ts";

/** `top`: of the whole statement, whose WITH may hold INSERT, UPDATE, DELETE and MERGE. */
export function checkWith(clause: WithClause | undefined, scope: Scope, checker: Checker, top = false): Cte[] {
  if (clause === undefined) return [];
  checker.heavy = true;
  const ctes: Cte[] = [];
  for (const node of clause.ctes ?? []) {
    if (!("CommonTableExpr" in node)) continue;
    const name = node.CommonTableExpr.ctename ?? "";
    if (ctes.some((cte) => cte.name === name)) {
      fail("42712", `WITH query name "${name}" specified more than once`, { at: node.CommonTableExpr.location ?? 0 });
    }
    const cte = checkCte(node.CommonTableExpr, name, clause.recursive === true, scope, checker, top);
    ctes.push(cte);
    scope.ctes.push(cte);
  }
  return ctes;
}

function withNames(query: Query, node: CommonTableExpr, name: string): Query {
  const given = node.aliascolnames ?? [];
  if (given.length > query.columns.length) {
    return fail(
      "42P10",
      `WITH query "${name}" has ${query.columns.length} columns available but ${given.length} columns specified`,
      { at: node.location ?? 0 },
    );
  }
  const columns = query.columns.map(
    (column, index): SourceColumn => (given[index] === undefined ? column : { ...column, name: textOf(given[index]) }),
  );
  return { ...query, columns };
}

function checkCte(node: CommonTableExpr, name: string, mayRecurse: boolean, scope: Scope, checker: Checker, top: boolean): Cte {
  if (node.search_clause !== undefined || node.cycle_clause !== undefined) unsupported("SEARCH and CYCLE", node.location ?? 0);
  const body = node.ctequery;
  if (body === undefined) return fail("42601", "WITH needs a query", { at: node.location ?? 0 });
  const materialized =
    node.ctematerialized === "CTEMaterializeAlways"
      ? "always"
      : node.ctematerialized === "CTEMaterializeNever"
        ? "never"
        : "default";
  const alias = checker.alias("cte");
  if (!("SelectStmt" in body)) {
    if (mayRecurse) isRecursive(node, name, body);
    if (!top || checker.modify === null)
      return fail("0A000", "WITH clause containing a data-modifying statement must be at the top level", {
        at: node.location ?? 0,
      });
    const own = { name, alias, recursive: false, materialized: "always", handedOver: true } as const;
    const returned = checker.modify(body, own, scope);
    const nothing: Query = { ctes: [], body: { kind: "values", rows: [] }, columns: [], order: [], limit: null, offset: null };
    return { ...own, query: withNames(returned ?? nothing, node, name), silent: returned === null };
  }
  const select = body.SelectStmt;
  if (!mayRecurse || !isRecursive(node, name, body) || select.larg === undefined || select.rarg === undefined) {
    const { result, volatile } = checker.watch(() => settleOutputs(checkQuery(body, scope, checker, true), checker));
    const query = withNames(result, node, name);
    return { name, alias, query, recursive: false, materialized: volatile ? "always" : materialized };
  }
  // The first branch fixes the columns; the second may then read the name.
  const first = settleOutputs(checkSelectStatement(select.larg, scope, checker, true), checker);
  checker.unbounded = true;
  const cte: Cte = { name, alias, query: withNames(first, node, name), recursive: true, materialized };
  scope.ctes.push(cte);
  const second = checkSelectStatement(select.rarg, scope, checker, true);
  scope.ctes.pop();
  if (second.columns.length !== first.columns.length)
    fail("42601", "each UNION query must have the same number of columns", { at: targetAt(second, 0) });
  const aggregate = aggregateOver(second, cte);
  if (aggregate !== null)
    fail("42P19", "aggregate functions are not allowed in a recursive query's recursive term", { at: aggregate.at });
  for (const [index, column] of second.columns.entries()) {
    const expected = first.columns[index];
    if (expected !== undefined && expected.typmod !== -1 && column.type === expected.type && column.typmod !== expected.typmod) {
      fail(
        "42804",
        `recursive query "${name}" column ${index + 1} has type ${typeName(expected.type, expected.typmod)} in non-recursive term but type ${typeName(expected.type)} overall`,
        { at: targetAt(first, index), hint: "Cast the output of the non-recursive term to the correct type." },
      );
    }
    if (expected !== undefined && column.type !== expected.type && column.type !== 705 && !widens(column.type, expected.type)) {
      fail(
        "42804",
        `recursive query "${name}" column ${index + 1} has type ${typeName(expected.type)} in non-recursive term but type ${typeName(column.type)} overall`,
        { at: targetAt(first, index), hint: "Cast the output of the non-recursive term to the correct type." },
      );
    }
  }
  const types = first.columns.map((column) => column.type);
  cte.query = withNames(
    {
      ctes: [],
      body: {
        kind: "set",
        operator: "union",
        all: select.all === true,
        left: first,
        right: coerceOutputs(second, types, checker),
      },
      columns: first.columns,
      order: [],
      limit: null,
      offset: null,
    },
    node,
    name,
  );
  return cte;
}

const targetAt = (query: Query, index: number): number =>
  query.body.kind === "select" ? (query.body.targets[index]?.expression.at ?? -1) : -1;

/** An aggregate of a query that reads the recursive one directly. */
function aggregateOver({ body }: Query, cte: Cte): Expression | null {
  if (body.kind === "set") return aggregateOver(body.left, cte) ?? aggregateOver(body.right, cte);
  if (body.kind !== "select" || !body.grouped) return null;
  const reads = [...ownSources(body.from)].some((source) => source.kind === "cte" && source.cte === cte);
  let found: Expression | null = null;
  for (const item of reads ? [...body.targets.map(({ expression }) => expression), body.having] : []) {
    if (item === null) continue;
    walk(item, (part) => {
      if (part.kind === "aggregate") found ??= part;
    });
  }
  return found;
}

const widens = (from: number, to: number): boolean => canCoerce(from, to, "implicit") && !canCoerce(to, from, "implicit");
