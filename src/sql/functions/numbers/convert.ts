// Floats to numeric: PostgreSQL keeps 15 significant digits of a double and 6 of a real.
import { printDecimal, toDecimal, trimmed } from "../../types/decimal.ts";

export function toNumericText(value: number, digits: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "Infinity" : "-Infinity";
  return printDecimal(trimmed(toDecimal(value.toPrecision(digits))));
}
