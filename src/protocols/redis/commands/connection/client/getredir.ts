import type { SessionCommand } from "../../../command.ts";
import { integer } from "../../../reply.ts";

export const clientGetredir: SessionCommand = {
  kind: "session",
  name: "getredir",
  summary: "Answers -1: tracking, whose notifications could be redirected, is not offered",
  since: "6.0.0",
  group: "connection",
  complexity: "O(1)",
  arity: 2,
  flags: ["noscript", "loading", "stale"],
  run: () => integer(-1),
};
