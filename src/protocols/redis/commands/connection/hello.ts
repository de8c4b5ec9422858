import { ChronError } from "../../../../base/errors.ts";
import type { WaitCommand } from "../../command.ts";
import { refusal } from "../../refusals.ts";
import { array, bulk, error, integer, map } from "../../reply.ts";
import { signIn } from "../../sign-in.ts";
import { at, parseInt64, text, word } from "../../values/arguments.ts";
import { checkClientName } from "../../values/client-name.ts";
import { REDIS_VERSION } from "../../version.ts";

export const hello: WaitCommand = {
  kind: "wait",
  name: "hello",
  summary: "Greets the server, choosing RESP2 or RESP3 and, if asked, authenticating and naming the connection",
  since: "6.0.0",
  group: "connection",
  complexity: "O(1)",
  arity: -1,
  flags: ["noscript", "loading", "stale", "fast", "no_auth", "allow_busy"],
  async run(context, args) {
    const { session } = context;
    let protocol = session.protocol;
    if (args.length > 0) {
      const asked = parseInt64(at(args, 0));
      if (asked === undefined) throw refusal("Protocol version is not an integer or out of range");
      if (asked !== 2n && asked !== 3n) return error("NOPROTO unsupported protocol version");
      protocol = asked === 2n ? 2 : 3;
    }
    let name: string | undefined;
    let credentials: { user: string; password: string } | undefined;
    for (let index = 1; index < args.length; index++) {
      const option = word(args, index);
      const left = args.length - 1 - index;
      if (option === "AUTH" && left >= 2) {
        credentials = { user: text(args, index + 1), password: text(args, index + 2) };
        index += 2;
      } else if (option === "SETNAME" && left >= 1) {
        name = checkClientName(at(args, index + 1));
        index++;
      } else throw refusal(`Syntax error in HELLO option '${text(args, index)}'`);
    }
    if (credentials !== undefined) await signIn(context, credentials.user, credentials.password);
    if (!session.authenticated) {
      throw new ChronError(
        "UNAUTHENTICATED",
        "HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used " +
          "to authenticate the client and select the RESP protocol version at the same time",
      );
    }
    if (name !== undefined) session.name = name;
    session.protocol = protocol;
    return map([
      bulk("server"),
      bulk("redis"),
      bulk("version"),
      bulk(REDIS_VERSION),
      bulk("proto"),
      integer(protocol),
      bulk("id"),
      integer(session.id),
      bulk("mode"),
      bulk("standalone"),
      bulk("role"),
      bulk("master"),
      bulk("modules"),
      array([]),
    ]);
  },
};
