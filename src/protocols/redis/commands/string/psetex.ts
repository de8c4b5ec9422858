import { KEY, SAVE, type WriteCommand } from "../../command.ts";
import { keyOf } from "../../keys.ts";
import { OK } from "../../reply.ts";
import { at } from "../../values/arguments.ts";
import { MILLISECONDS, positiveExpiry } from "../../values/expiry.ts";
import { bodyOf } from "../../values/strings.ts";

export const psetex: WriteCommand = {
  kind: "write",
  name: "psetex",
  summary: "Sets a key to a value that expires after some milliseconds",
  since: "2.6.0",
  group: "string",
  complexity: "O(1)",
  arity: 4,
  flags: ["write", "denyoom"],
  keys: { ...KEY, access: ["OW", "update"] },
  words: SAVE,
  run(tx, args) {
    const { table, id } = keyOf(args[0]);
    const expiresAt = positiveExpiry(at(args, 1), MILLISECONDS, tx.nowMs, "psetex");
    tx.put(table, id, bodyOf(at(args, 2)), { expiresAt });
    return OK;
  },
};
