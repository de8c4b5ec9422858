import { PAIRS, SAVE, type WriteCommand } from "../../command.ts";
import { keyOf } from "../../keys.ts";
import { wrongArity } from "../../refusals.ts";
import { OK } from "../../reply.ts";
import { at } from "../../values/arguments.ts";
import { bodyOf } from "../../values/strings.ts";

export const mset: WriteCommand = {
  kind: "write",
  name: "mset",
  summary: "Sets several keys at once: one commit",
  since: "1.0.1",
  group: "string",
  complexity: "O(N) where N is the number of keys",
  arity: -3,
  flags: ["write", "denyoom"],
  keys: { ...PAIRS, access: ["OW", "update"] },
  words: SAVE,
  run(tx, args) {
    if (args.length % 2 !== 0) throw wrongArity("mset");
    for (let index = 0; index < args.length; index += 2) {
      const { table, id } = keyOf(args[index]);
      tx.put(table, id, bodyOf(at(args, index + 1)));
    }
    return OK;
  },
};
