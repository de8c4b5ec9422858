// A connection as CLIENT LIST and CLIENT INFO show it. Fields of Redis that have no meaning here (file descriptors, buffer
// sizes inside Redis) are left out or carry the nearest fact.
import type { Door } from "./door.ts";
import type { Session } from "./session.ts";

export function clientLine(session: Session, door: Door): string {
  const now = door.clock.elapsed();
  const seconds = (since: number): number => Math.floor((now - since) / 1000);
  const facts: readonly (readonly [string, string | number])[] = [
    ["id", session.id],
    ["addr", session.address],
    ["laddr", session.localAddress],
    ["name", session.name],
    ["age", seconds(session.connectedAt)],
    ["idle", seconds(session.lastHeard)],
    ["flags", session.queued >= 0 ? "x" : "N"],
    ["db", 0],
    ["sub", 0],
    ["psub", 0],
    ["ssub", 0],
    ["multi", session.queued],
    ["watch", session.watched.length],
    ["qbuf", session.heldBytes],
    ["oll", session.pendingReplies],
    ["omem", session.unsentBytes],
    ["events", "r"],
    ["cmd", session.lastCommand === "" ? "NULL" : session.lastCommand],
    ["user", session.user],
    ["redir", -1],
    ["resp", session.protocol],
    ["lib-name", session.library.name],
    ["lib-ver", session.library.version],
  ];
  return facts.map(([key, value]) => `${key}=${value}`).join(" ");
}
