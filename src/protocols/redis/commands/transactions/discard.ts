import type { SessionCommand } from "../../command.ts";
import { refusal } from "../../refusals.ts";
import { OK } from "../../reply.ts";

export const discard: SessionCommand = {
  kind: "session",
  immediate: true,
  name: "discard",
  summary: "Forgets what MULTI queued, and the watched keys",
  since: "2.0.0",
  group: "transactions",
  complexity: "O(N) where N is the number of queued commands",
  arity: 1,
  flags: ["noscript", "loading", "stale", "fast", "allow_busy"],
  run(session) {
    if (session.queued < 0) throw refusal("DISCARD without MULTI");
    session.discard();
    return OK;
  },
};
