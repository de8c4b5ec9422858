// What an output column is called when the statement gives it no name (PostgreSQL's FigureColname).
import type { Node } from "libpg-query";
import { textOf } from "./type-name.ts";

interface Guess {
  readonly name: string;
  /** 2: certain, 1: only if nothing better, 0: none. */
  readonly strength: 0 | 1 | 2;
}

const NONE: Guess = { name: "?column?", strength: 0 };
const sure = (name: string): Guess => ({ name, strength: 2 });

const VALUES: Readonly<Record<string, string>> = {
  SVFOP_CURRENT_DATE: "current_date",
  SVFOP_CURRENT_TIME: "current_time",
  SVFOP_CURRENT_TIME_N: "current_time",
  SVFOP_CURRENT_TIMESTAMP: "current_timestamp",
  SVFOP_CURRENT_TIMESTAMP_N: "current_timestamp",
  SVFOP_LOCALTIME: "localtime",
  SVFOP_LOCALTIME_N: "localtime",
  SVFOP_LOCALTIMESTAMP: "localtimestamp",
  SVFOP_LOCALTIMESTAMP_N: "localtimestamp",
  SVFOP_CURRENT_ROLE: "current_role",
  SVFOP_CURRENT_USER: "current_user",
  SVFOP_USER: "user",
  SVFOP_SESSION_USER: "session_user",
  SVFOP_CURRENT_CATALOG: "current_catalog",
  SVFOP_CURRENT_SCHEMA: "current_schema",
};

function guess(node: Node | undefined): Guess {
  if (node === undefined) return NONE;
  if ("ColumnRef" in node) {
    const name = (node.ColumnRef.fields ?? []).findLast((field) => "String" in field);
    return name === undefined ? NONE : sure(textOf(name));
  }
  if ("A_Indirection" in node) {
    const name = (node.A_Indirection.indirection ?? []).findLast((step) => "String" in step);
    return name === undefined ? guess(node.A_Indirection.arg) : sure(textOf(name));
  }
  if ("FuncCall" in node) return sure(textOf(node.FuncCall.funcname?.at(-1)));
  if ("A_Expr" in node) return node.A_Expr.kind === "AEXPR_NULLIF" ? sure("nullif") : NONE;
  if ("TypeCast" in node) {
    const inner = guess(node.TypeCast.arg);
    if (inner.strength > 1) return inner;
    const name = textOf(node.TypeCast.typeName?.names?.at(-1));
    return name === "" ? inner : { name, strength: 1 };
  }
  if ("CollateClause" in node) return guess(node.CollateClause.arg);
  if ("CaseExpr" in node) {
    const inner = guess(node.CaseExpr.defresult);
    return inner.strength > 1 ? inner : { name: "case", strength: 1 };
  }
  if ("CoalesceExpr" in node) return sure("coalesce");
  if ("MinMaxExpr" in node) return sure(node.MinMaxExpr.op === "IS_GREATEST" ? "greatest" : "least");
  if ("A_ArrayExpr" in node) return sure("array");
  if ("RowExpr" in node) return sure("row");
  if ("SQLValueFunction" in node) return sure(VALUES[node.SQLValueFunction.op ?? ""] ?? "?column?");
  if ("GroupingFunc" in node) return sure("grouping");
  if ("SubLink" in node) {
    if (node.SubLink.subLinkType === "EXISTS_SUBLINK") return sure("exists");
    if (node.SubLink.subLinkType === "ARRAY_SUBLINK") return sure("array");
    if (node.SubLink.subLinkType !== "EXPR_SUBLINK") return NONE;
    let query = node.SubLink.subselect;
    while (query !== undefined && "SelectStmt" in query && query.SelectStmt.larg !== undefined)
      query = { SelectStmt: query.SelectStmt.larg };
    if (query === undefined || !("SelectStmt" in query)) return NONE;
    if (query.SelectStmt.valuesLists !== undefined) return sure("column1");
    const target = query.SelectStmt.targetList?.[0];
    if (target === undefined || !("ResTarget" in target)) return NONE;
    return target.ResTarget.name === undefined ? guess(target.ResTarget.val) : sure(target.ResTarget.name);
  }
  return NONE;
}

export const figureName = (node: Node | undefined): string => guess(node).name;
