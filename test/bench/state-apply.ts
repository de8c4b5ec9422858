// What one put costs the state, in groups as the writer makes them, and reads of now and of the past. Run: sh bin/run test/bench/state-apply.ts
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
/** As the writer forms them for single clients, and when clients pipeline. */
const GROUPS = [50, 800];
/** Documents that have so many versions show what a long chain costs. */
const LONG = 20_000;

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
  // What this program itself spends on each write, told so that it can be taken off.
  told("  (making an effect and a head, no write)", PUTS, () => {
    for (let at = 0; at < PUTS; at++) {
      const made = head(at);
      if (encodeHead(made).length === 0 || { ...effects[at % 100], id: anyId() }.id === "") throw new Error("cannot be");
    }
  });
  for (const group of [...GROUPS, ...GROUPS]) {
    let applying = 0;
    told(`overwrite with history and entry, groups of ${group}, ${label}`, PUTS, () => {
      for (let at = 0; at < PUTS; at += group) {
        writer.begin();
        const began = process.cpuUsage();
        for (let n = 0; n < group; n++) write(anyId());
        const used = process.cpuUsage(began);
        applying += used.user + used.system;
        writer.commit();
      }
    });
    process.stdout.write(`  of it before the commit, CPU ${(applying / PUTS).toFixed(2)} us\n`);
    await store.checkpoint();
  }
  told(`get, ${label}`, PUTS * 3, () => {
    for (let at = 0; at < PUTS * 3; at++) reader.get("user", anyId());
  });
  told(`getAt an old state, ${label}`, PUTS, () => {
    for (let at = 0; at < PUTS; at++) reader.getAt("user", anyId(), documents + at);
  });
  told(`history of ten, ${label}`, 20_000, () => {
    for (let at = 0; at < 20_000; at++) reader.history("user", anyId(), { limit: 10 });
  });
  const first = sequence + 1;
  told(`overwrite of one document, groups of 800, ${label}`, LONG, () => {
    for (let at = 0; at < LONG; at += 800) {
      writer.begin();
      for (let n = 0; n < 800; n++) write("user0000000");
      writer.commit();
    }
  });
  told(`getAt any of its ${LONG} versions`, LONG, () => {
    for (let at = 0; at < LONG; at++) reader.getAt("user", "user0000000", first + ((at * 7919) % LONG));
  });
  told("history of ten from any of its versions", 2_000, () => {
    for (let at = 0; at < 2_000; at++) reader.history("user", "user0000000", { before: first + ((at * 7919) % LONG), limit: 10 });
  });
  told("listAt, 100 documents, an old state", 500, () => {
    for (let at = 0; at < 500; at++) reader.listAt("user", documents + at, { after: anyId(), limit: 100 });
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
await measure(100_000, false);
await measure(100_000, true);
