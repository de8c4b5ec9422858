import type { ReadCommand } from "../../command.ts";
import { refusal } from "../../refusals.ts";
import { array, bulk, bulks } from "../../reply.ts";
import { walk } from "../../values/key-walk.ts";
import { checkCursor, scanOptions } from "../../values/scan-options.ts";
import { typeName } from "../../values/type-name.ts";

export const scan: ReadCommand = {
  kind: "read",
  name: "scan",
  summary: "Walks the keys, some at each call, until the cursor is 0 again; keys there all the time are all answered",
  since: "2.8.0",
  group: "generic",
  complexity: "O(COUNT) for every call",
  arity: -2,
  flags: ["readonly"],
  run(view, args, { door }) {
    const cursor = checkCursor(args, 0);
    const { match, count, type } = scanOptions(args, 1, true);
    const after = cursor === "0" ? null : door.cursors.find(cursor);
    if (after === undefined) throw refusal(`the cursor ${cursor} is not known (any more); begin again with SCAN 0`);
    const limit = Math.min(count, door.limits.redisScanKeys);
    const { keys, next } = walk(view, after, limit, match, ({ kind }) => type === null || typeName(kind) === type);
    return array([bulk(next === null ? "0" : door.cursors.issue(next)), bulks(keys)]);
  },
};
