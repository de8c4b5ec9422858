// pg_get_expr(expression, relation [, pretty]): the catalogue keeps expressions as their SQL text, so it is handed out as it is.
import { OID } from "../../types/index.ts";
import { defineFunction } from "../define.ts";

export const pgGetExpr = defineFunction({
  name: "pg_get_expr",
  args: [OID.pg_node_tree, OID.oid, OID.bool],
  optional: 1,
  returns: OID.text,
  volatility: "stable",
  kind: "scalar",
  sqlite: ([expression = "NULL"]) => expression,
});
