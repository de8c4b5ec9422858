import type { SessionCommand } from "../../../command.ts";
import { bulks } from "../../../reply.ts";
import { commandKeys } from "../../../values/command-keys.ts";

export const commandGetkeys: SessionCommand = {
  kind: "session",
  name: "getkeys",
  summary: "Answers the keys among the arguments of a command",
  since: "2.8.13",
  group: "server",
  complexity: "O(N) where N is the number of arguments",
  arity: -4,
  flags: ["loading", "stale"],
  categories: ["@connection"],
  run: (_session, args, { door }) => bulks(commandKeys(door, args).keys),
};
