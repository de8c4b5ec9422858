import { KEY, type ReadCommand } from "../../command.ts";
import { keyOf } from "../../keys.ts";
import { bulkOrNull } from "../../reply.ts";
import { stringAt } from "../../values/strings.ts";

export const get: ReadCommand = {
  kind: "read",
  name: "get",
  summary: "Answers the value of a key: the very bytes that were set, or a document's JSON",
  since: "1.0.0",
  group: "string",
  complexity: "O(1)",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: { ...KEY, access: ["RO", "access"] },
  run: (view, args) => bulkOrNull(stringAt(view, keyOf(args[0]))?.body),
};
