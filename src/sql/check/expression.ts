// Expressions: one case for each node of the grammar.
import type {
  A_ArrayExpr,
  A_Indirection,
  CaseExpr,
  CollateClause,
  ColumnRef,
  Node,
  SQLValueFunction,
  TypeCast,
} from "libpg-query";
import { inputText } from "../casts.ts";
import { fail, unsupported } from "../errors.ts";
import { arrayTypeOf, OID, showType, typeByOid } from "../types/index.ts";
import { checkCall, checkNamedCall, noSets, placed } from "./call.ts";
import type { Checker } from "./checker.ts";
import { coerce, commonType, convert, settle, toBoolean, tryCoerce, unify } from "./coerce.ts";
import { checkConstant, constant } from "./literal.ts";
import { checkOperator } from "./operator.ts";
import { findColumn, findItem, findQualified, type Scope, wholeRow } from "./scope.ts";
import { checkSublink } from "./sublink.ts";
import type { Expression } from "./tree.ts";
import { resolveTypeName, textOf } from "./type-name.ts";

export function checkExpression(node: Node | undefined, scope: Scope, checker: Checker): Expression {
  if (node === undefined) return fail("42601", "an expression is missing");
  if ("A_Const" in node) return checkConstant(node.A_Const);
  if ("ColumnRef" in node) return checkColumn(node.ColumnRef, scope);
  if ("ParamRef" in node) return checkParameter(node.ParamRef.number ?? 0, node.ParamRef.location ?? 0, checker);
  if ("A_Expr" in node) return checkOperator(node.A_Expr, scope, checker);
  if ("BoolExpr" in node) {
    const { boolop, args = [] } = node.BoolExpr;
    const at = node.BoolExpr.location ?? 0;
    const word = boolop === "AND_EXPR" ? "AND" : boolop === "OR_EXPR" ? "OR" : "NOT";
    const checked = args.map((arg) => toBoolean(checkExpression(arg, scope, checker), word, checker.parameters));
    if (word === "NOT")
      return { kind: "not", arg: checked[0] ?? fail("42601", "NOT needs a condition"), type: OID.bool, typmod: -1, at };
    return { kind: word === "AND" ? "and" : "or", args: checked, type: OID.bool, typmod: -1, at };
  }
  if ("NullTest" in node) {
    const arg = settle(checkExpression(node.NullTest.arg, scope, checker), checker.parameters);
    const negated = node.NullTest.nulltesttype === "IS_NOT_NULL";
    return { kind: "test", arg, wanted: "null", negated, type: OID.bool, typmod: -1, at: node.NullTest.location ?? 0 };
  }
  if ("BooleanTest" in node) return checkBooleanTest(node.BooleanTest, scope, checker);
  if ("FuncCall" in node) return checkCall(node.FuncCall, scope, checker);
  if ("TypeCast" in node) return checkCast(node.TypeCast, scope, checker);
  if ("CaseExpr" in node) return checkCase(node.CaseExpr, scope, checker);
  if ("CoalesceExpr" in node) {
    const sets = scope.expanded.length;
    const args = (node.CoalesceExpr.args ?? []).map((arg) => checkExpression(arg, scope, checker));
    noSets(scope, sets, "set-returning functions are not allowed in COALESCE");
    return combine("coalesce", "COALESCE", args, node.CoalesceExpr.location ?? 0, checker);
  }
  if ("MinMaxExpr" in node) {
    const greatest = node.MinMaxExpr.op === "IS_GREATEST";
    const args = (node.MinMaxExpr.args ?? []).map((arg) => checkExpression(arg, scope, checker));
    return combine(
      greatest ? "greatest" : "least",
      greatest ? "GREATEST" : "LEAST",
      args,
      node.MinMaxExpr.location ?? 0,
      checker,
    );
  }
  if ("SubLink" in node) return checkSublink(node.SubLink, scope, checker);
  if ("A_ArrayExpr" in node) return checkArray(node.A_ArrayExpr, scope, checker);
  if ("RowExpr" in node) {
    // `ROW(t.*, 1)`: the table's columns, each for itself.
    const items = (node.RowExpr.args ?? []).flatMap((arg): readonly Expression[] => {
      const item = checkExpression(arg, scope, checker);
      const star = "ColumnRef" in arg && arg.ColumnRef.fields?.some((field) => "A_Star" in field);
      return star && (item.kind === "row-of" || item.kind === "row") ? columnsOfRow(item) : [item];
    });
    const names = items.map((_, at) => `f${at + 1}`);
    return { kind: "row", items, names, type: OID.record, typmod: -1, at: node.RowExpr.location ?? 0 };
  }
  if ("SQLValueFunction" in node) return checkValueFunction(node.SQLValueFunction, scope, checker);
  if ("CollateClause" in node) return checkCollate(node.CollateClause, scope, checker);
  if ("A_Indirection" in node) return checkIndirection(node.A_Indirection, scope, checker);
  if ("SetToDefault" in node)
    return fail("42601", "DEFAULT is not allowed in this context", { at: node.SetToDefault.location ?? 0 });
  if ("GroupingFunc" in node) {
    const at = node.GroupingFunc.location ?? 0;
    const args = (node.GroupingFunc.args ?? []).map((arg) => checkExpression(arg, scope, checker));
    if (args.length > 31) return fail("54023", "GROUPING must have fewer than 32 arguments", { at });
    return placed({ kind: "grouping", args, values: null, alias: "", type: OID.int4, typmod: -1, at }, scope);
  }
  if ("NamedArgExpr" in node) return unsupported("calling a function with named arguments", node.NamedArgExpr.location ?? 0);
  const [kind = "this expression"] = Object.keys(node);
  return unsupported(`the expression ${kind}`);
}

