import { ChronError } from "../../../../base/errors.ts";
import { KEYS, type ReadCommand } from "../../command.ts";
import { versionToken } from "../../connection/transaction.ts";
import { keyOf } from "../../keys.ts";
import { refusal } from "../../refusals.ts";
import { OK } from "../../reply.ts";

export const watch: ReadCommand = {
  kind: "read",
  immediate: true,
  name: "watch",
  summary: "Makes the next EXEC do nothing if one of these keys has changed by then",
  since: "2.2.0",
  group: "transactions",
  complexity: "O(N) where N is the number of keys",
  arity: -2,
  flags: ["noscript", "loading", "stale", "fast", "allow_busy"],
  keys: { ...KEYS, access: ["RO"] },
  run(view, args, { session, door }) {
    if (session.queued >= 0) throw refusal("WATCH inside MULTI is not allowed");
    const { redisWatchedKeys } = door.limits;
    if (session.watched.length + args.length > redisWatchedKeys) {
      throw new ChronError(
        "LIMIT_EXCEEDED",
        `One connection may watch ${redisWatchedKeys} keys (limit redisWatchedKeys); UNWATCH some.`,
        {
          limit: "redisWatchedKeys",
        },
      );
    }
    for (const arg of args) {
      const { table, id } = keyOf(arg);
      session.watch({ table, id, token: versionToken(view, table, id) });
    }
    return OK;
  },
};
