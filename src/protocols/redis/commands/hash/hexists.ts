import { KEY, type ReadCommand } from "../../command.ts";
import { keyOf } from "../../keys.ts";
import { ONE, ZERO } from "../../reply.ts";
import { at } from "../../values/arguments.ts";
import { fieldsAt, member } from "../../values/fields.ts";

export const hexists: ReadCommand = {
  kind: "read",
  name: "hexists",
  summary: "Tells whether a field exists",
  since: "2.0.0",
  group: "hash",
  complexity: "O(N) where N is the size of the hash",
  arity: 3,
  flags: ["readonly", "fast"],
  keys: { ...KEY, access: ["RO"] },
  run(view, args) {
    const fields = fieldsAt(view, keyOf(args[0]));
    return fields !== undefined && member(fields, at(args, 1)) !== undefined ? ONE : ZERO;
  },
};
