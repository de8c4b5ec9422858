import { KEYS, type ReadCommand } from "../../command.ts";
import { keyOf } from "../../keys.ts";
import { integer } from "../../reply.ts";

export const exists: ReadCommand = {
  kind: "read",
  name: "exists",
  summary: "Counts those of the keys that exist; one named twice counts twice",
  since: "1.0.0",
  group: "generic",
  complexity: "O(N) where N is the number of keys",
  arity: -2,
  flags: ["readonly", "fast"],
  keys: { ...KEYS, access: ["RO"] },
  run(view, args) {
    let found = 0;
    for (const arg of args) {
      const { table, id } = keyOf(arg);
      if (view.get(table, id) !== undefined) found++;
    }
    return integer(found);
  },
};
