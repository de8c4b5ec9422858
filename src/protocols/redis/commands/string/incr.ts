import { KEY, SAVE, type WriteCommand } from "../../command.ts";
import { addToKey } from "../../values/counter.ts";

export const incr: WriteCommand = {
  kind: "write",
  name: "incr",
  summary: "Adds 1 to an integer",
  since: "1.0.0",
  group: "string",
  complexity: "O(1)",
  arity: 2,
  flags: ["write", "denyoom", "fast"],
  keys: { ...KEY, access: ["RW", "access", "update"] },
  words: SAVE,
  run: (tx, args) => addToKey(tx, args[0], 1n),
};
