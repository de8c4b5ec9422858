// Which reads are so small that they belong on the main thread: no table at all, or one document by its key.
import type { Expression, Query, Select, TableSource } from "../check/tree.ts";
import { isIndexedNumber } from "../print/printer.ts";
import { typeByOid } from "../types/index.ts";

/** Does not depend on a row. */
function isFixed(expression: Expression): boolean {
  switch (expression.kind) {
    case "constant":
    case "parameter":
    case "supplied":
      return true;
    case "convert":
      return isFixed(expression.arg);
    default:
      return false;
  }
}

function columnName(expression: Expression, source: TableSource): string | null {
  if (expression.kind !== "column" || expression.source !== source) return null;
  const column = source.columns[expression.index];
  // Types compared by a key (numeric …) do not use the id's index.
  if (column === undefined) return null;
  if (isIndexedNumber(expression)) return column.name;
  if (typeByOid(column.type).key !== null || typeByOid(column.type).storage === "real") return null;
  return column.role === "id" ? "\u0000id" : column.name;
}

/** Columns an AND of equalities fixes. */
function fixedColumns(where: Expression | null, source: TableSource): Set<string> {
  const fixed = new Set<string>();
  const visit = (expression: Expression): void => {
    if (expression.kind === "and") expression.args.forEach(visit);
    else if (expression.kind === "compare" && expression.operator === "=") {
      const left = columnName(expression.left, source);
      const right = columnName(expression.right, source);
      if (left !== null && isFixed(expression.right)) fixed.add(left);
      if (right !== null && isFixed(expression.left)) fixed.add(right);
    }
  };
  if (where !== null) visit(where);
  return fixed;
}

/** Whether a condition leaves at most one row of the table, found through an index. */
/** SQLite takes seconds to plan thousands of conditions, which is no work for the main thread either. */
const CONDITIONS = 100;

export function isPoint(where: Expression | null, source: TableSource): boolean {
  if (where?.kind === "and" && where.args.length > CONDITIONS) return false;
  const fixed = fixedColumns(where, source);
  if (fixed.has("\u0000id")) return true;
  const { definition } = source.table;
  if (definition === null) return false;
  const keys = [
    ...definition.unique.map((unique) => unique.columns),
    ...(definition.primaryKey === null ? [] : [definition.primaryKey.columns]),
  ];
  return keys.some((columns) => columns.length > 0 && columns.every((column) => fixed.has(column)));
}

export function isSmall(query: Query): boolean {
  const { body } = query;
  if (body.kind === "values") return body.rows.length === 1;
  if (body.kind !== "select") return false;
  return body.from.length === 0 || isPointSelect(body);
}

export function isPointSelect(select: Select): boolean {
  const [only] = select.from;
  if (select.from.length !== 1 || only === undefined || only.kind !== "source" || only.source.kind !== "table") return false;
  return isPoint(select.where, only.source);
}
