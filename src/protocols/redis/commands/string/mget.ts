import { KIND } from "../../../../log/entry.ts";
import { KEYS, type ReadCommand } from "../../command.ts";
import { keyOf } from "../../keys.ts";
import { array, bulk, NULL } from "../../reply.ts";

export const mget: ReadCommand = {
  kind: "read",
  name: "mget",
  summary: "Answers the values of several keys; null for one that does not exist or is a hash",
  since: "1.0.0",
  group: "string",
  complexity: "O(N) where N is the number of keys",
  arity: -2,
  flags: ["readonly", "fast"],
  keys: { ...KEYS, access: ["RO", "access"] },
  run: (view, args) =>
    array(
      args.map((arg) => {
        const { table, id } = keyOf(arg);
        const version = view.get(table, id);
        return version === undefined || version.kind === KIND.hash ? NULL : bulk(version.body);
      }),
    ),
};
