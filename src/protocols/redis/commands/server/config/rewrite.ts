import type { SessionCommand } from "../../../command.ts";
import { refusal } from "../../../refusals.ts";

export const configRewrite: SessionCommand = {
  kind: "session",
  name: "rewrite",
  summary: "Is refused: the server does not write its configuration file",
  since: "2.8.0",
  group: "server",
  complexity: "O(1)",
  arity: 2,
  flags: ["admin", "noscript", "loading", "stale"],
  run() {
    throw refusal("CONFIG REWRITE failed: ChronDB does not write its configuration file; edit it and start the server again");
  },
};
