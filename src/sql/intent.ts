// The words of a commit: chrondb.message, chrondb.flags, or what the statements did.
import type { Caller, Intent } from "../core/contract.ts";
import type { SessionSettings } from "./settings/session.ts";

const IDS_IN_NOTE = 20;

/** What is written of a change into its commit and note: the session's words where it gave some. */
export function intentOf(
  { settings, caller }: { readonly settings: SessionSettings; readonly caller: Caller },
  operation: string,
  tables: readonly string[],
  ids: readonly string[],
): Intent {
  const message = settings.get("chrondb.message") ?? "";
  const claimed = (settings.get("chrondb.flags") ?? "")
    .split(",")
    .map((flag) => flag.trim())
    .filter((flag) => flag !== "");
  return {
    operation,
    message: message === "" ? defaultMessage(operation, tables) : message,
    flags: [...new Set([...claimed, ...(operation === "update" || operation === "delete" ? [operation] : [])])],
    requestId: "",
    metadata: {
      operation,
      ...(tables.length === 1 ? { table: tables[0] } : { tables: tables.slice(0, IDS_IN_NOTE) }),
      branch: caller.branch,
      "document-count": ids.length,
      ...(ids.length === 1 ? { "document-id": ids[0] } : { "document-ids": ids.slice(0, IDS_IN_NOTE) }),
    },
  };
}

function defaultMessage(operation: string, tables: readonly string[]): string {
  switch (operation) {
    case "delete":
      return "Delete document";
    case "create-table":
      return `Create schema for table ${tables[0] ?? ""}`;
    case "drop-table":
      return `Drop table ${tables.join(", ")}`;
    case "transaction":
      return "Save documents in one transaction";
    default:
      return "Save document";
  }
}
