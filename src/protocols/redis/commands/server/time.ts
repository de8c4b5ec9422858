import type { SessionCommand } from "../../command.ts";
import { bulks } from "../../reply.ts";

export const time: SessionCommand = {
  kind: "session",
  name: "time",
  summary: "Answers the server's time: seconds since 1970 and microseconds",
  since: "2.6.0",
  group: "server",
  complexity: "O(1)",
  arity: 1,
  flags: ["loading", "stale", "fast"],
  run(_session, _args, { door }) {
    const micros = door.clock.micros();
    return bulks([String(Math.floor(micros / 1_000_000)), String(micros % 1_000_000)]);
  },
};
