import { KEY, SAVE, type WriteCommand } from "../../command.ts";
import { keyOf } from "../../keys.ts";
import { integer } from "../../reply.ts";
import { at } from "../../values/arguments.ts";
import { bodyOf, bytesOf, stringAt } from "../../values/strings.ts";

export const append: WriteCommand = {
  kind: "write",
  name: "append",
  summary: "Adds bytes to the end of a value, or sets the key",
  since: "2.0.0",
  group: "string",
  complexity: "O(N) where N is the length of the new value",
  arity: 3,
  flags: ["write", "denyoom", "fast"],
  keys: { ...KEY, access: ["RW", "insert"] },
  words: SAVE,
  run(tx, args) {
    const key = keyOf(args[0]);
    const old = stringAt(tx, key);
    const bytes = old === undefined ? at(args, 1) : Buffer.concat([bytesOf(old.body), at(args, 1)]);
    // What it is now (a document, a string) is told from the bytes again.
    tx.put(key.table, key.id, bodyOf(bytes), { expiresAt: old?.expiresAt ?? 0 });
    return integer(bytes.length);
  },
};
