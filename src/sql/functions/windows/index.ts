// Window functions SQLite has under the same name and with the same answer.
import type { SqlFunction } from "../define.ts";
import { anyelement, float8, int4, int8 } from "../short.ts";

function window(name: string, args: readonly number[], returns: number, optional = 0): SqlFunction {
  return {
    name,
    args,
    returns,
    optional,
    volatility: "immutable",
    kind: "window",
    sqlite: (printed) => `${name}(${printed.join(", ")})`,
  };
}

export const windowFunctions: readonly SqlFunction[] = [
  window("row_number", [], int8),
  window("rank", [], int8),
  window("dense_rank", [], int8),
  window("percent_rank", [], float8),
  window("cume_dist", [], float8),
  window("ntile", [int4], int4),
  window("lag", [anyelement, int4, anyelement], anyelement, 2),
  window("lead", [anyelement, int4, anyelement], anyelement, 2),
  window("first_value", [anyelement], anyelement),
  window("last_value", [anyelement], anyelement),
  window("nth_value", [anyelement, int4], anyelement),
];
