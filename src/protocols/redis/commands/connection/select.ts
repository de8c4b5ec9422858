import type { SessionCommand } from "../../command.ts";
import { refusal } from "../../refusals.ts";
import { OK } from "../../reply.ts";
import { int64 } from "../../values/arguments.ts";

export const select: SessionCommand = {
  kind: "session",
  name: "select",
  summary: "Chooses the database; there is one, number 0",
  since: "1.0.0",
  group: "connection",
  complexity: "O(1)",
  arity: 2,
  flags: ["loading", "stale", "fast"],
  run(_session, args) {
    if (int64(args, 0) !== 0n) throw refusal("DB index is out of range");
    return OK;
  },
};
