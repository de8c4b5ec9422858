import { KEY, SAVE, type WriteCommand } from "../../command.ts";
import { keyOf } from "../../keys.ts";
import { ONE, ZERO } from "../../reply.ts";
import { at } from "../../values/arguments.ts";
import { fieldName, fieldsToChange, fieldText, member, storeFields } from "../../values/fields.ts";

export const hsetnx: WriteCommand = {
  kind: "write",
  name: "hsetnx",
  summary: "Sets a field that does not exist",
  since: "2.0.0",
  group: "hash",
  complexity: "O(N) where N is the size of the hash",
  arity: 4,
  flags: ["write", "denyoom", "fast"],
  keys: { ...KEY, access: ["RW", "insert"] },
  words: SAVE,
  run(tx, args) {
    const key = keyOf(args[0]);
    const fields = fieldsToChange(tx, key);
    if (member(fields, at(args, 1)) !== undefined) return ZERO;
    storeFields(tx, key, fields, new Map([[fieldName(at(args, 1)), fieldText(at(args, 2))]]));
    return ONE;
  },
};
