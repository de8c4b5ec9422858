import { KEY, type WriteCommand } from "../../command.ts";
import { changeExpiry } from "../../values/change-expiry.ts";
import { AT_MILLISECONDS, EXPIRE_WORDS } from "../../values/expiry.ts";

export const pexpireat: WriteCommand = {
  kind: "write",
  name: "pexpireat",
  summary: "Makes a key expire at a time in milliseconds since 1970 (NX, XX, GT, LT: on a condition)",
  since: "2.6.0",
  group: "generic",
  complexity: "O(1)",
  arity: -3,
  flags: ["write", "fast"],
  keys: { ...KEY, access: ["RW", "update"] },
  words: EXPIRE_WORDS,
  run: (tx, args) => changeExpiry(tx, args, AT_MILLISECONDS, "pexpireat"),
};
