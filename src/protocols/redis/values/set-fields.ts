// HSET and HMSET: the same change, answered differently.
import type { WriteTx } from "../../../core/contract.ts";
import { keyOf } from "../keys.ts";
import { wrongArity } from "../refusals.ts";
import { at } from "./arguments.ts";
import { fieldName, fieldsToChange, fieldText, storeFields } from "./fields.ts";

/** Sets the field and value pairs after the key; answers how many fields are new. */
export function setFields(tx: WriteTx, args: readonly Buffer[], command: string): number {
  if (args.length % 2 === 0) throw wrongArity(command);
  const key = keyOf(args[0]);
  const fields = fieldsToChange(tx, key);
  const changes = new Map<string, string>();
  for (let index = 1; index < args.length; index += 2) changes.set(fieldName(at(args, index)), fieldText(at(args, index + 1)));
  let fresh = changes.size;
  for (const member of fields.object.members) if (changes.has(member.key)) fresh--;
  storeFields(tx, key, fields, changes);
  return fresh;
}
