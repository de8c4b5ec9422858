import { KIND } from "../../../../log/entry.ts";
import { KEY, SAVE, type WriteCommand } from "../../command.ts";
import { keyOf } from "../../keys.ts";
import { refusal } from "../../refusals.ts";
import { bulk } from "../../reply.ts";
import { text } from "../../values/arguments.ts";
import { addDecimals, parseDecimal, printDecimal } from "../../values/decimal.ts";
import { stringAt } from "../../values/strings.ts";

export const incrbyfloat: WriteCommand = {
  kind: "write",
  name: "incrbyfloat",
  summary: "Adds to a decimal number, exactly",
  since: "2.6.0",
  group: "string",
  complexity: "O(1)",
  arity: 3,
  flags: ["write", "denyoom", "fast"],
  keys: { ...KEY, access: ["RW", "access", "update"] },
  words: SAVE,
  run(tx, args) {
    const key = keyOf(args[0]);
    const old = stringAt(tx, key);
    const value = old === undefined ? ({ digits: 0n, scale: 0 } as const) : parseDecimal(String(old.body));
    const by = parseDecimal(text(args, 1));
    if (value === undefined || by === undefined) throw refusal("value is not a valid float");
    if (value === "infinite" || by === "infinite") throw refusal("increment would produce NaN or Infinity");
    const sum = printDecimal(addDecimals(value, by));
    tx.put(key.table, key.id, sum, { kind: KIND.string, expiresAt: old?.expiresAt ?? 0 });
    return bulk(sum);
  },
};
