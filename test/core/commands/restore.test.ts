import { afterEach, expect, it } from "vitest";
import { restoreVersion } from "../../../src/core/commands/restore.ts";
import { CALLER, INTENT, openRoom, type Room } from "../room.ts";

let room: Room | undefined;
afterEach(async () => {
  await room?.tenant.close();
  room?.remove();
});

it("puts an old version back as a new entry flagged rollback, whatever happened since", async () => {
  room = await openRoom();
  const { tenant } = room;
  const first = await tenant.write(CALLER, INTENT, (tx) => tx.put("t", "x", '{"n":1.10}'));
  await tenant.write(CALLER, INTENT, (tx) => tx.put("t", "x", "plain"));
  await tenant.write(CALLER, INTENT, (tx) => tx.delete("t", "x"));
  const restored = await restoreVersion(tenant, CALLER, INTENT, "t", "x", String(first.version));
  expect(restored).toMatchObject({ changed: true, value: { body: '{"n":1.10}', kind: 0 } });
  expect(tenant.read(CALLER, (view) => view.get("t", "x")?.body)).toBe('{"n":1.10}');
  const [newest] = await tenant.history(CALLER, "t", "x", { limit: 1 });
  expect(newest).toMatchObject({ sequence: restored.version, flags: ["rollback"] });
});

it("refuses a state in which the document did not exist, and an unknown one", async () => {
  room = await openRoom();
  const { tenant } = room;
  await tenant.write(CALLER, INTENT, (tx) => tx.put("t", "x", "1"));
  await expect(restoreVersion(tenant, CALLER, INTENT, "t", "x", "1")).rejects.toMatchObject({ code: "NOT_FOUND" });
  await expect(restoreVersion(tenant, CALLER, INTENT, "t", "x", "99")).rejects.toMatchObject({ code: "UNKNOWN_REFERENCE" });
});
