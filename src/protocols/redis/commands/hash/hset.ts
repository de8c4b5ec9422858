import { KEY, SAVE, type WriteCommand } from "../../command.ts";
import { integer } from "../../reply.ts";
import { setFields } from "../../values/set-fields.ts";

export const hset: WriteCommand = {
  kind: "write",
  name: "hset",
  summary: "Sets fields and answers how many are new",
  since: "2.0.0",
  group: "hash",
  complexity: "O(N) where N is the size of the hash and the number of fields",
  arity: -4,
  flags: ["write", "denyoom", "fast"],
  keys: { ...KEY, access: ["RW", "update"] },
  words: SAVE,
  run: (tx, args) => integer(setFields(tx, args, "hset")),
};
