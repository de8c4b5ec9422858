// Events that only remember their names, for tests that ask what happened.
import type { Events } from "../../src/observability/events.ts";

export type RecordedEvents = Events & { readonly names: string[] };

export function recordedEvents(): RecordedEvents {
  const names: string[] = [];
  const note =
    (name: string) =>
    (...details: unknown[]): void => {
      names.push(name === "limitReached" ? `${name}:${String(details[0])}` : name);
    };
  return {
    names,
    connectionOpened: note("connectionOpened"),
    connectionClosed: note("connectionClosed"),
    connectionRefused: note("connectionRefused"),
    authenticationFailed: note("authenticationFailed"),
    read: note("read"),
    query: note("query"),
    slow: note("slow"),
    saved: note("saved"),
    deleted: note("deleted"),
    occConflict: note("occConflict"),
    occRetry: note("occRetry"),
    limitReached: note("limitReached"),
    groupWritten: note("groupWritten"),
    writeLatency: note("writeLatency"),
    fsync: note("fsync"),
    lag: note("lag"),
    info: note("info"),
    warn: note("warn"),
    error: note("error"),
  };
}
