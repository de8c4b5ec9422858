import type { SessionCommand } from "../../../command.ts";
import { bulk, map } from "../../../reply.ts";
import { globMatches } from "../../../values/glob.ts";
import { parameters } from "../../../values/parameters.ts";

export const configGet: SessionCommand = {
  kind: "session",
  name: "get",
  summary: "Answers the settings whose names fit a pattern, as Redis calls them",
  since: "2.0.0",
  group: "server",
  complexity: "O(N) where N is the number of settings",
  arity: -3,
  flags: ["admin", "noscript", "loading", "stale"],
  run(_session, patterns, { door }) {
    const found = parameters(door).filter(([name]) => patterns.some((pattern) => globMatches(pattern, Buffer.from(name), true)));
    return map(found.flatMap(([name, value]) => [bulk(name), bulk(value)]));
  },
};
