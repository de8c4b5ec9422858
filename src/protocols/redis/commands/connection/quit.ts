import type { SessionCommand } from "../../command.ts";
import { OK } from "../../reply.ts";

export const quit: SessionCommand = {
  kind: "session",
  immediate: true,
  name: "quit",
  summary: "Closes the connection after the replies before it",
  since: "1.0.0",
  group: "connection",
  complexity: "O(1)",
  arity: -1,
  flags: ["noscript", "loading", "stale", "fast", "no_auth", "allow_busy"],
  run(session) {
    session.end("the client quit");
    return OK;
  },
};
