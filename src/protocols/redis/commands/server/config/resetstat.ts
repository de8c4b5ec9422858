import type { SessionCommand } from "../../../command.ts";
import { OK } from "../../../reply.ts";

export const configResetstat: SessionCommand = {
  kind: "session",
  name: "resetstat",
  summary: "Sets the counters of INFO's Stats section to zero (metrics keep counting)",
  since: "2.0.0",
  group: "server",
  complexity: "O(1)",
  arity: 2,
  flags: ["admin", "noscript", "loading", "stale"],
  run(_session, _args, { door }) {
    door.resetStats();
    return OK;
  },
};
