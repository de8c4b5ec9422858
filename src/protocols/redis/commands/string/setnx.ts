import { KEY, SAVE, type WriteCommand } from "../../command.ts";
import { keyOf } from "../../keys.ts";
import { ONE, ZERO } from "../../reply.ts";
import { at } from "../../values/arguments.ts";
import { bodyOf } from "../../values/strings.ts";

export const setnx: WriteCommand = {
  kind: "write",
  name: "setnx",
  summary: "Sets a key that does not exist",
  since: "1.0.0",
  group: "string",
  complexity: "O(1)",
  arity: 3,
  flags: ["write", "denyoom", "fast"],
  keys: { ...KEY, access: ["OW", "insert"] },
  words: SAVE,
  run(tx, args) {
    const { table, id } = keyOf(args[0]);
    if (tx.get(table, id) !== undefined) return ZERO;
    tx.put(table, id, bodyOf(at(args, 1)));
    return ONE;
  },
};
