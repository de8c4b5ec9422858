import type { SessionCommand } from "../../command.ts";
import { wrongArity } from "../../refusals.ts";
import { bulk, PONG } from "../../reply.ts";

export const ping: SessionCommand = {
  kind: "session",
  name: "ping",
  summary: "Answers PONG, or the message given",
  since: "1.0.0",
  group: "connection",
  complexity: "O(1)",
  arity: -1,
  flags: ["fast"],
  run(_session, [message, ...more]) {
    if (more.length > 0) throw wrongArity("ping");
    return message === undefined ? PONG : bulk(message);
  },
};
