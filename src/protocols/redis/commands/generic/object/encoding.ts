import { KIND } from "../../../../../log/entry.ts";
import { type ReadCommand, SUBKEY } from "../../../command.ts";
import { keyOf } from "../../../keys.ts";
import { bulk, NULL } from "../../../reply.ts";
import { parseInt64 } from "../../../values/arguments.ts";
import { byteLength } from "../../../values/strings.ts";

/** Redis's own thresholds, so that tools that look at encodings see what they expect. */
const EMBEDDED_BYTES = 44;

export const objectEncoding: ReadCommand = {
  kind: "read",
  name: "encoding",
  summary: "Answers the name Redis gives to how such a value is kept: int, embstr, raw, listpack",
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
    // A hash is one packed document, however many fields it has.
    if (version.kind === KIND.hash) return bulk("listpack");
    if (parseInt64(version.body) !== undefined) return bulk("int");
    return bulk(byteLength(version.body) <= EMBEDDED_BYTES ? "embstr" : "raw");
  },
};
