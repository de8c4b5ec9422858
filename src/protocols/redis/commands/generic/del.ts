import { DELETE, KEYS, type WriteCommand } from "../../command.ts";
import { keyOf } from "../../keys.ts";
import { integer } from "../../reply.ts";

export const del: WriteCommand = {
  kind: "write",
  name: "del",
  summary: "Deletes keys; answers how many there were",
  since: "1.0.0",
  group: "generic",
  complexity: "O(N) where N is the number of keys",
  arity: -2,
  flags: ["write"],
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
