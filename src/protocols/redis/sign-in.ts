// A password check, for AUTH and HELLO.
import { ChronError } from "../../base/errors.ts";
import type { Context } from "./command.ts";

/** Signs the connection in. Throws WRONGPASS in Redis's words; what was tried is an event, without the password. */
export async function signIn({ door, session }: Context, user: string, password: string): Promise<void> {
  try {
    session.signIn(user, await door.auth.password(user, password));
  } catch (thrown) {
    if (!(thrown instanceof ChronError) || thrown.code !== "WRONG_CREDENTIALS") throw thrown;
    door.events.authenticationFailed("redis", session.address, user);
    throw new ChronError("WRONG_CREDENTIALS", "invalid username-password pair or user is disabled.");
  }
}
