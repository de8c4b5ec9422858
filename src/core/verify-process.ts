// Child process of commands/verify.ts: reads every record of the log and every page of the state, and answers once.
// Argument: the `.chrondb` folder.
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

const hidden = process.argv[2] ?? "";
const checks = [
  checked("log", "every record is whole and in order", () => checkLog({ directory: join(hidden, "log"), files: systemFiles }).messages),
  checked("state", "every page, index and interval is sound", () => checkState(join(hidden, "state.db")).messages),
];
process.send?.({ checks } satisfies LocalChecks, undefined, undefined, () => process.disconnect());
