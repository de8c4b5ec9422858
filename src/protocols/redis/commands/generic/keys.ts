import type { SlicedReadCommand } from "../../command.ts";
import type { Position } from "../../cursors.ts";
import { bulks } from "../../reply.ts";
import { at } from "../../values/arguments.ts";
import { walk } from "../../values/key-walk.ts";

/** Keys looked at in one turn of the event loop. */
const SLICE = 1_000;

export const keys: SlicedReadCommand = {
  kind: "sliced-read",
  name: "keys",
  summary: "Answers all keys that fit a pattern; looks at every key, so SCAN is better for many",
  since: "1.0.0",
  group: "generic",
  complexity: "O(N) where N is the number of keys",
  arity: 2,
  flags: ["readonly"],
  categories: ["@dangerous"],
  begin(args) {
    const match = at(args, 0);
    const found: Buffer[] = [];
    let after: Position | null = null;
    return {
      step(view) {
        const slice = walk(view, after, SLICE, match, () => true);
        for (const key of slice.keys) found.push(key);
        after = slice.next;
        return after === null ? bulks(found) : undefined;
      },
    };
  },
};
