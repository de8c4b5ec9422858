import { KEY, type ReadCommand } from "../../command.ts";
import { keyOf } from "../../keys.ts";
import { simple } from "../../reply.ts";
import { typeReply } from "../../values/type-name.ts";

const NO_KEY = simple("none");

export const type: ReadCommand = {
  kind: "read",
  name: "type",
  summary: "Answers the type of a value: string (documents too), hash, or none",
  since: "1.0.0",
  group: "generic",
  complexity: "O(1)",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: { ...KEY, access: ["RO"] },
  run(view, args) {
    const { table, id } = keyOf(args[0]);
    const version = view.get(table, id);
    return version === undefined ? NO_KEY : typeReply(version.kind);
  },
};
