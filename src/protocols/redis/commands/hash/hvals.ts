import { KEY, type ReadCommand } from "../../command.ts";
import { keyOf } from "../../keys.ts";
import { array, bulk, EMPTY_ARRAY } from "../../reply.ts";
import { fieldsAt, fieldValue } from "../../values/fields.ts";

export const hvals: ReadCommand = {
  kind: "read",
  name: "hvals",
  summary: "Answers the values of all fields",
  since: "2.0.0",
  group: "hash",
  complexity: "O(N) where N is the size of the hash",
  arity: 2,
  flags: ["readonly"],
  keys: { ...KEY, access: ["RO", "access"] },
  run(view, args) {
    const fields = fieldsAt(view, keyOf(args[0]));
    if (fields === undefined) return EMPTY_ARRAY;
    return array(fields.object.members.map((member) => bulk(fieldValue(fields.object, member))));
  },
};
