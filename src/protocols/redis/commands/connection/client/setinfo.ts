import type { SessionCommand } from "../../../command.ts";
import { refusal } from "../../../refusals.ts";
import { OK } from "../../../reply.ts";
import { at, text, word } from "../../../values/arguments.ts";
import { checkLibraryFact } from "../../../values/client-name.ts";

export const clientSetinfo: SessionCommand = {
  kind: "session",
  name: "setinfo",
  summary: "Tells the name (LIB-NAME) or version (LIB-VER) of the client library",
  since: "7.2.0",
  group: "connection",
  complexity: "O(1)",
  arity: 4,
  flags: ["noscript", "loading", "stale"],
  run(session, args) {
    const option = word(args, 0);
    if (option === "LIB-NAME") session.library = { ...session.library, name: checkLibraryFact(at(args, 1), "lib-name") };
    else if (option === "LIB-VER") session.library = { ...session.library, version: checkLibraryFact(at(args, 1), "lib-ver") };
    else throw refusal(`Unrecognized option '${text(args, 0)}'`);
    return OK;
  },
};
