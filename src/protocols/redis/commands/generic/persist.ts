import { KEY, type WriteCommand } from "../../command.ts";
import { keyOf } from "../../keys.ts";
import { ONE, ZERO } from "../../reply.ts";
import { EXPIRE_WORDS } from "../../values/expiry.ts";

export const persist: WriteCommand = {
  kind: "write",
  name: "persist",
  summary: "Takes a key's expiry away",
  since: "2.2.0",
  group: "generic",
  complexity: "O(1)",
  arity: 2,
  flags: ["write", "fast"],
  keys: { ...KEY, access: ["RW", "update"] },
  words: EXPIRE_WORDS,
  run(tx, args) {
    const { table, id } = keyOf(args[0]);
    const version = tx.get(table, id);
    if (version === undefined || version.expiresAt === 0) return ZERO;
    tx.put(table, id, version.body, { kind: version.kind, expiresAt: 0 });
    return ONE;
  },
};
