import type { SessionCommand } from "../../../command.ts";
import { refusal } from "../../../refusals.ts";
import { text } from "../../../values/arguments.ts";

export const configSet: SessionCommand = {
  kind: "session",
  name: "set",
  summary: "Is refused: settings come from the configuration file, the environment and flags",
  since: "2.0.0",
  group: "server",
  complexity: "O(1)",
  arity: -4,
  flags: ["admin", "noscript", "loading", "stale"],
  run(_session, args) {
    throw refusal(
      `CONFIG SET failed (possibly related to argument '${text(args, 0)}') - settings of ChronDB come from its configuration file, ` +
        "CHRONDB_* environment variables and flags; change them there and start the server again",
    );
  },
};
