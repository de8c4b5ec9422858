// version(): begins as PostgreSQL's does, since clients read the number out of it.
import { OID } from "../../types/index.ts";
import { facts } from "../context.ts";
import { defineFunction } from "../define.ts";

export const version = defineFunction({
  name: "version",
  args: [],
  returns: OID.text,
  volatility: "stable",
  kind: "scalar",
  catalog: true,
  js: () => `PostgreSQL ${facts().setting("server_version") ?? "15"} compatible ChronDB`,
});
