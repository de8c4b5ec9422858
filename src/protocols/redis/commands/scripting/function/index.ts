import type { Container } from "../../../command.ts";
import { functionFlush } from "./flush.ts";
import { functionList } from "./list.ts";

export const functionContainer: Container = {
  kind: "container",
  name: "function",
  summary: "Answers for libraries of functions, of which there are none",
  since: "7.0.0",
  group: "scripting",
  complexity: "Depends on the subcommand",
  arity: -2,
  flags: [],
  subcommands: [functionFlush, functionList],
};
