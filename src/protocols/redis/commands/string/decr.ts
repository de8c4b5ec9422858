import { KEY, SAVE, type WriteCommand } from "../../command.ts";
import { addToKey } from "../../values/counter.ts";

export const decr: WriteCommand = {
  kind: "write",
  name: "decr",
  summary: "Takes 1 from an integer",
  since: "1.0.0",
  group: "string",
  complexity: "O(1)",
  arity: 2,
  flags: ["write", "denyoom", "fast"],
  keys: { ...KEY, access: ["RW", "access", "update"] },
  words: SAVE,
  run: (tx, args) => addToKey(tx, args[0], -1n),
};
