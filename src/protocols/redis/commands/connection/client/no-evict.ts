import type { SessionCommand } from "../../../command.ts";
import { syntaxError } from "../../../refusals.ts";
import { OK } from "../../../reply.ts";
import { word } from "../../../values/arguments.ts";

export const clientNoEvict: SessionCommand = {
  kind: "session",
  name: "no-evict",
  summary: "Spares the connection (ON) when half-sent requests of all connections hold too much memory",
  since: "7.0.0",
  group: "connection",
  complexity: "O(1)",
  arity: 3,
  flags: ["admin", "noscript", "loading", "stale"],
  run(session, args) {
    const mode = word(args, 0);
    if (mode !== "ON" && mode !== "OFF") throw syntaxError();
    session.noEvict = mode === "ON";
    return OK;
  },
};
