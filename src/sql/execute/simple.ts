// Expressions that need no engine: constants, parameters, and their length coercions. INSERT of plain values lives on them.
import type { Expression } from "../check/tree.ts";
import { type Raw, typeByOid } from "../types/index.ts";

export function isSimple(expression: Expression): boolean {
  if (expression.kind === "constant" || expression.kind === "parameter") return true;
  return expression.kind === "convert" && (expression.modifier !== null || expression.free) && isSimple(expression.arg);
}

/** The internal value of a simple expression. */
export function simpleValue(expression: Expression, parameters: readonly Raw[]): Raw {
  if (expression.kind === "constant") return expression.value;
  if (expression.kind === "parameter") return parameters[expression.number - 1] ?? null;
  if (expression.kind !== "convert") return null;
  const value = simpleValue(expression.arg, parameters);
  const { modifier } = expression;
  if (value === null || modifier === null) return value;
  return typeByOid(modifier.type).modify?.(value, modifier.typmod, modifier.explicit) ?? value;
}
