import type { WaitCommand } from "../../command.ts";
import { syntaxError } from "../../refusals.ts";
import { OK } from "../../reply.ts";
import { signIn } from "../../sign-in.ts";
import { text } from "../../values/arguments.ts";

export const auth: WaitCommand = {
  kind: "wait",
  name: "auth",
  summary: "Authenticates the connection with a password, or a user and password",
  since: "1.0.0",
  group: "connection",
  complexity: "O(1), but slow on purpose",
  arity: -2,
  flags: ["noscript", "loading", "stale", "fast", "no_auth", "allow_busy"],
  async run(context, args) {
    if (args.length > 2) throw syntaxError();
    if (args.length === 1) await signIn(context, "default", text(args, 0));
    else await signIn(context, text(args, 0), text(args, 1));
    return OK;
  },
};
