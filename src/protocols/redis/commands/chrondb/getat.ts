import { KEY, type WaitCommand } from "../../command.ts";
import { keyOf } from "../../keys.ts";
import { bulkOrNull } from "../../reply.ts";
import { text } from "../../values/arguments.ts";

export const chrondbGetat: WaitCommand = {
  kind: "wait",
  name: "chrondb.getat",
  summary: "Answers a key as it was at a sequence, a commit or a time (a hash as its JSON); null when it did not exist then",
  since: "0.1.0",
  group: "chrondb",
  complexity: "O(1)",
  arity: 3,
  flags: ["readonly"],
  keys: { ...KEY, access: ["RO", "access"] },
  async run({ tenant, caller }, args) {
    const { table, id } = keyOf(args[0]);
    const past = await tenant.resolve(caller, text(args, 1));
    return bulkOrNull(tenant.readAt(caller, past, (view) => view.get(table, id))?.body);
  },
};
