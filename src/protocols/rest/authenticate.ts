// HTTP Basic, asked of the authenticator at every request (it remembers a pair that was right).
import type { FastifyRequest } from "fastify";
import { ChronError } from "../../base/errors.ts";
import type { RestDeps } from "./door.ts";

export const REALM = 'Basic realm="ChronDB", charset="UTF-8"';

/** Answers the principal of a request. Throws UNAUTHENTICATED or what the authenticator throws. */
export async function authenticate(
  request: FastifyRequest,
  { auth, events }: Pick<RestDeps, "auth" | "events">,
): Promise<string> {
  if (auth.open) return "";
  const header = request.headers.authorization;
  if (header === undefined) {
    throw new ChronError(
      "UNAUTHENTICATED",
      "This server asks for a user and password; send them with HTTP Basic authentication.",
    );
  }
  const { user, password } = basic(header);
  try {
    return await auth.password(user, password);
  } catch (thrown) {
    events.authenticationFailed("rest", request.socket.remoteAddress ?? "", user);
    throw thrown;
  }
}

function basic(header: string): { user: string; password: string } {
  const match = /^Basic +([A-Za-z0-9+/_-]+=*) *$/i.exec(header);
  const text = match === null ? "" : Buffer.from(match[1] ?? "", "base64").toString("utf8");
  const colon = text.indexOf(":");
  if (colon < 0) {
    throw new ChronError(
      "UNAUTHENTICATED",
      "The Authorization header is not HTTP Basic with a user and a password; no other scheme is taken.",
    );
  }
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}
