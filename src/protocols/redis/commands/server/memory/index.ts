import type { Container } from "../../../command.ts";
import { memoryUsage } from "./usage.ts";

export const memory: Container = {
  kind: "container",
  name: "memory",
  summary: "Tells how much room keys take",
  since: "4.0.0",
  group: "server",
  complexity: "Depends on the subcommand",
  arity: -2,
  flags: [],
  subcommands: [memoryUsage],
};
