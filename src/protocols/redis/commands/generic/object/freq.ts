import { type ReadCommand, SUBKEY } from "../../../command.ts";
import { keyOf } from "../../../keys.ts";
import { refusal } from "../../../refusals.ts";
import { NULL } from "../../../reply.ts";

export const objectFreq: ReadCommand = {
  kind: "read",
  name: "freq",
  summary: "Is refused: how often keys are read is not recorded",
  since: "4.0.0",
  group: "generic",
  complexity: "O(1)",
  arity: 3,
  flags: ["readonly"],
  keys: { ...SUBKEY, access: ["RO"] },
  run(view, args) {
    const { table, id } = keyOf(args[0]);
    if (view.get(table, id) === undefined) return NULL;
    throw refusal(
      "An LFU maxmemory policy is not selected, access frequency not tracked. ChronDB never evicts keys, so it does not count reads.",
    );
  },
};
