import type { JsonMember } from "../../../../base/json.ts";
import { KEY, type ReadCommand } from "../../command.ts";
import { keyOf } from "../../keys.ts";
import { array, bulk, NULL } from "../../reply.ts";
import { fieldName, fieldsAt, fieldValue } from "../../values/fields.ts";

export const hmget: ReadCommand = {
  kind: "read",
  name: "hmget",
  summary: "Answers the values of several fields",
  since: "2.0.0",
  group: "hash",
  complexity: "O(N) where N is the size of the hash and the number of fields",
  arity: -3,
  flags: ["readonly", "fast"],
  keys: { ...KEY, access: ["RO", "access"] },
  run(view, [key, ...names]) {
    const fields = fieldsAt(view, keyOf(key));
    if (fields === undefined) return array(names.map(() => NULL));
    const members = new Map<string, JsonMember>(fields.object.members.map((member) => [member.key, member]));
    return array(
      names.map((name) => {
        const found = members.get(fieldName(name));
        return found === undefined ? NULL : bulk(fieldValue(fields.object, found));
      }),
    );
  },
};
