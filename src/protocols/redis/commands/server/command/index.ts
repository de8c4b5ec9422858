import type { Container, SessionCommand } from "../../../command.ts";
import { infoOf } from "../../../describe.ts";
import { array } from "../../../reply.ts";
import { commandCount } from "./count.ts";
import { commandDocs } from "./docs.ts";
import { commandGetkeys } from "./getkeys.ts";
import { commandGetkeysandflags } from "./getkeysandflags.ts";
import { commandInfo } from "./info.ts";
import { commandList } from "./list.ts";

const facts = {
  name: "command",
  summary: "Describes the commands",
  since: "2.8.13",
  group: "server",
  complexity: "O(N) where N is the number of commands",
  arity: -1,
  flags: ["loading", "stale"],
  categories: ["@connection"],
} as const;

const alone: SessionCommand = {
  ...facts,
  kind: "session",
  run: (_session, _args, { door }) => array(door.registry.entries.map((entry) => infoOf(entry))),
};

export const command: Container = {
  ...facts,
  kind: "container",
  alone,
  subcommands: [commandCount, commandDocs, commandGetkeys, commandGetkeysandflags, commandInfo, commandList],
};
