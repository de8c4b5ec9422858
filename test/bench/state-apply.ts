// What one put costs the state, in groups of 50 as the writer makes them, and one point read. Run: sh bin/run test/bench/state-apply.ts
// CPU time is told beside wall time, because the machine may be shared. `npm run bench` does not need this; DESIGN.md of the
// room quotes it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { scanObject } from "../../src/base/json.ts";
import { encodeHead } from "../../src/log/codec.ts";
import type { EntryHead } from "../../src/log/entry.ts";
import { openReader, openState } from "../../src/state/open.ts";
import type { ScannedPut } from "../../src/state/store.ts";

const PUTS = 60_000;
const GROUP = 50;

function head(sequence: number): EntryHead {
  return {
    sequence,
    time: 1_700_000_000_000_000 + sequence,
    branch: "main",
    txId: "0b0d7c1e-6a51-4c53-9c3c-2d6c1a0e7d11",
    origin: "redis",
    user: "",
    principal: "",
    requestId: "",
    flags: [],
    operation: "SET",
    message: "SET user:0000001",
    metadata: '{"command":"SET"}',
  };
}

function told(what: string, times: number, run: () => void): void {
  const cpu = process.cpuUsage();
  const started = performance.now();
  run();
  const wall = ((performance.now() - started) * 1000) / times;
  const used = process.cpuUsage(cpu);
  process.stdout.write(
    `${what.padEnd(58)} ${wall.toFixed(2).padStart(7)} us, CPU ${((used.user + used.system) / times).toFixed(2)} us\n`,
  );
}

async function measure(documents: number, own: boolean): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "chrondb-state-bench-"));
  const store = openState({ path: join(directory, "state.db") });
  const { writer, reader } = store;
  const bodyOf = (n: number) =>
    `{"name":"some name here","email":"someone@example.com","age":${10 + (n % 80)},"city":"Lisbon","bio":"${"x".repeat(110)}"}`;
  const effects: ScannedPut[] = Array.from({ length: 100 }, (_, at) => {
    const body = bodyOf(at);
    const object = scanObject(body);
    return { op: "put", table: "user", id: "", kind: 0, body, expiresAt: 0, ...(object === null ? {} : { object }) };
  });
  let sequence = 0;
  const write = (id: string): void => {
    sequence++;
    const effect = { ...(effects[sequence % 100] as ScannedPut), id };
    writer.apply(sequence, [effect]);
    const made = head(sequence);
    writer.finish(made, encodeHead(made));
  };
  const ids = Array.from({ length: documents }, (_, at) => `user${String(at).padStart(7, "0")}`);
  let random = 1;
  const anyId = (): string => {
    random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
    return ids[random % documents] as string;
  };
  const label = `${documents} documents${own ? ", declared" : ""}`;
  if (own) {
    writer.begin();
    sequence++;
    writer.apply(sequence, [
      {
        op: "define",
        table: "user",
        definition: { table: "user", columns: [], primaryKey: null, unique: [], unversioned: false },
      },
    ]);
    writer.finish(head(sequence));
    writer.commit();
  }
  told(`insert, ${label}`, documents, () => {
    for (let at = 0; at < documents; at += 1000) {
      writer.begin();
      for (const id of ids.slice(at, at + 1000)) write(id);
      writer.commit();
    }
  });
  await store.checkpoint();
  let applying = 0;
  for (let round = 0; round < 2; round++) {
    told(`overwrite with history and entry, groups of ${GROUP}, ${label}`, PUTS, () => {
      for (let at = 0; at < PUTS; at += GROUP) {
        writer.begin();
        const started = performance.now();
        for (let n = 0; n < GROUP; n++) write(anyId());
        applying += performance.now() - started;
        writer.commit();
      }
    });
    await store.checkpoint();
  }
  process.stdout.write(`  of it before the commit ${((applying * 1000) / (2 * PUTS)).toFixed(2)} us\n`);
  told(`get, ${label}`, PUTS * 3, () => {
    for (let at = 0; at < PUTS * 3; at++) reader.get("user", anyId());
  });
  told(`getAt an old state, ${label}`, PUTS, () => {
    for (let at = 0; at < PUTS; at++) reader.getAt("user", anyId(), documents + at);
  });
  told(`history of ten, ${label}`, 20_000, () => {
    for (let at = 0; at < 20_000; at++) reader.history("user", anyId(), { limit: 10 });
  });
  const lone = openReader(store.path);
  told(`get by a reader that stands alone, ${label}`, PUTS, () => {
    for (let at = 0; at < PUTS; at++) lone.get("user", anyId());
  });
  lone.close();
  await store.close();
  rmSync(directory, { recursive: true, force: true });
}

await measure(10_000, false);
await measure(200_000, false);
await measure(200_000, true);
