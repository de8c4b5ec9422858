import { KEY, SAVE, type WriteCommand } from "../../command.ts";
import { keyOf } from "../../keys.ts";
import { OK } from "../../reply.ts";
import { at } from "../../values/arguments.ts";
import { positiveExpiry, SECONDS } from "../../values/expiry.ts";
import { bodyOf } from "../../values/strings.ts";

export const setex: WriteCommand = {
  kind: "write",
  name: "setex",
  summary: "Sets a key to a value that expires after some seconds",
  since: "2.0.0",
  group: "string",
  complexity: "O(1)",
  arity: 4,
  flags: ["write", "denyoom"],
  keys: { ...KEY, access: ["OW", "update"] },
  words: SAVE,
  run(tx, args) {
    const { table, id } = keyOf(args[0]);
    const expiresAt = positiveExpiry(at(args, 1), SECONDS, tx.nowMs, "setex");
    tx.put(table, id, bodyOf(at(args, 2)), { expiresAt });
    return OK;
  },
};
