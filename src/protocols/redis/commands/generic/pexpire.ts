import { KEY, type WriteCommand } from "../../command.ts";
import { changeExpiry } from "../../values/change-expiry.ts";
import { EXPIRE_WORDS, MILLISECONDS } from "../../values/expiry.ts";

export const pexpire: WriteCommand = {
  kind: "write",
  name: "pexpire",
  summary: "Makes a key expire after some milliseconds (NX, XX, GT, LT: on a condition)",
  since: "2.6.0",
  group: "generic",
  complexity: "O(1)",
  arity: -3,
  flags: ["write", "fast"],
  keys: { ...KEY, access: ["RW", "update"] },
  words: EXPIRE_WORDS,
  run: (tx, args) => changeExpiry(tx, args, MILLISECONDS, "pexpire"),
};
