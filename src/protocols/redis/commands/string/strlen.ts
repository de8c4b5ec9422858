import { KEY, type ReadCommand } from "../../command.ts";
import { keyOf } from "../../keys.ts";
import { integer, ZERO } from "../../reply.ts";
import { byteLength, stringAt } from "../../values/strings.ts";

export const strlen: ReadCommand = {
  kind: "read",
  name: "strlen",
  summary: "Answers the bytes of a value",
  since: "2.2.0",
  group: "string",
  complexity: "O(1)",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: { ...KEY, access: ["RO"] },
  run(view, args) {
    const version = stringAt(view, keyOf(args[0]));
    return version === undefined ? ZERO : integer(byteLength(version.body));
  },
};
