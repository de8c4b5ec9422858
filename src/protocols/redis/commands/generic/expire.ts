import { KEY, type WriteCommand } from "../../command.ts";
import { changeExpiry } from "../../values/change-expiry.ts";
import { EXPIRE_WORDS, SECONDS } from "../../values/expiry.ts";

export const expire: WriteCommand = {
  kind: "write",
  name: "expire",
  summary: "Makes a key expire after some seconds (NX, XX, GT, LT: on a condition)",
  since: "1.0.0",
  group: "generic",
  complexity: "O(1)",
  arity: -3,
  flags: ["write", "fast"],
  keys: { ...KEY, access: ["RW", "update"] },
  words: EXPIRE_WORDS,
  run: (tx, args) => changeExpiry(tx, args, SECONDS, "expire"),
};
