import { KEY, type ReadCommand } from "../../command.ts";
import { keyOf } from "../../keys.ts";
import { bulk, EMPTY_MAP, map } from "../../reply.ts";
import { fieldBytes, fieldsAt, fieldValue } from "../../values/fields.ts";

export const hgetall: ReadCommand = {
  kind: "read",
  name: "hgetall",
  summary: "Answers all fields and their values",
  since: "2.0.0",
  group: "hash",
  complexity: "O(N) where N is the size of the hash",
  arity: 2,
  flags: ["readonly"],
  keys: { ...KEY, access: ["RO", "access"] },
  run(view, args) {
    const fields = fieldsAt(view, keyOf(args[0]));
    if (fields === undefined) return EMPTY_MAP;
    return map(
      fields.object.members.flatMap((member) => [bulk(fieldBytes(member.key)), bulk(fieldValue(fields.object, member))]),
    );
  },
};
