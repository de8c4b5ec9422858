// An open transaction as the session keeps it, and its savepoints.
import { fail } from "./errors.ts";
import type { Overlay, OverlayMark } from "./execute/overlay.ts";
import type { SessionSettings } from "./settings/session.ts";
import type { Holdings, HoldingsMark } from "./statements/holdings.ts";

export interface Savepoint {
  readonly name: string;
  readonly overlay: OverlayMark;
  readonly settings: ReturnType<SessionSettings["mark"]>;
  readonly holdings: HoldingsMark;
}

export interface Transaction {
  /** False for the implicit one of a multi-statement string or a pipeline. */
  explicit: boolean;
  readonly overlay: Overlay;
  readonly startedAt: number;
  failed: boolean;
  savepoints: Savepoint[];
  readonly operations: Set<string>;
}

/** Savepoints one transaction may hold. */
const SAVEPOINTS_MAXIMUM = 1_000;

/** 25P02 */
export function refuseFailed(): never {
  return fail("25P02", "current transaction is aborted, commands ignored until end of transaction block");
}

/** SAVEPOINT, RELEASE and ROLLBACK TO; answers the tag. */
export function savepoint(
  kind: "savepoint" | "release" | "rollback-to",
  name: string,
  open: Transaction | null,
  { settings, holdings }: { settings: SessionSettings; holdings: Holdings },
): string {
  const verb = kind === "savepoint" ? "SAVEPOINT" : kind === "release" ? "RELEASE SAVEPOINT" : "ROLLBACK TO SAVEPOINT";
  if (open === null || !open.explicit) return fail("25P01", `${verb} can only be used in transaction blocks`);
  if (kind !== "rollback-to" && open.failed) refuseFailed();
  if (kind === "savepoint") {
    if (open.savepoints.length >= SAVEPOINTS_MAXIMUM) fail("54000", `a transaction can have ${SAVEPOINTS_MAXIMUM} savepoints`);
    open.savepoints.push({
      name,
      overlay: open.overlay.mark(),
      settings: settings.mark(),
      holdings: holdings.mark(),
    });
    return "SAVEPOINT";
  }
  const at = open.savepoints.findLastIndex((each) => each.name === name);
  const found = open.savepoints[at];
  if (found === undefined) return fail("3B001", `savepoint "${name}" does not exist`);
  if (kind === "release") {
    open.savepoints.length = at;
    return "RELEASE";
  }
  open.savepoints.length = at + 1;
  open.overlay.restore(found.overlay);
  settings.restore(found.settings);
  holdings.restore(found.holdings);
  open.failed = false;
  return "ROLLBACK";
}
