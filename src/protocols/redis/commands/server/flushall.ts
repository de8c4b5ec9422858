import type { SlicedWriteCommand } from "../../command.ts";
import { deleteEverything, FLUSH_WORDS } from "../../values/flush.ts";

export const flushall: SlicedWriteCommand = {
  kind: "sliced-write",
  name: "flushall",
  summary: "Deletes every key: one commit, and the history stays",
  since: "1.0.0",
  group: "server",
  complexity: "O(N) where N is the number of keys",
  arity: -1,
  flags: ["write"],
  categories: ["@keyspace", "@dangerous"],
  words: FLUSH_WORDS,
  run: (tx, args) => deleteEverything(tx, args),
};
