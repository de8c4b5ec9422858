// The INCR family: a string that is an integer, changed in the writer's turn.
import type { WriteTx } from "../../../core/contract.ts";
import { KIND } from "../../../log/entry.ts";
import { keyOf } from "../keys.ts";
import { notAnInteger, refusal } from "../refusals.ts";
import { integer, type Reply } from "../reply.ts";
import { inInt64, parseInt64 } from "./arguments.ts";
import { stringAt } from "./strings.ts";

/** Adds to the integer at a key (0 when there is none), keeping its expiry. */
export function addToKey(tx: WriteTx, keyArgument: Buffer | undefined, by: bigint): Reply {
  const key = keyOf(keyArgument);
  const old = stringAt(tx, key);
  const value = old === undefined ? 0n : parseInt64(old.body);
  if (value === undefined) throw notAnInteger();
  const sum = value + by;
  if (!inInt64(sum)) throw refusal("increment or decrement would overflow");
  tx.put(key.table, key.id, String(sum), { kind: KIND.string, expiresAt: old?.expiresAt ?? 0 });
  return integer(sum);
}
