import type { SessionCommand } from "../../../command.ts";
import { syntaxError } from "../../../refusals.ts";
import { NONE, OK } from "../../../reply.ts";
import { word } from "../../../values/arguments.ts";

export const clientReply: SessionCommand = {
  kind: "session",
  notInMulti: true,
  name: "reply",
  summary: "Turns replies OFF or ON, or leaves out the next one (SKIP)",
  since: "3.2.0",
  group: "connection",
  complexity: "O(1)",
  arity: 3,
  flags: ["noscript", "loading", "stale"],
  run(session, args) {
    switch (word(args, 0)) {
      case "ON":
        session.replies.set("on");
        return OK;
      case "OFF":
        session.replies.set("off");
        return NONE;
      case "SKIP":
        session.replies.set("skip");
        return NONE;
      default:
        throw syntaxError();
    }
  },
};
