// Puts an old version of a document back: always a new commit, never a rewrite, on every door.
import { ChronError } from "../../base/errors.ts";
import { joinKey } from "../../base/keys.ts";
import type { Version } from "../../state/store.ts";
import type { Caller, Committed, Intent, Tenant, WriteTx } from "../contract.ts";

/**
 * Restores `table:id` as it was at `reference`. A version that had an expiry comes back without one (its time may have
 * passed). `check` runs in the writer's turn before anything changes (a door's If-Match). Throws NOT_FOUND when the document
 * did not exist then, and whatever the reference deserves.
 */
export async function restoreVersion(
  tenant: Tenant,
  caller: Caller,
  intent: Intent,
  table: string,
  id: string,
  reference: string,
  check: (tx: WriteTx) => void = () => undefined,
): Promise<Committed<Version>> {
  const past = await tenant.resolve(caller, reference);
  const old = tenant.readAt(caller, past, (view) => view.get(table, id));
  if (old === undefined) {
    throw new ChronError(
      "NOT_FOUND",
      `The document ${joinKey(table, id)} did not exist at ${reference}; its history lists the versions it had.`,
      {
        id: joinKey(table, id),
        branch: caller.branch,
      },
    );
  }
  return tenant.writeByKey(caller, { ...intent, flags: [...new Set([...intent.flags, "rollback"])] }, (tx) => {
    check(tx);
    return tx.put(table, id, old.body, { kind: old.kind });
  });
}
