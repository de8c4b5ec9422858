import type { SessionCommand } from "../../../command.ts";
import { refusal } from "../../../refusals.ts";
import { array, bulk, bulks, integer } from "../../../reply.ts";
import { at, parseInt64 } from "../../../values/arguments.ts";

const DEFAULT_COUNT = 10;

export const slowlogGet: SessionCommand = {
  kind: "session",
  name: "get",
  summary:
    "Answers the newest entries (10, or as many as asked, -1 for all): id, time, microseconds, words without values, client",
  since: "2.2.12",
  group: "server",
  complexity: "O(N) where N is the number of entries",
  arity: -2,
  flags: ["admin", "loading", "stale"],
  run(_session, args, { door }) {
    let count = DEFAULT_COUNT;
    if (args.length > 0) {
      const asked = parseInt64(at(args, 0));
      if (asked === undefined || asked < -1n) throw refusal("count should be greater than or equal to -1");
      count = asked === -1n ? door.slowlog.length : Number(asked);
    }
    return array(
      door.slowlog
        .newest(count)
        .map((entry) =>
          array([
            integer(entry.id),
            integer(entry.at),
            integer(entry.micros),
            bulks(entry.words),
            bulk(entry.address),
            bulk(entry.client),
          ]),
        ),
    );
  },
};
