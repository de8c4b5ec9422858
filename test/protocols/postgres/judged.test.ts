// Protocol scripts played to ChronDB and to PostgreSQL 15: every message that comes back must be the same.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasPostgres, type RealPostgres, startPostgres } from "../../support/postgres.ts";
import { COPY_SCRIPTS } from "./support/copy-scripts.ts";
import { CURSOR_SCRIPTS } from "./support/cursor-scripts.ts";
import { openRealDoor, play, type RealDoor } from "./support/script.ts";
import { SESSION_SCRIPTS } from "./support/session-scripts.ts";

/** A description of rows followed by an error only says that PostgreSQL found the error while it ran, not while it planned. */
function withoutRows(line: string, at: number, lines: readonly string[]): boolean {
  return !(line.startsWith("T ") && lines[at + 1]?.startsWith("E ") === true);
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

  it.each([...SESSION_SCRIPTS, ...CURSOR_SCRIPTS, ...COPY_SCRIPTS])("$name", async ({ steps, parameters }) => {
    if (judge === null) throw new Error("PostgreSQL did not start");
    const theirs = await play(judge, steps, parameters);
    const ours = await play({ port: door.port, user: "ada", database: "chrondb" }, steps, parameters);
    expect(ours.filter(withoutRows)).toEqual(theirs.filter(withoutRows));
  });
});
