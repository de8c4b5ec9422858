// Active expiry: documents whose time has passed are deleted by a commit flagged `expired`. Until then every read view already
// treats them as gone (core/read-view.ts), so the sweeper's delay shows nowhere but in the history.
import type { Clock } from "../base/clock.ts";
import { messageOf } from "../base/errors.ts";
import { isLive } from "../base/expiry.ts";
import type { Events } from "../observability/events.ts";
import type { StateReader } from "../state/store.ts";
import type { Caller, Intent, WriteTx } from "./contract.ts";

const SWEEP_EVERY_MS = 100;
/** Documents deleted by one commit of the sweeper. */
const SWEEP_BATCH = 200;

export interface SweeperParts {
  readonly caller: Caller;
  readonly reader: StateReader;
  readonly clock: Clock;
  readonly events: Events;
  readonly write: (caller: Caller, intent: Intent, change: (tx: WriteTx) => void) => Promise<unknown>;
}

const INTENT: Intent = {
  operation: "delete-document",
  message: "Delete expired documents",
  flags: ["expired"],
  requestId: "",
  metadata: {},
};

/** Starts sweeping; the answer stops it, resolving when a sweep under way has ended. */
export function startSweeper(parts: SweeperParts): () => Promise<void> {
  let stopped = false;
  let sweeping: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout;

  const sweep = async (): Promise<void> => {
    const nowMs = Math.floor(parts.clock.micros() / 1000);
    const due = parts.reader.expired(nowMs, SWEEP_BATCH);
    if (due.length === 0) return;
    await parts.write(parts.caller, INTENT, (tx) => {
      for (const { table, id } of due) {
        // It may have been replaced since: only what is still expired in this turn goes.
        const version = tx.state.get(table, id);
        if (version !== undefined && !isLive(version.expiresAt, tx.nowMs)) tx.delete(table, id);
      }
    });
  };
  const arm = (): void => {
    timer = setTimeout(() => {
      sweeping = sweep()
        .catch((thrown: unknown) =>
          parts.events.warn("expired documents could not be deleted yet", { reason: messageOf(thrown) }),
        )
        .finally(() => {
          if (!stopped) arm();
        });
    }, SWEEP_EVERY_MS);
    timer.unref();
  };
  arm();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await sweeping;
  };
}