function checkColumn(node: ColumnRef, scope: Scope): Expression {
  const at = node.location ?? 0;
  const fields = node.fields ?? [];
  const last = fields.at(-1);
  if (last !== undefined && "A_Star" in last) {
    // `count(t.*)`, `row_to_json(t.*)`: the row as one value.
    const item = findItem(scope, textOf(fields[fields.length - 2]), undefined);
    if (item === undefined) return fail("42601", 'row expansion via "*" is not supported here', { at });
    return wholeRow(item, at);
  }
  const parts = fields.map(textOf);
  return parts.length === 1 ? findColumn(scope, parts[0] ?? "", at) : findQualified(scope, parts, at);
}

/** The fields of a row as expressions. */
export function columnsOfRow(row: Extract<Expression, { kind: "row" | "row-of" }>): readonly Expression[] {
  if (row.kind === "row") return row.items;
  const { source, at } = row;
  return source.columns.flatMap(({ type, typmod, hidden }, index): Expression[] =>
    hidden === true ? [] : [{ kind: "column", source, index, type, typmod, at }],
  );
}

function checkParameter(number: number, at: number, checker: Checker): Expression {
  if (number < 1 || number > 65_535) return fail("42P02", `there is no parameter $${number}`, { at });
  const known = checker.parameters.typeOf(number);
  if (known === 0) checker.parameters.set(number, 0);
  return { kind: "parameter", number, type: known === 0 ? OID.unknown : known, typmod: -1, at };
}

function checkBooleanTest(
  node: { arg?: Node; booltesttype?: string; location?: number },
  scope: Scope,
  checker: Checker,
): Expression {
  const words = node.booltesttype ?? "";
  const arg = toBoolean(checkExpression(node.arg, scope, checker), words.replace("_", " "), checker.parameters);
  const wanted = words.endsWith("TRUE") ? "true" : words.endsWith("FALSE") ? "false" : "null";
  return { kind: "test", arg, wanted, negated: words.startsWith("IS_NOT"), type: OID.bool, typmod: -1, at: node.location ?? 0 };
}

function checkCast(node: TypeCast, scope: Scope, checker: Checker): Expression {
  if (node.typeName === undefined) return fail("42601", "a cast needs a type");
  const { type, typmod } = resolveTypeName(node.typeName);
  const at = node.location ?? 0;
  if (node.arg !== undefined && "A_ArrayExpr" in node.arg && type.elementOid !== 0) {
    // ARRAY[…]::t[]: each element is cast.
    return { ...checkArray(node.arg.A_ArrayExpr, scope, checker, type.elementOid, typmod), at };
  }
  const arg = checkExpression(node.arg, scope, checker);
  const result =
    tryCoerce(arg, type.oid, typmod, "explicit", checker.parameters) ??
    fail("42846", `cannot cast type ${showType(arg.type)} to ${showType(type.oid)}`, { at });
  if (typeByOid(type.oid).name.startsWith("reg") || typeByOid(arg.type).name.startsWith("reg")) checker.usesCatalog = true;
  // The name of a cast column comes from the type where the argument has none; see figureName.
  return result;
}

/** Casts whose text form needs the catalogue (regclass and kin) are noted so that it travels along. */
export function noteNames(expression: Expression, checker: Checker): void {
  const type = typeByOid(expression.type);
  const element = type.elementOid === 0 ? type : typeByOid(type.elementOid);
  if (element.name.startsWith("reg")) checker.usesCatalog = true;
}

