import type { SessionCommand } from "../../../command.ts";
import { OK } from "../../../reply.ts";

export const slowlogReset: SessionCommand = {
  kind: "session",
  name: "reset",
  summary: "Forgets the entries",
  since: "2.2.12",
  group: "server",
  complexity: "O(N) where N is the number of entries",
  arity: 2,
  flags: ["admin", "loading", "stale"],
  run(_session, _args, { door }) {
    door.slowlog.reset();
    return OK;
  },
};
