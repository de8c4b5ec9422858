// SETs only, pipelined, so that they are decided in memory and SQLite lags behind: every one that was acknowledged is there after
// SIGKILL at a random moment, and starts did have entries to replay. (sigkill.test.ts has all doors at once.)
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterAll, expect, it } from "vitest";
import { startServer } from "../support/ready-server.ts";

const LIVES = 8;
const CLIENTS = 8;
const PIPELINE = 16;
const KEYS = 500;

const dataDir = mkdtempSync(join(tmpdir(), "chrondb-by-key-"));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

it(`no acknowledged SET is lost over ${LIVES} kills`, { timeout: 240_000 }, async () => {
  const sent = new Map<string, number>();
  const acknowledged = new Map<string, number>();
  let value = 0;
  let writes = 0;
  let replayed = 0;
  for (let life = 0; life <= LIVES; life++) {
    const server = await startServer({ dataDir, logLevel: "info" });
    replayed += /"entries":\d+,"msg":"replayed/.test(server.stderr()) ? 1 : 0;
    const connect = (): Redis => {
      const client = new Redis(server.redis, "127.0.0.1", { retryStrategy: null, maxRetriesPerRequest: 0 });
      // A killed server is what this is about.
      client.on("error", () => undefined);
      return client;
    };
    const reader = connect();
    const keys = [...acknowledged.keys()];
    const found = keys.length === 0 ? [] : await reader.mget(keys);
    for (const [at, key] of keys.entries()) {
      const got = Number(found[at]);
      // A SET that was sent and not answered may have been made, or not.
      expect(got, key).toBeGreaterThanOrEqual(acknowledged.get(key) ?? 0);
      expect(got, key).toBeLessThanOrEqual(sent.get(key) ?? 0);
    }
    if (life === LIVES) {
      reader.disconnect();
      await server.stop();
      break;
    }
    const clients = Array.from({ length: CLIENTS }, connect);
    const work = clients.map(async (client, at) => {
      for (;;) {
        const batch = Array.from({ length: PIPELINE }, async () => {
          const key = `k${at}:${Math.floor(Math.random() * KEYS)}`;
          const mine = ++value;
          sent.set(key, mine);
          await client.set(key, String(mine));
          writes++;
          acknowledged.set(key, Math.max(acknowledged.get(key) ?? 0, mine));
        });
        const done = await Promise.allSettled(batch);
        if (done.some(({ status }) => status === "rejected")) return;
      }
    });
    await new Promise((resolve) => setTimeout(resolve, 500 + Math.random() * 1_000));
    await server.kill("SIGKILL");
    await Promise.all(work);
    for (const client of [reader, ...clients]) client.disconnect();
  }
  expect(writes).toBeGreaterThan(1_000);
  expect(replayed).toBeGreaterThan(0);
});
