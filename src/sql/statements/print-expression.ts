// Prints a DEFAULT's expression back as SQL, the way pg_get_expr does for the forms that occur.
import type { A_Const, Node, TypeName } from "libpg-query";
import { textOf } from "../check/type-name.ts";
import { unsupported } from "../errors.ts";
import { quoteIdent, quoteLiteral } from "../functions/texts/format.ts";
import { type SqlType, showType, typeByName } from "../types/index.ts";

const VALUES: Readonly<Record<string, string>> = {
  SVFOP_CURRENT_DATE: "CURRENT_DATE",
  SVFOP_CURRENT_TIMESTAMP: "CURRENT_TIMESTAMP",
  SVFOP_LOCALTIMESTAMP: "LOCALTIMESTAMP",
  SVFOP_CURRENT_USER: "CURRENT_USER",
  SVFOP_SESSION_USER: "SESSION_USER",
  SVFOP_USER: "CURRENT_USER",
  SVFOP_CURRENT_ROLE: "CURRENT_ROLE",
  SVFOP_CURRENT_CATALOG: "CURRENT_CATALOG",
  SVFOP_LOCALTIME: "LOCALTIME",
  SVFOP_CURRENT_SCHEMA: "CURRENT_SCHEMA",
};

function constant(node: A_Const): string {
  if (node.isnull) return "NULL";
  if (node.ival !== undefined) return String(node.ival.ival ?? 0);
  if (node.fval !== undefined) return node.fval.fval ?? "0";
  if (node.boolval !== undefined) return node.boolval.boolval ? "true" : "false";
  if (node.sval !== undefined) return quoteLiteral(node.sval.sval ?? "");
  return unsupported("a bit string in a DEFAULT", node.location ?? 0);
}

function typeText(name: TypeName): string {
  const parts = (name.names ?? []).map(textOf);
  const known = typeByName(parts.at(-1) ?? "");
  const base = known === undefined ? parts.map(quoteIdent).join(".") : showType(known.oid);
  const modifiers = (name.typmods ?? []).map((modifier) => ("A_Const" in modifier ? constant(modifier.A_Const) : "0"));
  return `${base}${modifiers.length === 0 ? "" : `(${modifiers.join(",")})`}${(name.arrayBounds ?? []).map(() => "[]").join("")}`;
}

function print(node: Node | undefined): string {
  if (node === undefined) return "NULL";
  if ("A_Const" in node) return constant(node.A_Const);
  if ("TypeCast" in node && node.TypeCast.typeName !== undefined) {
    const inner = print(node.TypeCast.arg);
    return `${/^[\w.']/.test(inner) ? inner : `(${inner})`}::${typeText(node.TypeCast.typeName)}`;
  }
  if ("FuncCall" in node) {
    const parts = (node.FuncCall.funcname ?? []).map(textOf).filter((part) => part !== "pg_catalog");
    return `${parts.map(quoteIdent).join(".")}(${(node.FuncCall.args ?? []).map(print).join(", ")})`;
  }
  if ("SQLValueFunction" in node)
    return VALUES[node.SQLValueFunction.op ?? ""] ?? unsupported("this value in a DEFAULT", node.SQLValueFunction.location ?? 0);
  if ("A_Expr" in node && node.A_Expr.kind === "AEXPR_OP") {
    const operator = textOf(node.A_Expr.name?.at(-1));
    const left = node.A_Expr.lexpr === undefined ? "" : `${print(node.A_Expr.lexpr)} `;
    return `(${left}${operator} ${print(node.A_Expr.rexpr)})`;
  }
  if ("A_ArrayExpr" in node) return `ARRAY[${(node.A_ArrayExpr.elements ?? []).map(print).join(", ")}]`;
  if ("ColumnRef" in node) return unsupported("a column reference in a DEFAULT expression", node.ColumnRef.location ?? 0);
  return unsupported("this kind of DEFAULT expression");
}

/** A string literal is shown with the column's type, as PostgreSQL shows it. */
export function printExpression(node: Node, type: SqlType): string {
  const text = print(node);
  const isString = "A_Const" in node && node.A_Const.sval !== undefined;
  return isString ? `${text}::${showType(type.oid)}` : text;
}
