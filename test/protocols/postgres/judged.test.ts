// Protocol scripts played to ChronDB and to PostgreSQL 15: every message that comes back must be the same.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasPostgres, type RealPostgres, startPostgres } from "../../support/postgres.ts";
import { COPY_SCRIPTS } from "./support/copy-scripts.ts";
import { CURSOR_SCRIPTS } from "./support/cursor-scripts.ts";
import { openRealDoor, play, type RealDoor } from "./support/script.ts";
import { SESSION_SCRIPTS } from "./support/session-scripts.ts";
import { TRANSACTION_SCRIPTS } from "./support/transaction-scripts.ts";

/** A description of rows, or BindComplete, followed by an error only says whether it was found while planning or while running. */
function withoutRows(line: string, at: number, lines: readonly string[]): boolean {
  const isEarly = (text: string): boolean => /^(T |2 $)/.test(text);
  return (
    !isEarly(line) ||
    lines
      .slice(at)
      .find((next) => !isEarly(next))
      ?.startsWith("E ") !== true
  );
}

describe.skipIf(!hasPostgres())("side by side with PostgreSQL 15", () => {
  let door: RealDoor;
  let judge: RealPostgres | null;
  beforeAll(async () => {
    door = await openRealDoor();
    judge = await startPostgres();
  }, 60_000);
  afterAll(async () => {
    await door?.stop();
    await judge?.stop();
  });

  it.each([...SESSION_SCRIPTS, ...CURSOR_SCRIPTS, ...COPY_SCRIPTS, ...TRANSACTION_SCRIPTS])(
    "$name",
    async ({ steps, parameters }) => {
      if (judge === null) throw new Error("PostgreSQL did not start");
      const theirs = await play(judge, steps, parameters);
      const ours = await play({ port: door.port, user: "ada", database: "chrondb" }, steps, parameters);
      expect(ours.filter(withoutRows)).toEqual(theirs.filter(withoutRows));
    },
  );
});
