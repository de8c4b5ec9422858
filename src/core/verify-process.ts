// Child process of commands/verify.ts: reads every record of the log and every page of the state, and answers once.
// Arguments: the `.chrondb` folder, and the sequence up to which the log is durable.
import { join } from "node:path";
import { messageOf } from "../base/errors.ts";
import { systemFiles } from "../base/files.ts";
import { checkLog } from "../log/check.ts";
import { checkState } from "../state/check.ts";
import type { LocalChecks } from "./commands/verify.ts";

type Check = LocalChecks["checks"][number];

function checked(component: string, healthy: string, look: () => readonly string[]): Check {
  try {
    const messages = look();
    return { component, ok: messages.length === 0, message: messages.join(" ") || healthy };
  } catch (thrown) {
    return { component, ok: false, message: messageOf(thrown) };
  }
}

/** The log's check runs in slices for callers that must rest between them; here it may run through. */
function wholeLog(directory: string, durable: number): readonly string[] {
  const slices = checkLog(directory, systemFiles, durable);
  for (;;) {
    const step = slices.next();
    if (step.done === true) return step.value.ok ? [] : [step.value.message];
  }
}

const [hidden = "", durable = "0"] = process.argv.slice(2);
const checks = [
  checked("log", "every record is whole and in order", () => wholeLog(join(hidden, "log"), Number(durable))),
  checked("state", "every page, index and interval is sound", () => checkState(join(hidden, "state.db")).messages),
];
process.send?.({ checks } satisfies LocalChecks, () => process.disconnect?.());
