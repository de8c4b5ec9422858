import { KEY, SAVE, type WriteCommand } from "../../command.ts";
import { keyOf } from "../../keys.ts";
import { syntaxError } from "../../refusals.ts";
import { bulk, NULL } from "../../reply.ts";
import { following, word } from "../../values/arguments.ts";
import { EXPIRY_OPTIONS, positiveExpiry } from "../../values/expiry.ts";
import { stringAt } from "../../values/strings.ts";

export const getex: WriteCommand = {
  kind: "write",
  name: "getex",
  summary: "Answers the value of a key and sets or (PERSIST) takes away its expiry",
  since: "6.2.0",
  group: "string",
  complexity: "O(1)",
  arity: -2,
  flags: ["write", "fast"],
  keys: { ...KEY, access: ["RW", "access", "update"] },
  words: SAVE,
  run(tx, args) {
    const key = keyOf(args[0]);
    // Redis reads the options' shape first, then the key, then the time.
    let change: ((expiresAt: number) => number) | undefined;
    for (let index = 1; index < args.length; index++) {
      const option = word(args, index);
      const unit = EXPIRY_OPTIONS[option];
      if (change !== undefined) throw syntaxError();
      if (option === "PERSIST") change = () => 0;
      else if (unit !== undefined) {
        const amount = following(args, index);
        change = () => positiveExpiry(amount, unit, tx.nowMs, "getex");
        index++;
      } else throw syntaxError();
    }
    const version = stringAt(tx, key);
    if (version === undefined) return NULL;
    const expiresAt = change === undefined ? version.expiresAt : change(version.expiresAt);
    if (expiresAt !== 0 && expiresAt <= tx.nowMs) tx.delete(key.table, key.id);
    else if (expiresAt !== version.expiresAt) tx.put(key.table, key.id, version.body, { kind: version.kind, expiresAt });
    return bulk(version.body);
  },
};