function checkCase(node: CaseExpr, scope: Scope, checker: Checker): Expression {
  const at = node.location ?? 0;
  const sets = scope.expanded.length;
  const subject = node.arg === undefined ? null : settle(checkExpression(node.arg, scope, checker), checker.parameters);
  const whens: Expression[] = [];
  const results: Expression[] = [];
  for (const arg of node.args ?? []) {
    if (!("CaseWhen" in arg)) continue;
    const when = checkExpression(arg.CaseWhen.expr, scope, checker);
    whens.push(
      subject === null
        ? toBoolean(when, "CASE/WHEN", checker.parameters)
        : checkNamedCall("=", [subject, when], arg.CaseWhen.location ?? 0, checker),
    );
    results.push(checkExpression(arg.CaseWhen.result, scope, checker));
  }
  const otherwise = node.defresult === undefined ? null : checkExpression(node.defresult, scope, checker);
  noSets(scope, sets, "set-returning functions are not allowed in CASE");
  // PostgreSQL lets the ELSE branch speak first.
  const all = otherwise === null ? results : [otherwise, ...results];
  const unified = unify(all, "CASE", checker.parameters);
  const unifiedResults = otherwise === null ? unified : unified.slice(1);
  return {
    kind: "case",
    branches: whens.map((when, index) => ({ when, result: unifiedResults[index] ?? when })),
    otherwise: otherwise === null ? null : (unified[0] ?? otherwise),
    type: unified[0]?.type ?? OID.text,
    typmod: sameTypmod(unified),
    at,
  };
}

export function sameTypmod(expressions: readonly Expression[]): number {
  const first = expressions[0]?.typmod ?? -1;
  return expressions.every(({ typmod }) => typmod === first) ? first : -1;
}

function combine(
  kind: "coalesce" | "greatest" | "least",
  word: string,
  args: Expression[],
  at: number,
  checker: Checker,
): Expression {
  const unified = unify(args, word, checker.parameters);
  return { kind, args: unified, type: unified[0]?.type ?? OID.text, typmod: sameTypmod(unified), at };
}

function checkArray(node: A_ArrayExpr, scope: Scope, checker: Checker, element?: number, typmod = -1): Expression {
  const at = node.location ?? 0;
  const items = (node.elements ?? []).map((item) =>
    "A_ArrayExpr" in item ? checkArray(item.A_ArrayExpr, scope, checker, element, typmod) : checkExpression(item, scope, checker),
  );
  if (element !== undefined) {
    const array = arrayTypeOf(typeByOid(element));
    const cast = items.map((item) =>
      item.kind === "array" ? item : coerce(item, element, typmod, "explicit", checker.parameters),
    );
    return { kind: "array", items: cast, type: array?.oid ?? OID.textArray, typmod, at };
  }
  if (items.length === 0) {
    return fail("42P18", "cannot determine type of empty array", {
      at,
      hint: "Explicitly cast to the desired type, for example ARRAY[]::integer[].",
    });
  }
  const type = commonType(items, "ARRAY");
  const unified = unify(items, "ARRAY", checker.parameters);
  const base = typeByOid(type);
  // An array of arrays is an array of more dimensions.
  const array = base.category === "A" ? base : arrayTypeOf(base);
  if (array === undefined) return fail("42704", `could not find array type for data type ${base.display}`, { at });
  return { kind: "array", items: unified, type: array.oid, typmod: -1, at };
}

const VALUE_FUNCTIONS: Readonly<Record<string, { type: number; from: "now" | "user" | "database"; cast?: number }>> = {
  SVFOP_CURRENT_DATE: { type: OID.timestamptz, from: "now", cast: OID.date },
  SVFOP_CURRENT_TIMESTAMP: { type: OID.timestamptz, from: "now" },
  SVFOP_CURRENT_TIMESTAMP_N: { type: OID.timestamptz, from: "now" },
  SVFOP_LOCALTIMESTAMP: { type: OID.timestamptz, from: "now", cast: OID.timestamp },
  SVFOP_LOCALTIMESTAMP_N: { type: OID.timestamptz, from: "now", cast: OID.timestamp },
  SVFOP_LOCALTIME: { type: OID.timestamptz, from: "now", cast: OID.time },
  SVFOP_LOCALTIME_N: { type: OID.timestamptz, from: "now", cast: OID.time },
  SVFOP_CURRENT_ROLE: { type: OID.name, from: "user" },
  SVFOP_CURRENT_USER: { type: OID.name, from: "user" },
  SVFOP_USER: { type: OID.name, from: "user" },
  SVFOP_SESSION_USER: { type: OID.name, from: "user" },
  SVFOP_CURRENT_CATALOG: { type: OID.name, from: "database" },
};

