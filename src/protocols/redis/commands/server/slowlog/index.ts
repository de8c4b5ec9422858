import type { Container } from "../../../command.ts";
import { slowlogGet } from "./get.ts";
import { slowlogLen } from "./len.ts";
import { slowlogReset } from "./reset.ts";

export const slowlog: Container = {
  kind: "container",
  name: "slowlog",
  summary: "Shows commands that took long",
  since: "2.2.12",
  group: "server",
  complexity: "Depends on the subcommand",
  arity: -2,
  flags: [],
  subcommands: [slowlogGet, slowlogLen, slowlogReset],
};
