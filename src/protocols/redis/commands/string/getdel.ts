import { DELETE, KEY, type WriteCommand } from "../../command.ts";
import { keyOf } from "../../keys.ts";
import { bulk, NULL } from "../../reply.ts";
import { stringAt } from "../../values/strings.ts";

export const getdel: WriteCommand = {
  kind: "write",
  name: "getdel",
  summary: "Answers the value of a key and deletes it",
  since: "6.2.0",
  group: "string",
  complexity: "O(1)",
  arity: 2,
  flags: ["write", "fast"],
  keys: { ...KEY, access: ["RW", "access", "delete"] },
  words: DELETE,
  run(tx, args) {
    const key = keyOf(args[0]);
    const old = stringAt(tx, key);
    if (old === undefined) return NULL;
    tx.delete(key.table, key.id);
    return bulk(old.body);
  },
};
