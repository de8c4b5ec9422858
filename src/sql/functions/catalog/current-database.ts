// current_database(): the tenant's name.
import { OID } from "../../types/index.ts";
import { facts } from "../context.ts";
import { defineFunction } from "../define.ts";

export const currentDatabase = defineFunction({
  name: "current_database",
  args: [],
  returns: OID.name,
  volatility: "stable",
  kind: "scalar",
  catalog: true,
  js: () => facts().database,
});
