import { KEY, type WriteCommand } from "../../command.ts";
import { keyOf } from "../../keys.ts";
import { integer, ZERO } from "../../reply.ts";
import { fieldName, fieldsAt, storeFields } from "../../values/fields.ts";

export const hdel: WriteCommand = {
  kind: "write",
  name: "hdel",
  summary: "Deletes fields; a hash without fields is no key any more",
  since: "2.0.0",
  group: "hash",
  complexity: "O(N) where N is the size of the hash and the number of fields",
  arity: -3,
  flags: ["write", "fast"],
  keys: { ...KEY, access: ["RW", "delete"] },
  words: { operation: "save-document", message: "Delete fields of document", flags: [] },
  run(tx, [first, ...names]) {
    const key = keyOf(first);
    const fields = fieldsAt(tx, key);
    if (fields === undefined) return ZERO;
    const asked = new Set(names.map(fieldName));
    const removed = new Map<string, null>();
    for (const member of fields.object.members) if (asked.has(member.key)) removed.set(member.key, null);
    if (removed.size > 0) storeFields(tx, key, fields, removed);
    return integer(removed.size);
  },
};
