import { KEY, type ReadCommand } from "../../command.ts";
import { keyOf } from "../../keys.ts";
import { bulk, NULL } from "../../reply.ts";
import { at } from "../../values/arguments.ts";
import { fieldsAt, fieldValue, member } from "../../values/fields.ts";

export const hget: ReadCommand = {
  kind: "read",
  name: "hget",
  summary: "Answers the value of a field",
  since: "2.0.0",
  group: "hash",
  complexity: "O(N) where N is the size of the hash",
  arity: 3,
  flags: ["readonly", "fast"],
  keys: { ...KEY, access: ["RO", "access"] },
  run(view, args) {
    const fields = fieldsAt(view, keyOf(args[0]));
    const found = fields === undefined ? undefined : member(fields, at(args, 1));
    return fields === undefined || found === undefined ? NULL : bulk(fieldValue(fields.object, found));
  },
};
