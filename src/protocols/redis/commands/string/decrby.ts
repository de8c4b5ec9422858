import { KEY, SAVE, type WriteCommand } from "../../command.ts";
import { refusal } from "../../refusals.ts";
import { inInt64, int64 } from "../../values/arguments.ts";
import { addToKey } from "../../values/counter.ts";

export const decrby: WriteCommand = {
  kind: "write",
  name: "decrby",
  summary: "Takes from an integer",
  since: "1.0.0",
  group: "string",
  complexity: "O(1)",
  arity: 3,
  flags: ["write", "denyoom", "fast"],
  keys: { ...KEY, access: ["RW", "access", "update"] },
  words: SAVE,
  run(tx, args) {
    const by = -int64(args, 1);
    // The least int64 has no opposite.
    if (!inInt64(by)) throw refusal("decrement would overflow");
    return addToKey(tx, args[0], by);
  },
};
