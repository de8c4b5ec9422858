import type { SessionCommand } from "../../command.ts";
import { refusal } from "../../refusals.ts";
import { OK } from "../../reply.ts";

export const multi: SessionCommand = {
  kind: "session",
  immediate: true,
  name: "multi",
  summary: "Begins a transaction: what follows is queued until EXEC",
  since: "1.2.0",
  group: "transactions",
  complexity: "O(1)",
  arity: 1,
  flags: ["noscript", "loading", "stale", "fast", "allow_busy"],
  run(session) {
    if (session.queued >= 0) throw refusal("MULTI calls can not be nested");
    session.beginTransaction();
    return OK;
  },
};
