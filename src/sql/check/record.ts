// json_to_record and its kin: what columns their records have is said in the statement, `AS r(a int, b text[])`, so a call becomes
// a query that takes each column out of the JSON.
import type { FuncCall, Node } from "libpg-query";
import { fail } from "../errors.ts";
import { OID, typeByOid } from "../types/index.ts";
import { checkNamedCall, functionColumns } from "./call.ts";
import type { Checker } from "./checker.ts";
import { coerce } from "./coerce.ts";
import { checkExpression } from "./expression.ts";
import { constant } from "./literal.ts";
import { noFunction, resolveFunction } from "./resolve.ts";
import type { Scope } from "./scope.ts";
import type { Expression, FromNode, FunctionSource, Query, Target } from "./tree.ts";
import { resolveTypeName } from "./type-name.ts";

const FUNCTIONS: ReadonlyMap<string, { readonly type: number; readonly set: boolean }> = new Map([
  ["json_to_record", { type: OID.json, set: false }],
  ["jsonb_to_record", { type: OID.jsonb, set: false }],
  ["json_to_recordset", { type: OID.json, set: true }],
  ["jsonb_to_recordset", { type: OID.jsonb, set: true }],
]);

/** Null when the function is none of them. */
export function readRecord(
  name: string,
  call: FuncCall,
  definitions: readonly Node[],
  scope: Scope,
  checker: Checker,
): Query | null {
  const known = FUNCTIONS.get(name);
  if (known === undefined) return null;
  const at = call.location ?? 0;
  const args = (call.args ?? []).map((arg) => checkExpression(arg, scope, checker));
  const [given] = args;
  if (given === undefined || args.length > 1) return noFunction(name, args, at);
  if (definitions.length === 0)
    return fail("42601", 'a column definition list is required for functions returning "record"', { at });
  const json = coerce(given, known.type, -1, "implicit", checker.parameters);
  const from: FromNode[] = [];
  let row = json;
  if (known.set) {
    const source = elementsOf(json, known.type === OID.json ? "json_array_elements" : "jsonb_array_elements", checker);
    from.push({ kind: "source", source });
    row = { kind: "column", source, index: 0, type: known.type, typmod: -1, at: -1 };
  }
  const targets = definitions.flatMap((definition): Target[] => {
    if (!("ColumnDef" in definition) || definition.ColumnDef.typeName === undefined) return [];
    const column = definition.ColumnDef.colname ?? "";
    const { type, typmod } = resolveTypeName(definition.ColumnDef.typeName);
    return [{ name: column, expression: member(row, column, type.oid, typmod, checker) }];
  });
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
    columns: targets.map((target) => ({
      name: target.name,
      type: target.expression.type,
      typmod: target.expression.typmod,
    })),
    order: [],
    limit: null,
    offset: null,
  };
}

function elementsOf(json: Expression, name: string, checker: Checker): FunctionSource {
  const resolved = resolveFunction(name, [json], -1, checker.parameters) ?? noFunction(name, [json], -1);
  checker.unbounded = true;
  const columns = functionColumns(resolved.fn, resolved.returns);
  const alias = checker.alias("f");
  return { kind: "function", alias, name: "", columns, fn: resolved.fn, args: resolved.args, ordinality: false };
}

/** One member as a value of a type. */
function member(row: Expression, name: string, type: number, typmod: number, checker: Checker): Expression {
  const key = constant(OID.text, name, -1);
  const value = checkNamedCall("->", [row, key], -1, checker);
  if (type === OID.json || type === OID.jsonb) return coerce(value, type, -1, "explicit", checker.parameters);
  const text = checkNamedCall("->>", [row, key], -1, checker);
  if (typeByOid(type).category !== "A") return coerce(text, type, typmod, "explicit", checker.parameters);
  // A JSON array becomes an array by its elements' texts; anything else is read as an array's text.
  const source = elementsOf(value, row.type === OID.json ? "json_array_elements_text" : "jsonb_array_elements_text", checker);
  const element: Expression = { kind: "column", source, index: 0, type: OID.text, typmod: -1, at: -1 };
  const query: Query = {
    ctes: [],
    body: {
      kind: "select",
      targets: [{ name: "element", expression: element }],
      from: [{ kind: "source", source }],
      where: null,
      group: [],
      grouped: false,
      having: null,
      distinct: false,
      distinctOn: [],
    },
    columns: [{ name: "element", type: OID.text, typmod: -1 }],
    order: [],
    limit: null,
    offset: null,
  };
  const list: Expression = { kind: "subquery", form: "array", query, type: OID.textArray, typmod: -1, at: -1 };
  const kind = checkNamedCall(row.type === OID.json ? "json_typeof" : "jsonb_typeof", [value], -1, checker);
  const isArray: Expression = {
    kind: "compare",
    operator: "=",
    left: kind,
    right: constant(OID.text, "array", -1),
    type: OID.bool,
    typmod: -1,
    at: -1,
  };
  return {
    kind: "case",
    branches: [{ when: isArray, result: coerce(list, type, typmod, "explicit", checker.parameters) }],
    otherwise: coerce(text, type, typmod, "explicit", checker.parameters),
    type,
    typmod,
    at: -1,
  };
}
