import { clientLine } from "../../../client-line.ts";
import type { SessionCommand } from "../../../command.ts";
import { refusal, syntaxError } from "../../../refusals.ts";
import { at, parseInt64, text, word } from "../../../values/arguments.ts";

const TYPES: ReadonlySet<string> = new Set(["NORMAL", "MASTER", "REPLICA", "SLAVE", "PUBSUB"]);

export const clientList: SessionCommand = {
  kind: "session",
  name: "list",
  summary: "Lists the connections: all, those of a TYPE, or those with an ID",
  since: "2.4.0",
  group: "connection",
  complexity: "O(N) where N is the number of connections",
  arity: -2,
  flags: ["admin", "noscript", "loading", "stale"],
  run(_session, args, { door }) {
    let listed = [...door.sessions.values()];
    if (args.length > 0) {
      const option = word(args, 0);
      if (option === "TYPE" && args.length === 2) {
        const type = word(args, 1);
        if (!TYPES.has(type)) throw refusal(`Unknown client type '${text(args, 1)}'`);
        if (type !== "NORMAL") listed = [];
      } else if (option === "ID" && args.length > 1) {
        const ids = new Set<number>();
        for (let index = 1; index < args.length; index++) {
          const id = parseInt64(at(args, index));
          if (id === undefined || id < 1n) throw refusal("Invalid client ID");
          ids.add(Number(id));
        }
        listed = listed.filter(({ id }) => ids.has(id));
      } else throw syntaxError();
    }
    return { type: "verbatim", text: listed.map((session) => `${clientLine(session, door)}\n`).join("") };
  },
};
