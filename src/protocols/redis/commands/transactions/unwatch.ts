import type { SessionCommand } from "../../command.ts";
import { OK } from "../../reply.ts";

export const unwatch: SessionCommand = {
  kind: "session",
  name: "unwatch",
  summary: "Forgets the watched keys",
  since: "2.2.0",
  group: "transactions",
  complexity: "O(1)",
  arity: 1,
  flags: ["noscript", "loading", "stale", "fast", "allow_busy"],
  run(session) {
    session.unwatch();
    return OK;
  },
};
