// The TTL family: the same lookup, four ways to show the time.
import type { ReadView } from "../../../core/contract.ts";
import { keyOf } from "../keys.ts";
import { integer, type Reply } from "../reply.ts";

const NO_KEY = integer(-2);
const NO_EXPIRY = integer(-1);

export function timeLeft(view: ReadView, key: Buffer | undefined, show: (expiresAt: number) => number): Reply {
  const { table, id } = keyOf(key);
  const version = view.get(table, id);
  if (version === undefined) return NO_KEY;
  return version.expiresAt === 0 ? NO_EXPIRY : integer(show(version.expiresAt));
}
