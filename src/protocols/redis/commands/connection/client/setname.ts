import type { SessionCommand } from "../../../command.ts";
import { OK } from "../../../reply.ts";
import { at } from "../../../values/arguments.ts";
import { checkClientName } from "../../../values/client-name.ts";

export const clientSetname: SessionCommand = {
  kind: "session",
  name: "setname",
  summary: "Names the connection; an empty name takes the name away",
  since: "2.6.9",
  group: "connection",
  complexity: "O(1)",
  arity: 3,
  flags: ["noscript", "loading", "stale"],
  run(session, args) {
    session.name = checkClientName(at(args, 0));
    return OK;
  },
};
