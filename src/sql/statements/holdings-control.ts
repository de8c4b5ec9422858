// The statements about what a session holds: prepared statements, cursors, notifications.
import type { SqlCursor, SqlText } from "../contract.ts";
import { fail } from "../errors.ts";
import { Cancellation } from "../execute/cancellation.ts";
import { GuardedCursor } from "../execute/guarded-cursor.ts";
import { Prepared } from "../prepared.ts";
import type { Control } from "./control.ts";
import { type CursorOptions, FetchCursor } from "./cursors.ts";
import type { SessionInside } from "./inside.ts";
import { prepareFrom } from "./prepare.ts";

type HoldingsControl = Extract<
  Control,
  { kind: "prepare" | "deallocate" | "declare" | "close-cursor" | "listen" | "unlisten" | "notify" }
>;

/** Answers the tag. */
export async function controlHoldings(
  inside: SessionInside,
  control: HoldingsControl,
  statement: Prepared,
  parameters: readonly SqlText[],
): Promise<string> {
  const { named, open, notifications } = inside.holdings;
  switch (control.kind) {
    case "prepare":
      prepareFrom(control.statement, statement.text, named, (query, oids) => {
        const { parsed } = statement;
        if (parsed === null) return fail("26000", "there is no statement to prepare");
        const inner = { ...parsed, node: query };
        return new Prepared(statement.text, inner, null, oids, inside.plan(inner, oids), false);
      });
      return "PREPARE";
    case "deallocate":
      if (control.name === null) {
        named.clear();
        return "DEALLOCATE ALL";
      }
      named.need(control.name);
      named.delete(control.name);
      return "DEALLOCATE";
    case "declare":
      await declare(inside, control.options, statement, parameters);
      return "DECLARE CURSOR";
    case "close-cursor":
      if (control.name === null) open.closeAll();
      else open.close(control.name);
      return control.name === null ? "CLOSE CURSOR ALL" : "CLOSE CURSOR";
    case "listen":
      notifications.listen(control.channel);
      return "LISTEN";
    case "unlisten":
      notifications.unlisten(control.name);
      return "UNLISTEN";
    case "notify":
      notifications.notify(control.channel, control.payload);
      return "NOTIFY";
  }
}

async function declare(
  inside: SessionInside,
  options: CursorOptions,
  statement: Prepared,
  parameters: readonly SqlText[],
): Promise<void> {
  const { open } = inside.holdings;
  if (!options.hold && !inside.hasTransaction()) fail("25P01", "DECLARE CURSOR can only be used in transaction blocks");
  open.check(options.name);
  const cancellation = new Cancellation();
  const source = await inside.current(statement).run(inside.run(cancellation), parameters);
  const cursor = open.add(options, statement.text, source, cancellation);
  if (inside.hasTransaction()) return;
  try {
    await cursor.materialize();
    cursor.held = true;
  } catch (thrown) {
    open.close(options.name);
    throw thrown;
  }
}

export async function fetchFrom(
  inside: SessionInside,
  statement: Prepared,
  cancellation: Cancellation,
  stopTimer: () => void,
): Promise<SqlCursor> {
  if (statement.control?.kind !== "fetch") return fail("58000", "internal error: a FETCH that is none");
  const fetch = statement.control.statement;
  const cursor = inside.holdings.open.need(fetch.portalname ?? "");
  // What is stopped is the cursor's own statement.
  cancellation.onCancel(() => cursor.cancel("canceling statement due to user request"));
  const rows = new FetchCursor(cursor, fetch);
  // What cannot be fetched is an error before any row is described.
  await rows.begin();
  return new GuardedCursor(rows, {
    reason: () => cancellation.reason(),
    told: (thrown) => inside.told(thrown, statement),
    ended: stopTimer,
  });
}
