// pg_table_is_visible and its kin: whether an object is found by its bare name. All of ChronDB's are, but information_schema's.
import { RELATIONS } from "../../catalog/define.ts";
import { OID } from "../../types/index.ts";
import { defineFunction, type SqlFunction } from "../define.ts";

const HIDDEN: ReadonlySet<number> = new Set(
  RELATIONS.filter((relation) => relation.schema === "information_schema").map((relation) => relation.oid),
);

const KINDS = [
  "table",
  "type",
  "function",
  "operator",
  "opclass",
  "opfamily",
  "conversion",
  "collation",
  "statistics_obj",
  "ts_config",
  "ts_dict",
  "ts_parser",
  "ts_template",
] as const;

export const isVisible: readonly SqlFunction[] = KINDS.map((kind) =>
  defineFunction({
    name: `pg_${kind}_is_visible`,
    args: [OID.oid],
    returns: OID.bool,
    volatility: "stable",
    kind: "scalar",
    js: (oid) => (kind === "table" && HIDDEN.has(Number(oid)) ? 0 : 1),
  }),
);
