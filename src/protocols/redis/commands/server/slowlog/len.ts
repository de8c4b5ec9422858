import type { SessionCommand } from "../../../command.ts";
import { integer } from "../../../reply.ts";

export const slowlogLen: SessionCommand = {
  kind: "session",
  name: "len",
  summary: "Counts the entries",
  since: "2.2.12",
  group: "server",
  complexity: "O(1)",
  arity: 2,
  flags: ["admin", "loading", "stale"],
  run: (_session, _args, { door }) => integer(door.slowlog.length),
};
