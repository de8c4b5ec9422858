import type { SessionCommand } from "../../../command.ts";
import { bulk, NULL } from "../../../reply.ts";

export const clientGetname: SessionCommand = {
  kind: "session",
  name: "getname",
  summary: "Answers the name given to the connection",
  since: "2.6.9",
  group: "connection",
  complexity: "O(1)",
  arity: 2,
  flags: ["noscript", "loading", "stale"],
  run: (session) => (session.name === "" ? NULL : bulk(session.name)),
};
