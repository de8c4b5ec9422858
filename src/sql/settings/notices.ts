// client_min_messages: which notices a client wants.
import type { SqlNotice } from "../contract.ts";
import type { SessionSettings } from "./session.ts";

/** Values of the setting that hold something back here, least first; INFO is always sent. */
const SEVERITIES: readonly string[] = ["notice", "warning", "error"];

export function wantedNotices(notices: SqlNotice[], settings: SessionSettings): SqlNotice[] {
  const least = SEVERITIES.indexOf(settings.get("client_min_messages") ?? "notice");
  return notices.filter(({ severity }) => severity === "INFO" || SEVERITIES.indexOf(severity.toLowerCase()) >= least);
}
