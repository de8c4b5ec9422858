import { mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { verifyTenant } from "../../../src/core/commands/verify.ts";
import { CALLER, INTENT, openRoom, type Room } from "../room.ts";

let room: Room | undefined;
afterEach(() => room?.remove());

it("finds a sound log and state, and names a damaged one", async () => {
  room = await openRoom();
  await room.tenant.write(CALLER, INTENT, (tx) => tx.put("t", "x", "1"));
  const durable = room.log.durable.sequence;
  await room.tenant.close();
  // The layout of a data directory, which the check goes by.
  const hidden = join(room.directory, ".chrondb");
  mkdirSync(hidden);
  for (const name of ["log", "state.db"]) renameSync(join(room.directory, name), join(hidden, name));
  const target = { directory: room.directory, archive: room.archive, log: { durable: { sequence: durable } } };
  expect(await verifyTenant(target)).toMatchObject({ ok: true });
  // A log that should reach further than it does has lost something.
  const report = await verifyTenant({ ...target, log: { durable: { sequence: durable + 1 } } });
  expect(report.ok).toBe(false);
  expect(report.checks.find(({ ok }) => !ok)).toMatchObject({ component: "log" });
}, 30_000);
