// Changes by key are decided in memory; whatever needs more is run again in place, and nobody can tell the difference.
import { afterEach, expect, it } from "vitest";
import { DEFAULT_LIMITS } from "../../src/base/limits.ts";
import type { WriteTx } from "../../src/core/contract.ts";
import { CALLER, INTENT, openRoom, type Room } from "./room.ts";

const rooms: Room[] = [];
async function room(options: Parameters<typeof openRoom>[0] = {}): Promise<Room> {
  const opened = await openRoom({ behind: true, ...options });
  rooms.push(opened);
  // The initial entry was decided in place; groups are so for a moment after.
  await new Promise((resolve) => setTimeout(resolve, 40));
  return opened;
}
afterEach(async () => {
  for (const opened of rooms.splice(0)) {
    await opened.tenant.close();
    opened.remove();
  }
});

const byKey = <T>(opened: Room, change: (tx: WriteTx) => T) => opened.tenant.writeByKey(CALLER, INTENT, change);
const get = (opened: Room, id: string) => opened.tenant.read(CALLER, (view) => view.get("t", id)?.body);

it("is visible at once to a read by key, and to any other read, which waits", async () => {
  const opened = await room();
  await byKey(opened, (tx) => tx.put("t", "1", '{"v":1}'));
  expect(opened.state.visible).toBe(2);
  expect(get(opened, "1")).toBe('{"v":1}');
  expect(opened.tenant.read(CALLER, (view) => view.list("t", { limit: 10 }).map(({ id }) => id))).toEqual(["1"]);
  expect(opened.state.applied).toBe(2);
});

it("changes of one group see those before them, and one that throws leaves nothing", async () => {
  const opened = await room();
  const add = (): Promise<unknown> =>
    byKey(opened, (tx) => tx.put("t", "n", String(Number(tx.get("t", "n")?.body ?? 0) + 1))).then(({ version }) => version);
  const refused = byKey(opened, (tx) => {
    tx.put("t", "n", "1000");
    tx.put("t", "other", "1");
    throw new Error("no");
  });
  const done = await Promise.all([add(), add(), refused.catch((error: Error) => error.message), add()]);
  expect(done).toEqual([2, 3, "no", 4]);
  expect(get(opened, "n")).toBe("3");
  expect(get(opened, "other")).toBeUndefined();
  expect([...opened.log.read(1)].map(({ effects }) => effects.length)).toEqual([1, 1, 1]);
});

it("what needs the database is run again in place, in its turn", async () => {
  const opened = await room();
  let runs = 0;
  const [first, counted, last] = await Promise.all([
    byKey(opened, (tx) => tx.put("t", "1", "a")),
    byKey(opened, (tx) => {
      runs++;
      tx.put("t", "2", "b");
      return tx.list("t", { limit: 10 }).map(({ id }) => id);
    }),
    byKey(opened, (tx) => tx.put("t", "3", "c")),
  ]);
  expect([first.version, counted.version, last.version]).toEqual([2, 3, 4]);
  expect(counted.value).toEqual(["1", "2"]);
  expect(runs).toBe(2);
  expect(get(opened, "3")).toBe("c");
});

it("also where the change catches what it is told and goes on, as a MULTI does", async () => {
  const opened = await room();
  const { value } = await byKey(opened, (tx) => {
    tx.put("t", "1", "a");
    try {
      return tx.count("t");
    } catch {
      return "not there";
    }
  });
  expect(value).toBe(1);
});

it("a declared table's rules hold, since its changes are decided in place", async () => {
  const conform = (_definition: unknown, _id: string, body: string): string => body.replace("}", ',"filled":true}');
  const opened = await room({ rules: { conform } });
  const definition = { table: "t", columns: [], primaryKey: null, unique: [], unversioned: false };
  await opened.tenant.write(CALLER, INTENT, (tx) => tx.define(definition));
  await new Promise((resolve) => setTimeout(resolve, 40));
  await byKey(opened, (tx) => tx.put("t", "1", '{"v":1}'));
  expect(get(opened, "1")).toBe('{"v":1,"filled":true}');
});

it("a record too large for the way to the thread is applied in place", async () => {
  const opened = await room({ limits: { ...DEFAULT_LIMITS, stateRingBytes: 1 << 16 } });
  const large = `{"v":"${"x".repeat(20_000)}"}`;
  await byKey(opened, (tx) => tx.put("t", "1", large));
  expect(get(opened, "1")).toBe(large);
  expect(opened.state.applied).toBe(opened.state.visible);
});

it("writers wait when the database is too far behind, and the limit is told", async () => {
  const opened = await room({ limits: { ...DEFAULT_LIMITS, stateRingBytes: 1 << 14 } });
  const body = `{"v":"${"x".repeat(1_500)}"}`;
  await Promise.all(Array.from({ length: 200 }, (_, at) => byKey(opened, (tx) => tx.put("t", String(at), body))));
  expect(opened.events.names).toContain("limitReached:applyLagEntries");
  expect(opened.tenant.read(CALLER, (view) => view.count("t"))).toBe(200);
});

it("settled() leaves nothing on its way, under writers that go on", async () => {
  const opened = await room();
  let going = true;
  const writers = Promise.all(
    Array.from({ length: 8 }, async (_, client) => {
      for (let n = 0; going; n++) await byKey(opened, (tx) => tx.put("t", `${client}-${n % 50}`, `{"n":${n}}`));
    }),
  );
  for (let look = 0; look < 10; look++) {
    await new Promise((resolve) => setTimeout(resolve, 30));
    await opened.tenant.settled();
    expect(opened.state.applied).toBe(opened.state.visible);
  }
  going = false;
  await writers;
});

it("closing applies what is on its way", async () => {
  const opened = await room();
  await Promise.all(Array.from({ length: 500 }, (_, at) => byKey(opened, (tx) => tx.put("t", String(at % 70), `{"n":${at}}`))));
  await opened.tenant.close();
  rooms.length = 0;
  const again = await openRoom({ directory: opened.directory });
  rooms.push(again);
  expect(again.state.applied).toBe(501);
  expect(again.tenant.read(CALLER, (view) => view.get("t", "9")?.body)).toBe('{"n":499}');
});
