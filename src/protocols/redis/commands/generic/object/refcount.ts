import { type ReadCommand, SUBKEY } from "../../../command.ts";
import { keyOf } from "../../../keys.ts";
import { NULL, ONE } from "../../../reply.ts";

export const objectRefcount: ReadCommand = {
  kind: "read",
  name: "refcount",
  summary: "Answers 1: values are not shared",
  since: "2.2.3",
  group: "generic",
  complexity: "O(1)",
  arity: 3,
  flags: ["readonly"],
  keys: { ...SUBKEY, access: ["RO"] },
  run(view, args) {
    const { table, id } = keyOf(args[0]);
    return view.get(table, id) === undefined ? NULL : ONE;
  },
};
