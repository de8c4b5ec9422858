// Getting an expression to a type: unknown literals and parameters take it, others are cast where PostgreSQL would.
import { type CastContext, findCast } from "../casts.ts";
import { fail, located } from "../errors.ts";
import { style } from "../functions/context.ts";
import { findType, OID, type Raw, showType, typeByOid } from "../types/index.ts";
import type { Constant, Conversion, Expression, Parameters } from "./tree.ts";

const RANK: Readonly<Record<CastContext, number>> = { implicit: 0, assignment: 1, explicit: 2 };

export const isUnknown = (expression: Expression): boolean => expression.type === OID.unknown;

/** Whether a value of one type can stand where another is expected. */
export function canCoerce(from: number, to: number, context: CastContext): boolean {
  if (from === to || from === OID.unknown || to === OID.any) return true;
  if (to === OID.anyelement || to === OID.anycompatible) return true;
  if (to === OID.anynonarray) return typeByOid(from).category !== "A";
  if (to === OID.anyarray || to === OID.anycompatiblearray) return typeByOid(from).elementOid !== 0;
  if (from === OID.record || to === OID.record) return from === to;
  const cast = findCast(from, to);
  return cast !== undefined && RANK[cast.context] <= RANK[context];
}

// Literals of these types mean different things at different times or in different sessions, so they are read when the
// statement runs; and reading them now finds their errors.
const DEPENDS: ReadonlySet<number> = new Set([
  OID.timestamptz,
  OID.timestamp,
  OID.date,
  OID.time,
  OID.regclass,
  OID.regtype,
  OID.regproc,
  OID.regprocedure,
  OID.regnamespace,
  OID.regrole,
  OID.regoper,
  OID.regoperator,
]);
const FIXED_MOMENT = /^\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d+)?)?)?$/;
const FIXED_INSTANT = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:\d\d)?)$/;

function isFixed(text: string, type: number): boolean {
  // A sign at the start is everybody's in one interval style.
  if (type === OID.interval) return !/^\s*-/.test(text);
  if (!DEPENDS.has(type)) return typeByOid(type).category !== "A" || !DEPENDS.has(typeByOid(type).elementOid);
  return type === OID.timestamptz ? FIXED_INSTANT.test(text) : FIXED_MOMENT.test(text);
}

export function convert(
  arg: Expression,
  type: number,
  typmod: number,
  print: (sql: string) => string,
  free: boolean,
  modifier: Conversion["modifier"] = null,
): Conversion {
  return { kind: "convert", arg, type, typmod, print, free, modifier, at: arg.at };
}

function readLiteral(literal: Constant, type: number, typmod: number): Expression {
  if (literal.value === null) return { ...literal, type, typmod };
  const text = String(literal.value);
  try {
    const value = typeByOid(type).input(text, typmod, style());
    if (isFixed(text, type)) return { ...literal, type, typmod, value };
  } catch (thrown) {
    throw located(thrown, literal.at);
  }
  const kept: Constant = { ...literal, type: OID.text, typmod: -1 };
  const integer = typeByOid(type).storage === "integer";
  return convert(
    kept,
    type,
    typmod,
    (sql) => (integer ? `CAST(pg_in(${sql}, ${type}, ${typmod}) AS INTEGER)` : `pg_in(${sql}, ${type}, ${typmod})`),
    false,
  );
}

/** The parameter an expression is, maybe converted; 0 = none. */
function parameterIn(expression: Expression): number {
  if (expression.kind === "convert") return parameterIn(expression.arg);
  return expression.kind === "parameter" ? expression.number : 0;
}

/** Applies a modifier such as varchar(10)'s or numeric(5,2)'s. */
function applyModifier(expression: Expression, typmod: number, explicit: boolean, parameters: Parameters): Expression {
  const { modify } = typeByOid(expression.type);
  if (modify === null || typmod < 0 || expression.typmod === typmod) return expression;
  if (expression.kind === "constant") {
    if (expression.value === null) return { ...expression, typmod };
    // PostgreSQL does this when it plans, where it knows no position.
    return { ...expression, typmod, value: modify(expression.value, typmod, explicit) };
  }
  const { type } = expression;
  const number = parameterIn(expression);
  if (number !== 0) parameters.modified.push({ number, type, typmod, explicit });
  const print = (sql: string): string => `pg_modify(${sql}, ${type}, ${typmod}, ${explicit ? 1 : 0})`;
  return convert(expression, type, typmod, print, false, { type, typmod, explicit });
}

