// Short forms for declaring operators.
import type { SqlFunction, Volatility } from "../functions/define.ts";
import type { Raw } from "../types/type.ts";

/** An operator printed as SQLite text. */
export function printed(
  name: string,
  args: readonly number[],
  returns: number,
  sqlite: (args: string[]) => string,
  volatility: Volatility = "immutable",
): SqlFunction {
  return { name, args, returns, volatility, kind: "scalar", sqlite };
}

/** An operator run in JavaScript. */
export function computed(
  name: string,
  args: readonly number[],
  returns: number,
  js: (...args: Raw[]) => Raw,
  more: Partial<SqlFunction> = {},
): SqlFunction {
  return { name, args, returns, volatility: "immutable", kind: "scalar", js, ...more };
}
