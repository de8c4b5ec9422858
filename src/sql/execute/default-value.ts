// The value of a DEFAULT where no statement runs (a document put by REST or Redis): constants at once, anything else by a small
// engine of its own in memory.
import Database from "better-sqlite3";
import type { Expression } from "../check/tree.ts";
import { fail } from "../errors.ts";
import { registerFunctions } from "../functions/index.ts";
import { Printer } from "../print/printer.ts";
import type { Raw } from "../types/index.ts";
import { instantText } from "../types/moment.ts";
import type { Style } from "../types/style.ts";
import { isSimple, simpleValue } from "./simple.ts";

let engine: Database.Database | null = null;

function evaluator(): Database.Database {
  if (engine === null) {
    engine = new Database(":memory:");
    registerFunctions(engine);
  }
  return engine;
}

/** Runs within the caller's context (functions/context.ts). */
export function engineValue(expression: Expression, style: Style): Raw {
  if (isSimple(expression)) return simpleValue(expression, []);
  const printer = new Printer({ relation: () => null, overlaid: new Set() });
  const { sql, binds } = printer.finish(`SELECT ${printer.expression(expression)}`);
  const bound = binds.map((bind): Raw => {
    if (bind.kind === "constant") return bind.value;
    if (bind.kind === "supplied" && bind.name === "now") return instantText(BigInt(style.now));
    return fail("0A000", "this DEFAULT depends on the session, which other doors do not have");
  });
  const row = evaluator()
    .prepare<unknown[], Raw[]>(sql)
    .raw()
    .safeIntegers()
    .get(...bound);
  return row?.[0] ?? null;
}
