import { KEY, SAVE, type WriteCommand } from "../../command.ts";
import { int64 } from "../../values/arguments.ts";
import { addToKey } from "../../values/counter.ts";

export const incrby: WriteCommand = {
  kind: "write",
  name: "incrby",
  summary: "Adds to an integer",
  since: "1.0.0",
  group: "string",
  complexity: "O(1)",
  arity: 3,
  flags: ["write", "denyoom", "fast"],
  keys: { ...KEY, access: ["RW", "access", "update"] },
  words: SAVE,
  run: (tx, args) => addToKey(tx, args[0], int64(args, 1)),
};
