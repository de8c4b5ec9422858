import { KEY, type ReadCommand } from "../../command.ts";
import { keyOf } from "../../keys.ts";
import { array, bulk, EMPTY_ARRAY } from "../../reply.ts";
import { fieldBytes, fieldsAt } from "../../values/fields.ts";

export const hkeys: ReadCommand = {
  kind: "read",
  name: "hkeys",
  summary: "Answers the fields",
  since: "2.0.0",
  group: "hash",
  complexity: "O(N) where N is the size of the hash",
  arity: 2,
  flags: ["readonly"],
  keys: { ...KEY, access: ["RO", "access"] },
  run(view, args) {
    const fields = fieldsAt(view, keyOf(args[0]));
    if (fields === undefined) return EMPTY_ARRAY;
    return array(fields.object.members.map((member) => bulk(fieldBytes(member.key))));
  },
};
