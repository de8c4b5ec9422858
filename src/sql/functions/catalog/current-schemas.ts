// current_schemas(implicit): the schemas bare names are searched in, pg_catalog first where implicit ones count.

import { texts } from "../../catalog/arrays.ts";
import { nameParts } from "../../catalog/names.ts";
import { SCHEMA_OIDS } from "../../catalog/oids.ts";
import { OID, typeByName } from "../../types/index.ts";
import { facts } from "../context.ts";
import { defineFunction, type SqlFunction } from "../define.ts";

/** The schemas of search_path that exist. */
function searched(): string[] {
  const known = facts();
  const path = (known.setting("search_path") ?? '"$user", public').split(",");
  const names = path.flatMap((part) => nameParts(part) ?? []).map((name) => (name === "$user" ? known.user : name));
  return names.filter((name) => name in SCHEMA_OIDS);
}

const NAME_ARRAY = typeByName("_name")?.oid ?? OID.textArray;

export const currentSchemas: readonly SqlFunction[] = [
  defineFunction({
    name: "current_schemas",
    args: [OID.bool],
    returns: NAME_ARRAY,
    volatility: "stable",
    kind: "scalar",
    catalog: true,
    js: (implicit) => {
      const named = searched();
      return texts(implicit && !named.includes("pg_catalog") ? ["pg_catalog", ...named] : named);
    },
  }),
  defineFunction({
    name: "current_schema",
    args: [],
    returns: OID.name,
    volatility: "stable",
    kind: "scalar",
    catalog: true,
    js: () => searched()[0] ?? null,
  }),
];
