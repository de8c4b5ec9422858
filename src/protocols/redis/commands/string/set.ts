import { KEY, SAVE, type WriteCommand } from "../../command.ts";
import { keyOf } from "../../keys.ts";
import { syntaxError } from "../../refusals.ts";
import { bulkOrNull, NULL, OK } from "../../reply.ts";
import { at, following, word } from "../../values/arguments.ts";
import { EXPIRY_OPTIONS, positiveExpiry, type TimeUnit } from "../../values/expiry.ts";
import { bodyOf, stringAt } from "../../values/strings.ts";

interface Options {
  when: "always" | "absent" | "present";
  get: boolean;
  keepTtl: boolean;
  expiry: { unit: TimeUnit; amount: Buffer } | null;
}

const PLAIN: Options = { when: "always", get: false, keepTtl: false, expiry: null };

function optionsOf(args: readonly Buffer[]): Options {
  const options = { ...PLAIN };
  for (let index = 2; index < args.length; index++) {
    const option = word(args, index);
    const unit = EXPIRY_OPTIONS[option];
    if (option === "NX" && options.when !== "present") options.when = "absent";
    else if (option === "XX" && options.when !== "absent") options.when = "present";
    else if (option === "GET") options.get = true;
    else if (option === "KEEPTTL" && options.expiry === null) options.keepTtl = true;
    else if (unit !== undefined && !options.keepTtl && options.expiry === null) {
      options.expiry = { unit, amount: following(args, index) };
      index++;
    } else throw syntaxError();
  }
  return options;
}

export const set: WriteCommand = {
  kind: "write",
  name: "set",
  summary: "Sets a key to a value (a JSON object is a document), with conditions and an expiry if asked",
  since: "1.0.0",
  group: "string",
  complexity: "O(1)",
  arity: -3,
  flags: ["write", "denyoom"],
  keys: { ...KEY, access: ["RW", "access", "update", "variable_flags"] },
  words: SAVE,
  run(tx, args) {
    const { table, id } = keyOf(args[0]);
    const body = bodyOf(at(args, 1));
    // The hot path looks at nothing: a lone put needs no savepoint in the writer.
    if (args.length === 2) {
      tx.put(table, id, body);
      return OK;
    }
    const options = optionsOf(args);
    const expiresAt = options.expiry === null ? 0 : positiveExpiry(options.expiry.amount, options.expiry.unit, tx.nowMs, "set");
    const looks = options.get || options.keepTtl || options.when !== "always";
    const old = options.get ? stringAt(tx, { table, id }) : looks ? tx.get(table, id) : undefined;
    const refused = (options.when === "absent" && old !== undefined) || (options.when === "present" && old === undefined);
    if (!refused) {
      // An expiry that has passed already leaves no key.
      if (expiresAt !== 0 && expiresAt <= tx.nowMs) tx.delete(table, id);
      else tx.put(table, id, body, { expiresAt: options.keepTtl ? (old?.expiresAt ?? 0) : expiresAt });
    }
    if (options.get) return bulkOrNull(old?.body);
    return refused ? NULL : OK;
  },
};
