import type { SessionCommand } from "../../../command.ts";
import { bulk, map } from "../../../reply.ts";
import { globMatches, globPrefix } from "../../../values/glob.ts";
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
    const found = new Map<string, string>();
    for (const pattern of patterns) {
      // As in Redis, a plain name comes back in the case it was asked in.
      const plain = globPrefix(pattern).length === pattern.length;
      for (const [name, value] of parameters(door)) {
        if (globMatches(pattern, Buffer.from(name), true)) found.set(plain ? pattern.toString("latin1") : name, value);
      }
    }
    return map([...found].flatMap(([name, value]) => [bulk(name), bulk(value)]));
  },
};
