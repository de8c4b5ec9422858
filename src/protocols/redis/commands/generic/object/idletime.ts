import { type ReadCommand, SUBKEY } from "../../../command.ts";
import { keyOf } from "../../../keys.ts";
import { integer, NULL } from "../../../reply.ts";

export const objectIdletime: ReadCommand = {
  kind: "read",
  name: "idletime",
  summary: "Answers the seconds since a key was last written (reads are not recorded)",
  since: "2.2.3",
  group: "generic",
  complexity: "O(1)",
  arity: 3,
  flags: ["readonly"],
  keys: { ...SUBKEY, access: ["RO"] },
  run(view, args) {
    const { table, id } = keyOf(args[0]);
    const version = view.get(table, id);
    if (version === undefined) return NULL;
    // A version written by this very transaction has no head yet: it is not idle at all.
    const head = view.state.head(version.from);
    return integer(head === undefined ? 0 : Math.max(0, Math.floor((view.nowMs - head.time / 1000) / 1000)));
  },
};
