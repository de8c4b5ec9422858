import type { SessionCommand } from "../../../command.ts";
import { integer } from "../../../reply.ts";

export const commandCount: SessionCommand = {
  kind: "session",
  name: "count",
  summary: "Counts the commands",
  since: "2.8.13",
  group: "server",
  complexity: "O(1)",
  arity: 2,
  flags: ["loading", "stale"],
  categories: ["@connection"],
  run: (_session, _args, { door }) => integer(door.registry.entries.length),
};
