import { isoMicros } from "../../../../base/clock.ts";
import { documentText } from "../../../../base/document.ts";
import { KEY, type WaitCommand } from "../../command.ts";
import { keyOf } from "../../keys.ts";
import { refusal, syntaxError } from "../../refusals.ts";
import { array, bulk, bulks, integer, map, NULL } from "../../reply.ts";
import { whole, word } from "../../values/arguments.ts";

const DEFAULT_LIMIT = 100;

export const chrondbHistory: WaitCommand = {
  kind: "wait",
  name: "chrondb.history",
  summary: "Answers the versions of a key, newest first: sequence, commit, time, message, user, origin, flags, value (LIMIT n)",
  since: "0.1.0",
  group: "chrondb",
  complexity: "O(N) where N is the number of versions answered",
  arity: -2,
  flags: ["readonly"],
  keys: { ...KEY, access: ["RO", "access"] },
  async run({ tenant, caller, door }, args) {
    let limit = DEFAULT_LIMIT;
    if (args.length > 1) {
      if (word(args, 1) !== "LIMIT" || args.length !== 3) throw syntaxError();
      limit = whole(args, 2, 1, "LIMIT should be 1 or more");
      if (limit > door.limits.restListMaximum) throw refusal(`LIMIT may be ${door.limits.restListMaximum} at most`);
    }
    const { table, id } = keyOf(args[0]);
    const items = await tenant.history(caller, table, id, { limit });
    return array(
      items.map((item) =>
        map([
          bulk("sequence"),
          integer(item.sequence),
          bulk("commit"),
          bulk(item.commit),
          bulk("time"),
          bulk(isoMicros(item.micros)),
          bulk("message"),
          bulk(item.message),
          bulk("user"),
          bulk(item.user),
          bulk("origin"),
          bulk(item.origin),
          bulk("flags"),
          bulks(item.flags),
          bulk("value"),
          item.version === undefined
            ? NULL
            : bulk(item.version.kind === 1 ? item.version.body : documentText(item.version.kind, item.version.body)),
        ]),
      ),
    );
  },
};
