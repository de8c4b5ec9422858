import { KEY, type ReadCommand } from "../../command.ts";
import { keyOf } from "../../keys.ts";
import { integer, ZERO } from "../../reply.ts";
import { at } from "../../values/arguments.ts";
import { fieldsAt, fieldValue, member } from "../../values/fields.ts";
import { byteLength } from "../../values/strings.ts";

export const hstrlen: ReadCommand = {
  kind: "read",
  name: "hstrlen",
  summary: "Answers the bytes of a field's value",
  since: "3.2.0",
  group: "hash",
  complexity: "O(N) where N is the size of the hash",
  arity: 3,
  flags: ["readonly", "fast"],
  keys: { ...KEY, access: ["RO"] },
  run(view, args) {
    const fields = fieldsAt(view, keyOf(args[0]));
    const found = fields === undefined ? undefined : member(fields, at(args, 1));
    return fields === undefined || found === undefined ? ZERO : integer(byteLength(fieldValue(fields.object, found)));
  },
};
