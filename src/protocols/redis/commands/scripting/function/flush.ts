import type { SessionCommand } from "../../../command.ts";
import { refusal } from "../../../refusals.ts";
import { OK } from "../../../reply.ts";
import { word } from "../../../values/arguments.ts";

export const functionFlush: SessionCommand = {
  kind: "session",
  name: "flush",
  summary: "Deletes all libraries; there are none, so nothing changes",
  since: "7.0.0",
  group: "scripting",
  complexity: "O(1)",
  arity: -2,
  flags: ["noscript"],
  run(_session, args) {
    if (args.length > 1 || (args.length === 1 && !["SYNC", "ASYNC"].includes(word(args, 0)))) {
      throw refusal("FUNCTION FLUSH only supports SYNC|ASYNC option");
    }
    return OK;
  },
};
