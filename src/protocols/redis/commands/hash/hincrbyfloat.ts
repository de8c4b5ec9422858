import { KEY, SAVE, type WriteCommand } from "../../command.ts";
import { keyOf } from "../../keys.ts";
import { refusal } from "../../refusals.ts";
import { bulk } from "../../reply.ts";
import { at, text } from "../../values/arguments.ts";
import { addDecimals, parseDecimal, printDecimal } from "../../values/decimal.ts";
import { fieldName, fieldsToChange, fieldValue, member, numberText, storeFields } from "../../values/fields.ts";

export const hincrbyfloat: WriteCommand = {
  kind: "write",
  name: "hincrbyfloat",
  summary: "Adds to the decimal number in a field, exactly",
  since: "2.6.0",
  group: "hash",
  complexity: "O(N) where N is the size of the hash",
  arity: 4,
  flags: ["write", "denyoom", "fast"],
  keys: { ...KEY, access: ["RW", "access", "update"] },
  words: SAVE,
  run(tx, args) {
    const by = parseDecimal(text(args, 2));
    if (by === undefined) throw refusal("value is not a valid float");
    if (by === "infinite") throw refusal("value is NaN or Infinity");
    const key = keyOf(args[0]);
    const fields = fieldsToChange(tx, key);
    const found = member(fields, at(args, 1));
    const value =
      found === undefined ? ({ digits: 0n, scale: 0 } as const) : parseDecimal(String(fieldValue(fields.object, found)));
    if (value === undefined) throw refusal("hash value is not a float");
    if (value === "infinite") throw refusal("increment would produce NaN or Infinity");
    const sum = printDecimal(addDecimals(value, by));
    storeFields(tx, key, fields, new Map([[fieldName(at(args, 1)), numberText(found, sum)]]));
    return bulk(sum);
  },
};
