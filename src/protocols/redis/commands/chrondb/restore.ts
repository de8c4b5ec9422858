import { restoreVersion } from "../../../../core/commands/restore.ts";
import { KEY, type WaitCommand } from "../../command.ts";
import { keyOf, keyText } from "../../keys.ts";
import { integer } from "../../reply.ts";
import { text } from "../../values/arguments.ts";

export const chrondbRestore: WaitCommand = {
  kind: "wait",
  name: "chrondb.restore",
  summary: "Puts a key back as it was at a sequence, a commit or a time; answers the sequence of the new commit",
  since: "0.1.0",
  group: "chrondb",
  complexity: "O(1)",
  arity: 3,
  flags: ["write", "denyoom"],
  keys: { ...KEY, access: ["RW", "update"] },
  async run({ tenant, caller }, args) {
    const { table, id } = keyOf(args[0]);
    const intent = {
      operation: "restore-document",
      message: "Restore document",
      flags: ["rollback"],
      requestId: "",
      metadata: { command: "CHRONDB.RESTORE", "arg-count": args.length, key: keyText(args[0]) },
    };
    const { version } = await restoreVersion(tenant, caller, intent, table, id, text(args, 1));
    return integer(version);
  },
};
