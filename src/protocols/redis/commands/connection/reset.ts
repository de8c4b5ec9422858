import type { SessionCommand } from "../../command.ts";
import { simple } from "../../reply.ts";

export const reset: SessionCommand = {
  kind: "session",
  immediate: true,
  barrier: true,
  name: "reset",
  summary: "Puts the connection back to how it began: no transaction, no name, RESP2, not authenticated",
  since: "6.2.0",
  group: "connection",
  complexity: "O(1)",
  arity: 1,
  flags: ["noscript", "loading", "stale", "fast", "no_auth", "allow_busy"],
  run(session) {
    session.reset();
    return simple("RESET");
  },
};
