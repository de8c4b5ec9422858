import { PAIRS, SAVE, type WriteCommand } from "../../command.ts";
import { keyOf } from "../../keys.ts";
import { wrongArity } from "../../refusals.ts";
import { ONE, ZERO } from "../../reply.ts";
import { at } from "../../values/arguments.ts";
import { bodyOf } from "../../values/strings.ts";

export const msetnx: WriteCommand = {
  kind: "write",
  name: "msetnx",
  summary: "Sets several keys if none of them exists",
  since: "1.0.1",
  group: "string",
  complexity: "O(N) where N is the number of keys",
  arity: -3,
  flags: ["write", "denyoom"],
  keys: { ...PAIRS, access: ["OW", "insert"] },
  words: SAVE,
  run(tx, args) {
    if (args.length % 2 !== 0) throw wrongArity("msetnx");
    const keys = args.filter((_, index) => index % 2 === 0).map(keyOf);
    if (keys.some(({ table, id }) => tx.get(table, id) !== undefined)) return ZERO;
    for (const [index, { table, id }] of keys.entries()) tx.put(table, id, bodyOf(at(args, 2 * index + 1)));
    return ONE;
  },
};
