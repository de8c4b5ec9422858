// RETURNING: expressions over the row as it is now, and over the other tables of the statement, whose values the row source carries.
import type { Node, ReturningClause } from "libpg-query";
import type { TableInfo } from "../../state/store.ts";
import type { Checker } from "../check/checker.ts";
import { tryCoerce } from "../check/coerce.ts";
import { visitDeep } from "../check/grouping.ts";
import { itemOf, type NameSpaceItem, Scope } from "../check/scope.ts";
import { checkTargets } from "../check/select.ts";
import { tableSource } from "../check/table.ts";
import type { Cte, Expression, Query, StoredColumn, TableSource } from "../check/tree.ts";
import { fail, unsupported } from "../errors.ts";
import { OID, showType, typeByOid } from "../types/index.ts";

export interface Returning {
  /** The row handed over as `new` (for DELETE: as it was). */
  readonly row: TableSource;
  readonly query: Query;
  /** Columns of the statement's other tables that RETURNING reads. */
  readonly carried: readonly Expression[];
  /** Has a subquery, so that what it reads must be as before the statement. */
  readonly reads: boolean;
}

export function checkReturning(
  clause: ReturningClause | undefined,
  table: TableInfo,
  name: string,
  others: readonly NameSpaceItem[],
  ctes: readonly Cte[],
  checker: Checker,
): Returning | null {
  if (clause === undefined) return null;
  if (clause.options !== undefined) unsupported("RETURNING WITH");
  const nodes: readonly Node[] = clause.exprs ?? [];
  const row: TableSource = { ...tableSource(table, name, checker), given: "new" };
  const scope = new Scope(null);
  scope.items.push(itemOf(row), ...others);
  scope.known.push(...scope.items);
  scope.ctes.push(...ctes);
  scope.forbidAggregates = "aggregate functions are not allowed in RETURNING";
  scope.forbidWindows = "window functions are not allowed in RETURNING";
  const targets = checkTargets(nodes, scope, checker, false);
  const carried: Expression[] = [];
  const outside = new Set(
    others.flatMap((item) =>
      item.columns.map((column) => (column.expression.kind === "column" ? column.expression.source : null)),
    ),
  );
  for (const target of targets) {
    visitDeep(target.expression, (part) => {
      if (part.kind === "column" && outside.has(part.source)) carried.push(part);
      if (part.kind === "row-of" && outside.has(part.source)) unsupported("a whole row of another table in RETURNING", part.at);
    });
  }
  let reads = false;
  for (const target of targets) {
    visitDeep(target.expression, (part) => (reads ||= part.kind === "subquery" || part.kind === "any-query"));
  }
  const query: Query = {
    ctes: reads ? ctes : [],
    body: {
      kind: "select",
      targets,
      from: [{ kind: "source", source: row }],
      where: null,
      group: [],
      grouped: false,
      having: null,
      distinct: false,
      distinctOn: [],
    },
    columns: targets.map(({ name: label, expression }) => ({ name: label, type: expression.type, typmod: expression.typmod })),
    order: [],
    limit: null,
    offset: null,
  };
  return { row, query, carried, reads };
}

/** A value brought to a declared column's type, as assignment casts allow. */
export function assignable(item: Expression, target: StoredColumn, checker: Checker): Expression {
  const type = target.type || OID.text;
  const result = tryCoerce(item, type, target.typmod, "assignment", checker.parameters);
  if (result !== null) return result;
  return fail(
    "42804",
    `column "${target.name}" is of type ${showType(typeByOid(type).oid)} but expression is of type ${showType(item.type)}`,
    {
      at: item.at,
      hint: "You will need to rewrite or cast the expression.",
    },
  );
}
