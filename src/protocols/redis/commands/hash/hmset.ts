import { KEY, SAVE, type WriteCommand } from "../../command.ts";
import { OK } from "../../reply.ts";
import { setFields } from "../../values/set-fields.ts";

export const hmset: WriteCommand = {
  kind: "write",
  name: "hmset",
  summary: "Sets fields (HSET does the same)",
  since: "2.0.0",
  group: "hash",
  complexity: "O(N) where N is the size of the hash and the number of fields",
  arity: -4,
  flags: ["write", "denyoom", "fast"],
  keys: { ...KEY, access: ["RW", "update"] },
  words: SAVE,
  run(tx, args) {
    setFields(tx, args, "hmset");
    return OK;
  },
};