/** Null when there is no such cast in this context. */
export function tryCoerce(
  expression: Expression,
  type: number,
  typmod: number,
  context: CastContext,
  parameters: Parameters,
): Expression | null {
  const explicit = context === "explicit";
  if (type === OID.any || type === OID.unknown) return expression;
  if (expression.type === OID.unknown) {
    if (expression.kind === "parameter") {
      const known = parameters.typeOf(expression.number);
      if (known !== 0 && known !== OID.unknown && known !== type) {
        return tryCoerce({ ...expression, type: known }, type, typmod, context, parameters);
      }
      parameters.set(expression.number, type);
      return applyModifier({ ...expression, type, typmod: -1 }, typmod, explicit, parameters);
    }
    if (expression.kind === "constant") {
      // Only an interval's modifier says how its text is read.
      return applyModifier(readLiteral(expression, type, type === OID.interval ? typmod : -1), typmod, explicit, parameters);
    }
  }
  if (expression.type === type) return applyModifier(expression, typmod, explicit, parameters);
  if (expression.kind === "array" && typeByOid(type).elementOid !== 0 && expression.items.length === 0) {
    return { ...expression, type, typmod: -1 };
  }
  const cast = findCast(expression.type, type);
  if (cast === undefined || RANK[cast.context] > RANK[context]) return null;
  const folded = foldCast(expression, type);
  if (folded !== null) return applyModifier(folded, typmod, explicit, parameters);
  return applyModifier(convert(expression, type, -1, cast.print, cast.free), typmod, explicit, parameters);
}

/** Integer literals widen at once, so that plans and comparisons see plain constants. */
function foldCast(expression: Expression, type: number): Constant | null {
  if (expression.kind !== "constant") return null;
  if (expression.value === null) return { ...expression, type, typmod: -1 };
  const from = findType(expression.type);
  const to = typeByOid(type);
  const whole = from !== undefined && from.storage === "integer" && from.name.startsWith("int");
  if (!whole) return null;
  let value: Raw;
  if (type === OID.numeric) value = String(expression.value);
  else if (type === OID.float8) value = Number(expression.value);
  else if (to.storage === "integer" && (type === OID.int8 || type === OID.int4 || type === OID.int2)) {
    try {
      value = to.input(String(expression.value), -1, style());
    } catch {
      // Out of range: left to the cast, whose error names the type as PostgreSQL does.
      return null;
    }
  } else return null;
  return { ...expression, type, typmod: -1, value };
}

/** The same, refusing with 42846 (explicit) or 42804. */
export function coerce(
  expression: Expression,
  type: number,
  typmod: number,
  context: CastContext,
  parameters: Parameters,
): Expression {
  return (
    tryCoerce(expression, type, typmod, context, parameters) ??
    fail("42846", `cannot cast type ${showType(expression.type)} to ${showType(type)}`, { at: expression.at })
  );
}

/** A condition's type. `what` names the clause. */
export function toBoolean(expression: Expression, what: string, parameters: Parameters): Expression {
  const result = tryCoerce(expression, OID.bool, -1, "assignment", parameters);
  if (result === null || (expression.type !== OID.bool && expression.type !== OID.unknown)) {
    fail("42804", `argument of ${what} must be type boolean, not type ${showType(expression.type)}`, { at: expression.at });
  }
  return result;
}

/** The one type several expressions become (CASE, UNION, VALUES, COALESCE, IN). */
export function commonType(expressions: readonly Expression[], what: string): number {
  let chosen = 0;
  for (const { type, at } of expressions) {
    if (type === OID.unknown || type === chosen) continue;
    if (chosen === 0) {
      chosen = type;
      continue;
    }
    const before = typeByOid(chosen);
    const next = typeByOid(type);
    if (before.category !== next.category) {
      fail("42804", `${what} types ${showType(chosen)} and ${showType(type)} cannot be matched`, { at });
    }
    if (!before.preferred && canCoerce(chosen, type, "implicit") && !canCoerce(type, chosen, "implicit")) chosen = type;
  }
  return chosen === 0 ? OID.text : chosen;
}

/** Makes expressions one type. */
export function unify(expressions: readonly Expression[], what: string, parameters: Parameters): Expression[] {
  const type = commonType(expressions, what);
  return expressions.map(
    (expression) =>
      tryCoerce(expression, type, -1, "implicit", parameters) ??
      fail("42846", `${what} could not convert type ${showType(expression.type)} to ${showType(type)}`, { at: expression.at }),
  );
}

/** What a value nobody gave a type is: text. */
export function settle(expression: Expression, parameters: Parameters): Expression {
  return expression.type === OID.unknown ? coerce(expression, OID.text, -1, "implicit", parameters) : expression;
}
