import type { SessionCommand } from "../../../command.ts";
import { refusal, syntaxError } from "../../../refusals.ts";
import { integer, OK } from "../../../reply.ts";
import type { Session } from "../../../session.ts";
import { at, parseInt64, text, word } from "../../../values/arguments.ts";

const TYPES: ReadonlySet<string> = new Set(["NORMAL", "MASTER", "REPLICA", "SLAVE", "PUBSUB"]);

/** What the options ask for. */
function filterOf(
  args: readonly Buffer[],
  known: ReadonlySet<string>,
): { matches: (session: Session) => boolean; skipMe: boolean } {
  const tests: ((session: Session) => boolean)[] = [];
  let skipMe = true;
  if (args.length % 2 !== 0) throw syntaxError();
  for (let index = 0; index < args.length; index += 2) {
    const value = text(args, index + 1);
    switch (word(args, index)) {
      case "ID": {
        const id = parseInt64(at(args, index + 1));
        if (id === undefined || id < 1n) throw refusal("client-id should be greater than 0");
        tests.push((session) => session.id === Number(id));
        break;
      }
      case "TYPE": {
        const type = value.toUpperCase();
        if (!TYPES.has(type)) throw refusal(`Unknown client type '${value}'`);
        tests.push(() => type === "NORMAL");
        break;
      }
      case "ADDR":
        tests.push((session) => session.address === value);
        break;
      case "LADDR":
        tests.push((session) => session.localAddress === value);
        break;
      case "USER":
        if (!known.has(value)) throw refusal(`No such user '${value}'`);
        tests.push((session) => session.user === value);
        break;
      case "SKIPME":
        if (!/^(yes|no)$/i.test(value)) throw syntaxError();
        skipMe = value.toLowerCase() === "yes";
        break;
      default:
        throw syntaxError();
    }
  }
  return { matches: (session) => tests.every((test) => test(session)), skipMe };
}

function close(victim: Session, self: Session): void {
  // A connection that kills itself still gets its reply.
  if (victim === self) victim.end("CLIENT KILL");
  else victim.kill("CLIENT KILL");
}

export const clientKill: SessionCommand = {
  kind: "session",
  name: "kill",
  summary: "Closes connections: the one at an address, or those that fit ID, TYPE, ADDR, LADDR, USER (SKIPME spares this one)",
  since: "2.4.0",
  group: "connection",
  complexity: "O(N) where N is the number of connections",
  arity: -3,
  flags: ["admin", "noscript", "loading", "stale"],
  run(self, args, { door }) {
    const sessions = [...door.sessions.values()];
    if (args.length === 1) {
      const victim = sessions.find(({ address }) => address === text(args, 0));
      if (victim === undefined) throw refusal("No such client");
      close(victim, self);
      return OK;
    }
    const { matches, skipMe } = filterOf(args, new Set(["default", ...sessions.map(({ user }) => user)]));
    const victims = sessions.filter((session) => matches(session) && !(skipMe && session === self));
    for (const victim of victims) close(victim, self);
    return integer(victims.length);
  },
};
