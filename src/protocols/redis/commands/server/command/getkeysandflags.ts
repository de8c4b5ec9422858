import type { SessionCommand } from "../../../command.ts";
import { array, bulk, simple } from "../../../reply.ts";
import { commandKeys } from "../../../values/command-keys.ts";

export const commandGetkeysandflags: SessionCommand = {
  kind: "session",
  name: "getkeysandflags",
  summary: "Answers the keys among the arguments of a command, and what it does to them",
  since: "7.0.0",
  group: "server",
  complexity: "O(N) where N is the number of arguments",
  arity: -4,
  flags: ["loading", "stale"],
  categories: ["@connection"],
  run(_session, args, { door }) {
    const { spec, keys } = commandKeys(door, args);
    return array(keys.map((key) => array([bulk(key), { type: "set", items: (spec.keys?.access ?? []).map(simple) }])));
  },
};
