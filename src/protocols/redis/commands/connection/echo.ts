import type { SessionCommand } from "../../command.ts";
import { bulk } from "../../reply.ts";
import { at } from "../../values/arguments.ts";

export const echo: SessionCommand = {
  kind: "session",
  name: "echo",
  summary: "Answers the message given",
  since: "1.0.0",
  group: "connection",
  complexity: "O(1)",
  arity: 2,
  flags: ["loading", "stale", "fast"],
  run: (_session, args) => bulk(at(args, 0)),
};
