// The EXPIRE family: one rule for seconds and milliseconds, from now and since 1970.
import type { WriteTx } from "../../../core/contract.ts";
import { keyOf } from "../keys.ts";
import { refusal } from "../refusals.ts";
import { ONE, type Reply, ZERO } from "../reply.ts";
import { at, text, word } from "./arguments.ts";
import { expiryTime, type TimeUnit } from "./expiry.ts";

interface Conditions {
  /** NX: only where there is none; XX: only where there is one; GT, LT: only later, earlier. */
  readonly nx: boolean;
  readonly xx: boolean;
  readonly gt: boolean;
  readonly lt: boolean;
}

function conditionsOf(args: readonly Buffer[]): Conditions {
  const given = new Set<string>();
  for (let index = 2; index < args.length; index++) {
    const option = word(args, index);
    if (!["NX", "XX", "GT", "LT"].includes(option)) throw refusal(`Unsupported option ${text(args, index)}`);
    given.add(option);
  }
  const conditions = { nx: given.has("NX"), xx: given.has("XX"), gt: given.has("GT"), lt: given.has("LT") };
  if (conditions.nx && (conditions.xx || conditions.gt || conditions.lt)) {
    throw refusal("NX and XX, GT or LT options at the same time are not compatible");
  }
  if (conditions.gt && conditions.lt) throw refusal("GT and LT options at the same time are not compatible");
  return conditions;
}

/** Gives a key another expiry; one that has passed deletes it. */
export function changeExpiry(tx: WriteTx, args: readonly Buffer[], unit: TimeUnit, command: string): Reply {
  const { nx, xx, gt, lt } = conditionsOf(args);
  const expiresAt = expiryTime(at(args, 1), unit, tx.nowMs, command);
  const { table, id } = keyOf(args[0]);
  const version = tx.get(table, id);
  if (version === undefined) return ZERO;
  // No expiry is later than any.
  const current = version.expiresAt === 0 ? Number.POSITIVE_INFINITY : version.expiresAt;
  const has = version.expiresAt !== 0;
  if ((nx && has) || (xx && !has) || (gt && expiresAt <= current) || (lt && expiresAt >= current)) return ZERO;
  if (expiresAt <= tx.nowMs) {
    tx.delete(table, id);
    tx.flag("delete");
  } else tx.put(table, id, version.body, { kind: version.kind, expiresAt });
  return ONE;
}
