// Redis keys are any bytes; inside they are a table and an id in canonical form (base/keys.ts).
import { type DocumentKey, idFromBytes, idToBytes, joinKey, splitKey } from "../../base/keys.ts";
import { wrongArity } from "./refusals.ts";

export function keyOf(bytes: Buffer | undefined): DocumentKey {
  return splitKey(keyText(bytes));
}

/** The key as commits and logs show it. */
export function keyText(bytes: Buffer | undefined): string {
  // Argument counts are checked before a command runs, so an absent one is a wrong arity in the command's declaration.
  if (bytes === undefined) throw wrongArity("key");
  return idFromBytes(bytes);
}

/** The bytes a client knows the document by. */
export function keyBytes(table: string, id: string): Buffer {
  return idToBytes(joinKey(table, id));
}
