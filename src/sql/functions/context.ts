// What a running statement knows beside its arguments: the session's style, time, settings and catalogue. SQLite calls functions
// synchronously, so the context of the one statement that is running is a module variable, set by `within`.
import { fail } from "../errors.ts";
import type { SessionFacts } from "../relations.ts";
import { type NameResolver, useNames } from "../types/names.ts";
import { PLAIN_STYLE, type Style } from "../types/style.ts";

export interface Context {
  readonly style: Style;
  /** Microseconds since 1970, now rather than at the transaction's start. */
  clock(): number;
  uuid(): string;
  /** A double in [0, 1). */
  random(): number;
  /** Null where the statement did not ask for it (workers get it only for statements that do). */
  readonly facts: SessionFacts | null;
  /** Changes a setting; only on the main thread. */
  setSetting(name: string, value: string, local: boolean): string;
  /** NOTIFY, delivered at commit; only on the main thread. */
  notify(channel: string, payload: string): void;
  readonly names: NameResolver | null;
}

let current: Context | null = null;

export function context(): Context {
  return current ?? fail("58000", "internal error: a session function ran outside a statement");
}

/** The style of the running statement; UTC outside one. */
export const style = (): Style => current?.style ?? PLAIN_STYLE;

export function facts(): SessionFacts {
  return context().facts ?? fail("58000", "internal error: a catalogue function ran without the catalogue");
}

export function within<T>(next: Context, run: () => T): T {
  const before = current;
  current = next;
  const names = useNames(next.names);
  try {
    return run();
  } finally {
    current = before;
    useNames(names);
  }
}
