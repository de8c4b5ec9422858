import { clientLine } from "../../../client-line.ts";
import type { SessionCommand } from "../../../command.ts";

export const clientInfo: SessionCommand = {
  kind: "session",
  name: "info",
  summary: "Describes the connection, as a line of CLIENT LIST",
  since: "6.2.0",
  group: "connection",
  complexity: "O(1)",
  arity: 2,
  flags: ["noscript", "loading", "stale"],
  run: (session, _args, { door }) => ({ type: "verbatim", text: `${clientLine(session, door)}\n` }),
};
