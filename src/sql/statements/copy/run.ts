// COPY as a statement of a session: planned, timed, cancelled, and a transaction of its own where none is open.
import type { CopyStmt } from "libpg-query";
import type { CopyIn, CopyOut } from "../../contract.ts";
import { fail, unsupported } from "../../errors.ts";
import type { Cancellation } from "../../execute/cancellation.ts";
import { GuardedCursor } from "../../execute/guarded-cursor.ts";
import type { Parsed } from "../../parse/parser.ts";
import type { Prepared } from "../../prepared.ts";
import type { SessionInside } from "../inside.ts";
import { CopyInRun } from "./in.ts";
import { readCopyOptions } from "./options.ts";
import { CopyOutRun } from "./out.ts";
import { copyOutQuery, copyOutTable, planCopyIn, refuseFiles } from "./plan.ts";

function copyOf(statement: Prepared): { parsed: Parsed; copy: CopyStmt } {
  if (statement.control?.kind !== "copy" || statement.parsed === null)
    return fail("58000", "internal error: a COPY that is none");
  return { parsed: statement.parsed, copy: statement.control.statement };
}

function refuseReadOnly(inside: SessionInside, what: string): void {
  if (inside.isReadOnly()) fail("25006", `cannot execute ${what} in a read-only transaction`);
}

export async function runCopyOut(inside: SessionInside, statement: Prepared, cancellation: Cancellation): Promise<CopyOut> {
  const { parsed, copy } = copyOf(statement);
  const stopTimer = inside.armTimeout(cancellation);
  const told = (thrown: unknown): unknown => inside.told(cancellation.reason() ?? thrown, statement);
  try {
    refuseFiles(copy);
    const around = inside.around();
    const query = copyOutQuery(copy, around);
    const options = readCopyOptions(copy);
    const plan = inside.plan({ ...parsed, node: query }, []);
    if (plan.columns === null) return fail("0A000", "COPY query must have a RETURNING clause");
    if (plan.access === "write") refuseReadOnly(inside, "COPY");
    const rows = await plan.run(inside.run(cancellation), []);
    const guarded = new GuardedCursor(rows, { reason: () => cancellation.reason(), told, ended: stopTimer });
    try {
      return new CopyOutRun(guarded, options, copyOutTable(copy, around));
    } catch (thrown) {
      // The query holds a worker by now; an option that fits no column must not keep it.
      guarded.close();
      throw thrown;
    }
  } catch (thrown) {
    stopTimer();
    throw told(thrown);
  }
}

export async function runCopyIn(inside: SessionInside, statement: Prepared, cancellation: Cancellation): Promise<CopyIn> {
  const { parsed, copy } = copyOf(statement);
  const stopTimer = inside.armTimeout(cancellation);
  const told = (thrown: unknown): unknown => inside.told(cancellation.reason() ?? thrown, statement);
  const own = !inside.hasTransaction();
  const undo = async (): Promise<void> => {
    stopTimer();
    if (own) inside.rollback();
  };
  try {
    refuseFiles(copy);
    const plan = planCopyIn(copy, inside.around());
    refuseReadOnly(inside, "COPY FROM");
    const oids = plan.columns.map((column) => column.type);
    const filter = plan.filter === null ? null : inside.plan({ ...parsed, node: plan.filter }, oids);
    if (filter !== null && filter.runNow === undefined) return unsupported("this condition in COPY's WHERE");
    inside.open();
    const run = inside.run(cancellation);
    run.intent("insert", plan.relation, []);
    return new CopyInRun({
      plan,
      run,
      filter: filter === null ? null : (row) => (filter.runNow?.(run, row)?.rows.length ?? 0) > 0,
      clock: inside.clock,
      lineMaximum: inside.lineMaximum,
      finish: async () => {
        stopTimer();
        if (own) await inside.commit();
      },
      told,
      undo,
    });
  } catch (thrown) {
    const error = told(thrown);
    await undo();
    throw error;
  }
}
