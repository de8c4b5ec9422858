// Promise 1 against a disk that forgets: whatever was not synced when the power went is lost, sector by sector, and still every
// acknowledged write is there, whole transactions only, in order.
import { afterAll, expect, it } from "vitest";
import { CALLER, INTENT, openRoom } from "../core/room.ts";
import { FaultyFiles } from "../support/faulty-files.ts";

const seed = Number(process.env["SEED"] ?? Math.floor(performance.timeOrigin) % 1_000_000);
const removals: (() => void)[] = [];
afterAll(() => {
  for (const remove of removals) remove();
});

it(`acknowledged writes survive 20 power cuts (seed ${seed})`, async () => {
  let state = seed;
  const next = (): number => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state / 0x7fffffff;
  };
  const files = new FaultyFiles();
  const acknowledged = new Map<string, string>();
  let directory: string | undefined;
  for (let round = 0; round < 20; round++) {
    // The state database is thrown away: the log alone must tell.
    const room = await openRoom({ ...(directory === undefined ? {} : { directory }), files, freshState: true });
    directory = room.directory;
    if (round === 0) removals.push(room.remove);
    const found = room.tenant.read(
      CALLER,
      (view) => new Map(view.list("t", { limit: 100_000 }).map((version) => [version.id, String(version.body)])),
    );
    for (const [id, body] of acknowledged) expect(found.get(id), `${id} after ${round} power cuts`).toBe(body);
    for (const id of found.keys()) {
      // Two documents of one transaction: both or none.
      const other = id.endsWith("a") ? `${id.slice(0, -1)}b` : `${id.slice(0, -1)}a`;
      expect(found.has(other), `${id} without ${other}`).toBe(true);
    }
    const writing = Array.from({ length: 60 }, async (_, at) => {
      const name = `${round}-${at}`;
      if (at > 20) await new Promise((resolve) => setTimeout(resolve, next() * 30));
      await room.tenant.write(CALLER, INTENT, (tx) => {
        tx.put("t", `${name}a`, `"${name}"`);
        tx.put("t", `${name}b`, `"${name}"`);
      });
      acknowledged.set(`${name}a`, `"${name}"`);
      acknowledged.set(`${name}b`, `"${name}"`);
    });
    await new Promise((resolve) => setTimeout(resolve, next() * 25));
    files.crash(() => next() < 0.5);
    await Promise.allSettled(writing);
    await Promise.allSettled([room.tenant.close()]);
  }
  expect(acknowledged.size).toBeGreaterThan(100);
}, 120_000);
