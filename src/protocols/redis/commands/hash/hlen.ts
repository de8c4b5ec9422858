import { KEY, type ReadCommand } from "../../command.ts";
import { keyOf } from "../../keys.ts";
import { integer } from "../../reply.ts";
import { fieldsAt } from "../../values/fields.ts";

export const hlen: ReadCommand = {
  kind: "read",
  name: "hlen",
  summary: "Answers how many fields there are",
  since: "2.0.0",
  group: "hash",
  complexity: "O(N) where N is the size of the hash",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: { ...KEY, access: ["RO"] },
  run: (view, args) => integer(fieldsAt(view, keyOf(args[0]))?.object.members.length ?? 0),
};