function checkValueFunction(node: SQLValueFunction, scope: Scope, checker: Checker): Expression {
  const at = node.location ?? 0;
  if (node.op === "SVFOP_CURRENT_SCHEMA")
    return checkCall({ funcname: [{ String: { sval: "current_schema" } }], location: at }, scope, checker);
  const known = VALUE_FUNCTIONS[node.op ?? ""] ?? unsupported(`${node.op ?? "this value"}`, at);
  const value: Expression = { kind: "supplied", name: known.from, type: known.type, typmod: -1, at };
  const typmod = node.op?.endsWith("_N") ? (node.typmod ?? 0) : -1;
  return coerce(value, known.cast ?? known.type, typmod, "explicit", checker.parameters);
}

function checkCollate(node: CollateClause, scope: Scope, checker: Checker): Expression {
  const at = node.location ?? 0;
  const name = textOf(node.collname?.at(-1));
  if (!["default", "C", "POSIX", "C.UTF-8", "ucs_basic", "C.utf8"].includes(name)) {
    // Text is compared by its bytes, as these collations do.
    return fail("42704", `collation "${name}" for encoding "UTF8" does not exist`, { at });
  }
  const arg = settle(checkExpression(node.arg, scope, checker), checker.parameters);
  const type = typeByOid(arg.type);
  const { category } = type.elementOid === 0 ? type : typeByOid(type.elementOid);
  if (category !== "S") fail("42804", `collations are not supported by type ${showType(arg.type)}`, { at });
  return arg;
}

function checkIndirection(node: A_Indirection, scope: Scope, checker: Checker): Expression {
  let value = checkExpression(node.arg, scope, checker);
  for (const step of node.indirection ?? []) {
    if ("A_Indices" in step) {
      const { uidx, lidx, is_slice } = step.A_Indices;
      const index = (part: Node | undefined, otherwise: number): Expression => {
        const checked = part === undefined ? constant(OID.int4, otherwise, -1) : checkExpression(part, scope, checker);
        return coerce(checked, OID.int4, -1, "assignment", checker.parameters);
      };
      const type = typeByOid(value.type);
      if (type.oid === OID.jsonb && !is_slice) {
        const path = checkExpression(uidx, scope, checker);
        value = checkNamedCall("->", [value, path], value.at, checker);
        continue;
      }
      if (type.oid === OID.name && !is_slice) {
        value = checkNamedCall("name_subscript", [value, index(uidx, 0)], value.at, checker);
        continue;
      }
      if (type.elementOid === 0) {
        return fail("42804", `cannot subscript type ${showType(type.oid)} because it does not support subscripting`, {
          at: value.at,
        });
      }
      value = is_slice
        ? checkNamedCall("array_slice", [value, index(lidx, 1), index(uidx, 2_147_483_647)], value.at, checker)
        : checkNamedCall("array_subscript", [value, index(uidx, 1)], value.at, checker);
    } else if ("String" in step) value = field(value, textOf(step));
    else unsupported("this kind of field selection", value.at);
  }
  return value;
}

/** A field of a record that a subquery answers: which fields it has is known from the subquery's own list. */
function fieldOfColumn(value: Extract<Expression, { kind: "column" }>, name: string): Expression | null {
  const { source } = value;
  if (source.kind !== "query" || source.query.body.kind !== "select") return null;
  const inner = source.query.body.targets[value.index]?.expression;
  const fields: readonly { readonly name: string; readonly type: number }[] =
    inner?.kind === "row-of"
      ? inner.source.columns.filter((column) => !column.hidden)
      : inner?.kind === "row"
        ? inner.items.map((item, at) => ({ name: inner.names[at] ?? "", type: item.type }))
        : [];
  const at = fields.findIndex((field) => field.name === name);
  const found = fields[at];
  if (found === undefined) return null;
  return convert(value, found.type, -1, (sql) => inputText(found.type, `(${sql} ->> '$[${at}][2]')`), false);
}

/** `(row).column`. */
function field(value: Expression, name: string): Expression {
  if (value.kind === "row-of") {
    const index = value.source.columns.findIndex((column) => column.name === name);
    const column = value.source.columns[index];
    if (column === undefined)
      return fail("42703", `column "${name}" not found in data type ${value.source.name}`, { at: value.at });
    return { kind: "column", source: value.source, index, type: column.type, typmod: column.typmod, at: value.at };
  }
  if (value.kind === "row") {
    const item = value.items[value.names.indexOf(name)];
    if (item !== undefined) return item;
  }
  const traced = value.kind === "column" ? fieldOfColumn(value, name) : null;
  if (traced !== null) return traced;
  return fail("42809", `column notation .${name} applied to type ${showType(value.type)}, which is not a composite type`, {
    at: value.at,
  });
}
