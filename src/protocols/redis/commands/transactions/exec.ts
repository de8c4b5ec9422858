import type { ExecCommand } from "../../command.ts";

export const exec: ExecCommand = {
  kind: "exec",
  name: "exec",
  summary: "Runs what MULTI queued, alone and as one commit, unless a watched key has changed",
  since: "1.2.0",
  group: "transactions",
  complexity: "Depends on the commands",
  arity: 1,
  flags: ["noscript", "loading", "stale", "skip_slowlog"],
};
