import type { ReadCommand } from "../../command.ts";
import { infoText } from "../../info/text.ts";

export const info: ReadCommand = {
  kind: "read",
  name: "info",
  summary: "Describes the server, in sections",
  since: "1.0.0",
  group: "server",
  complexity: "O(1)",
  arity: -1,
  flags: ["loading", "stale"],
  categories: ["@dangerous"],
  run: (view, args, { door }) => ({
    type: "verbatim",
    text: infoText(
      door,
      view,
      args.map((arg) => arg.toString("latin1").toLowerCase()),
    ),
  }),
};
