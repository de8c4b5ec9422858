// Where a statement's changes go, and what it reads on the way: the writer's turn (a transaction of its own), or the open
// transaction's overlay over the newest state.
import type { ReadView, WriteTx } from "../../core/contract.ts";
import type { ChangeTarget, StatementRun } from "./contract.ts";

export interface Target {
  readonly change: ChangeTarget;
  /** The connection and time of reads that belong to the change. */
  readonly view: Pick<ReadView, "state" | "nowMs" | "catalog" | "count">;
}

/** Runs a change at once where it can be seen at once. */
export async function changeIn<T>(
  run: StatementRun,
  words: { operation: string; table: string; ids: readonly string[] },
  change: (target: Target) => T,
): Promise<T> {
  const { overlay } = run;
  if (overlay !== null) {
    const mark = overlay.mark();
    try {
      return run.tenant.read(run.caller, (view) => change({ change: overlay, view }));
    } catch (thrown) {
      // A statement that fails leaves nothing, also where a savepoint lets the transaction go on.
      overlay.restore(mark);
      throw thrown;
    }
  }
  run.checkCancelled();
  const done = await run.tenant.write(run.caller, run.intent(words.operation, words.table, words.ids), (tx) =>
    change(directly(tx)),
  );
  return done.value;
}

/**
 * A change of documents by their keys. `undeclared`: the table has no declaration, so that the change can be decided in memory; it
 * may then be run a second time from its start.
 */
export function changeByKey<T>(
  run: StatementRun,
  words: { operation: string; table: string; ids: readonly string[] },
  undeclared: boolean,
  change: (target: Target) => T,
): Promise<T> {
  if (run.overlay !== null || !undeclared) return changeIn(run, words, change);
  run.checkCancelled();
  return run.tenant
    .writeByKey(run.caller, run.intent(words.operation, words.table, words.ids), (tx) => change(directly(tx)))
    .then(committedValue);
}

const committedValue = <T>({ value }: { readonly value: T }): T => value;

export function directly(tx: WriteTx): Target {
  return { change: tx, view: tx };
}

/** The same in slices, for changes of many rows. */
export async function changeInSlices<T>(
  run: StatementRun,
  words: { operation: string; table: string; ids: readonly string[] },
  change: (target: Target) => Generator<void, T>,
): Promise<T> {
  const { overlay } = run;
  if (overlay !== null) {
    const mark = overlay.mark();
    try {
      return run.tenant.read(run.caller, (view) => drain(change({ change: overlay, view })));
    } catch (thrown) {
      overlay.restore(mark);
      throw thrown;
    }
  }
  run.checkCancelled();
  const done = await run.tenant.writeSliced(run.caller, run.intent(words.operation, words.table, words.ids), (tx) =>
    change(directly(tx)),
  );
  return done.value;
}

/** Runs all slices at once. */
export function drain<T>(steps: Generator<void, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
