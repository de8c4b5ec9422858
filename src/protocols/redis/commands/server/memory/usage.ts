import { type ReadCommand, SUBKEY } from "../../../command.ts";
import { keyOf } from "../../../keys.ts";
import { notAnInteger, syntaxError } from "../../../refusals.ts";
import { integer, NULL } from "../../../reply.ts";
import { at, following, parseInt64, word } from "../../../values/arguments.ts";
import { byteLength } from "../../../values/strings.ts";

/** Bytes of a row beside its key and its value: sequence, kind, expiry, index entries. */
const ROW_BYTES = 48;

export const memoryUsage: ReadCommand = {
  kind: "read",
  name: "usage",
  summary: "Answers about how many bytes the current version of a key takes in the state",
  since: "4.0.0",
  group: "server",
  complexity: "O(1)",
  arity: -3,
  flags: ["readonly"],
  keys: { ...SUBKEY, access: ["RO"] },
  run(view, args) {
    for (let index = 1; index < args.length; index += 2) {
      if (word(args, index) !== "SAMPLES") throw syntaxError();
      const samples = parseInt64(following(args, index));
      if (samples === undefined) throw notAnInteger();
      if (samples < 0n) throw syntaxError();
    }
    const { table, id } = keyOf(args[0]);
    const version = view.get(table, id);
    return version === undefined ? NULL : integer(byteLength(version.body) + at(args, 0).length + ROW_BYTES);
  },
};
