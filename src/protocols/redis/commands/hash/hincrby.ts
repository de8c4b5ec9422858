import { KEY, SAVE, type WriteCommand } from "../../command.ts";
import { keyOf } from "../../keys.ts";
import { refusal } from "../../refusals.ts";
import { integer } from "../../reply.ts";
import { at, inInt64, int64, parseInt64 } from "../../values/arguments.ts";
import { fieldName, fieldsToChange, fieldValue, member, numberText, storeFields } from "../../values/fields.ts";

export const hincrby: WriteCommand = {
  kind: "write",
  name: "hincrby",
  summary: "Adds to the integer in a field",
  since: "2.0.0",
  group: "hash",
  complexity: "O(N) where N is the size of the hash",
  arity: 4,
  flags: ["write", "denyoom", "fast"],
  keys: { ...KEY, access: ["RW", "access", "update"] },
  words: SAVE,
  run(tx, args) {
    const by = int64(args, 2);
    const key = keyOf(args[0]);
    const fields = fieldsToChange(tx, key);
    const found = member(fields, at(args, 1));
    const value = found === undefined ? 0n : parseInt64(fieldValue(fields.object, found));
    if (value === undefined) throw refusal("hash value is not an integer");
    const sum = value + by;
    if (!inInt64(sum)) throw refusal("increment or decrement would overflow");
    storeFields(tx, key, fields, new Map([[fieldName(at(args, 1)), numberText(found, String(sum))]]));
    return integer(sum);
  },
};
