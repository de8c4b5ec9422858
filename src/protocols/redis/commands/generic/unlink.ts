import { DELETE, KEYS, type WriteCommand } from "../../command.ts";
import { keyOf } from "../../keys.ts";
import { integer } from "../../reply.ts";

export const unlink: WriteCommand = {
  kind: "write",
  name: "unlink",
  summary: "Deletes keys, as DEL does",
  since: "4.0.0",
  group: "generic",
  complexity: "O(N) where N is the number of keys",
  arity: -2,
  flags: ["write", "fast"],
  keys: { ...KEYS, access: ["RM", "delete"] },
  words: DELETE,
  run(tx, args) {
    let deleted = 0;
    for (const arg of args) {
      const { table, id } = keyOf(arg);
      if (tx.delete(table, id)) deleted++;
    }
    return integer(deleted);
  },
};
