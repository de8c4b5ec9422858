import type { SessionCommand } from "../../../command.ts";
import { integer } from "../../../reply.ts";

export const clientId: SessionCommand = {
  kind: "session",
  name: "id",
  summary: "Answers the number of the connection",
  since: "5.0.0",
  group: "connection",
  complexity: "O(1)",
  arity: 2,
  flags: ["noscript", "loading", "stale"],
  run: (session) => integer(session.id),
};
