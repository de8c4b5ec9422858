import { KEY, type ReadCommand } from "../../command.ts";
import { timeLeft } from "../../values/time-left.ts";

export const pttl: ReadCommand = {
  kind: "read",
  name: "pttl",
  summary: "Answers the milliseconds a key has left: -1 without an expiry, -2 without a key",
  since: "2.6.0",
  group: "generic",
  complexity: "O(1)",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: { ...KEY, access: ["RO", "access"] },
  run: (view, args) => timeLeft(view, args[0], (expiresAt) => expiresAt - view.nowMs),
};
