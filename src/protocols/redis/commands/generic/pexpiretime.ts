import { KEY, type ReadCommand } from "../../command.ts";
import { timeLeft } from "../../values/time-left.ts";

export const pexpiretime: ReadCommand = {
  kind: "read",
  name: "pexpiretime",
  summary: "Answers when a key expires, in milliseconds since 1970: -1 without an expiry, -2 without a key",
  since: "7.0.0",
  group: "generic",
  complexity: "O(1)",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: { ...KEY, access: ["RO", "access"] },
  run: (view, args) => timeLeft(view, args[0], (expiresAt) => expiresAt),
};
