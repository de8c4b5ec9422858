import type { SessionCommand } from "../../../command.ts";
import { infoOf } from "../../../describe.ts";
import { array, NULL } from "../../../reply.ts";
import { text } from "../../../values/arguments.ts";

export const commandInfo: SessionCommand = {
  kind: "session",
  name: "info",
  summary: "Describes commands: arguments, flags, keys, categories",
  since: "2.8.13",
  group: "server",
  complexity: "O(N) where N is the number of commands asked for",
  arity: -2,
  flags: ["loading", "stale"],
  categories: ["@connection"],
  run(_session, args, { door }) {
    if (args.length === 0) return array(door.registry.entries.map((entry) => infoOf(entry)));
    return array(
      args.map((_, index) => {
        const name = text(args, index).toLowerCase();
        const entry = door.registry.entry(name);
        return entry === undefined ? NULL : infoOf(entry, name.slice(0, name.length - entry.name.length));
      }),
    );
  },
};
