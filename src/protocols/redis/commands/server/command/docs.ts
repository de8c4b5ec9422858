import type { SessionCommand } from "../../../command.ts";
import { docsOf } from "../../../describe.ts";
import { map } from "../../../reply.ts";
import { text } from "../../../values/arguments.ts";

export const commandDocs: SessionCommand = {
  kind: "session",
  name: "docs",
  summary: "Documents commands: what they do, since when, at what cost",
  since: "7.0.0",
  group: "server",
  complexity: "O(N) where N is the number of commands asked for",
  arity: -2,
  flags: ["loading", "stale"],
  categories: ["@connection"],
  run(_session, args, { door }) {
    if (args.length === 0) return map(door.registry.entries.flatMap((entry) => docsOf(entry)));
    return map(
      args.flatMap((_, index) => {
        const name = text(args, index).toLowerCase();
        const entry = door.registry.entry(name);
        return entry === undefined ? [] : docsOf(entry, name.slice(0, name.length - entry.name.length));
      }),
    );
  },
};
