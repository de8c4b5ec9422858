import { KEY, SAVE, type WriteCommand } from "../../command.ts";
import { keyOf } from "../../keys.ts";
import { bulkOrNull } from "../../reply.ts";
import { at } from "../../values/arguments.ts";
import { bodyOf, stringAt } from "../../values/strings.ts";

export const getset: WriteCommand = {
  kind: "write",
  name: "getset",
  summary: "Sets a key and answers the value it had",
  since: "1.0.0",
  group: "string",
  complexity: "O(1)",
  arity: 3,
  flags: ["write", "denyoom", "fast"],
  keys: { ...KEY, access: ["RW", "access", "update"] },
  words: SAVE,
  run(tx, args) {
    const key = keyOf(args[0]);
    const old = stringAt(tx, key);
    tx.put(key.table, key.id, bodyOf(at(args, 1)));
    return bulkOrNull(old?.body);
  },
};
