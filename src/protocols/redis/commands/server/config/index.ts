import type { Container } from "../../../command.ts";
import { configGet } from "./get.ts";
import { configResetstat } from "./resetstat.ts";
import { configRewrite } from "./rewrite.ts";
import { configSet } from "./set.ts";

export const config: Container = {
  kind: "container",
  name: "config",
  summary: "Reads the settings",
  since: "2.0.0",
  group: "server",
  complexity: "Depends on the subcommand",
  arity: -2,
  flags: [],
  subcommands: [configGet, configResetstat, configRewrite, configSet],
};
