import type { SessionCommand } from "../../../command.ts";
import { refusal } from "../../../refusals.ts";
import { EMPTY_ARRAY } from "../../../reply.ts";
import { text, word } from "../../../values/arguments.ts";

export const functionList: SessionCommand = {
  kind: "session",
  name: "list",
  summary: "Lists the libraries, of which there are none",
  since: "7.0.0",
  group: "scripting",
  complexity: "O(1)",
  arity: -2,
  flags: ["noscript"],
  run(_session, args) {
    for (let index = 0; index < args.length; index++) {
      const option = word(args, index);
      if (option === "WITHCODE") continue;
      if (option !== "LIBRARYNAME") throw refusal(`Unknown argument ${text(args, index)}`);
      if (++index >= args.length) throw refusal("library name argument was not given");
    }
    return EMPTY_ARRAY;
  },
};
