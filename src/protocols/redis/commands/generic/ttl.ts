import { KEY, type ReadCommand } from "../../command.ts";
import { timeLeft } from "../../values/time-left.ts";

export const ttl: ReadCommand = {
  kind: "read",
  name: "ttl",
  summary: "Answers the seconds a key has left: -1 without an expiry, -2 without a key",
  since: "1.0.0",
  group: "generic",
  complexity: "O(1)",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: { ...KEY, access: ["RO", "access"] },
  run: (view, args) => timeLeft(view, args[0], (expiresAt) => Math.floor((expiresAt - view.nowMs + 500) / 1000)),
};
