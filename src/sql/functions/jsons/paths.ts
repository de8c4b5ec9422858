// jsonb_path_* and the operators @? and @@.

import { OID, type Raw } from "../../types/index.ts";
import { readPath } from "../../types/json-path.ts";
import { type Json, printJsonb, readJson } from "../../types/json-tree.ts";
import type { SqlFunction } from "../define.ts";
import { bool, js, jsonb } from "../short.ts";
import { matchPath, queryPath } from "./path.ts";

const args = [jsonb, OID.jsonpath, jsonb, bool];
const optional = { optional: 2 } as const;

function query(
  value: Raw | undefined,
  path: Raw | undefined,
  variables: Raw | undefined,
  silent: Raw | undefined,
): Json[] | null {
  const given = variables === undefined ? null : readJson(String(variables));
  return queryPath(readJson(String(value)), readPath(String(path)), given, Boolean(silent));
}

export const pathFunctions: readonly SqlFunction[] = [
  js(
    "jsonb_path_exists",
    args,
    bool,
    (...given) => {
      const items = query(...(given as [Raw, Raw, Raw, Raw]));
      return items === null ? null : items.length > 0 ? 1 : 0;
    },
    optional,
  ),
  js(
    "jsonb_path_match",
    args,
    bool,
    (value, path, variables, silent) => {
      const given = variables === undefined ? null : readJson(String(variables));
      const truth = matchPath(readJson(String(value)), readPath(String(path)), given, Boolean(silent));
      return truth === null ? null : truth ? 1 : 0;
    },
    optional,
  ),
  js(
    "jsonb_path_query_array",
    args,
    jsonb,
    (...given) => printJsonb({ kind: "array", items: query(...(given as [Raw, Raw, Raw, Raw])) ?? [] }),
    optional,
  ),
  js(
    "jsonb_path_query_first",
    args,
    jsonb,
    (...given) => {
      const [first] = query(...(given as [Raw, Raw, Raw, Raw])) ?? [];
      return first === undefined ? null : printJsonb(first);
    },
    optional,
  ),
  {
    name: "jsonb_path_query",
    args,
    optional: 2,
    returns: jsonb,
    volatility: "immutable",
    kind: "table",
    *rows([value, path, variables, silent]) {
      for (const item of query(value, path, variables ?? undefined, silent ?? undefined) ?? []) yield [printJsonb(item)];
    },
  },
];
