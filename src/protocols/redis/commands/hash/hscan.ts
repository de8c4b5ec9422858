import { KEY, type ReadCommand } from "../../command.ts";
import { keyOf } from "../../keys.ts";
import { array, bulk } from "../../reply.ts";
import { fieldBytes, fieldsAt, fieldValue } from "../../values/fields.ts";
import { globMatches } from "../../values/glob.ts";
import { checkCursor, scanOptions } from "../../values/scan-options.ts";
import { bytesOf } from "../../values/strings.ts";

export const hscan: ReadCommand = {
  kind: "read",
  name: "hscan",
  summary: "Walks the fields of a hash; a hash is one document, so one call answers all of them",
  since: "2.8.0",
  group: "hash",
  complexity: "O(N) where N is the size of the hash",
  arity: -3,
  flags: ["readonly"],
  keys: { ...KEY, access: ["RO", "access"] },
  run(view, args) {
    checkCursor(args, 1);
    const fields = fieldsAt(view, keyOf(args[0]));
    // Redis answers for a missing key before it reads the options.
    if (fields === undefined) return array([bulk("0"), array([])]);
    const { match } = scanOptions(args, 2, false);
    const found = fields.object.members.filter(({ key }) => match === null || globMatches(match, bytesOf(fieldBytes(key))));
    return array([
      bulk("0"),
      array(found.flatMap((member) => [bulk(fieldBytes(member.key)), bulk(fieldValue(fields.object, member))])),
    ]);
  },
};
