// Figures for src/log/DESIGN.md: `sh bin/run test/log/bench.ts [milliseconds a measurement]`. Encoding included, real disk.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { systemFiles } from "../../src/base/files.ts";
import { decodeEntry, encodeEntry } from "../../src/log/codec.ts";
import { LogFollower } from "../../src/log/follow.ts";
import { openLog } from "../../src/log/writer.ts";
import { BASE_TIME, sampleEntry } from "./sample.ts";

const milliseconds = Number(process.argv[2] ?? 1_000);
const directory = mkdtempSync(path.join(tmpdir(), "chrondb-log-bench-"));
const log = openLog({ directory, files: systemFiles });
const SAMPLE = sampleEntry(1, 190);
let sequence = 0;

function append(count: number): void {
  const records: Buffer[] = [];
  for (let index = 0; index < count; index++) {
    sequence++;
    records.push(encodeEntry({ head: { ...SAMPLE.head, sequence, time: BASE_TIME + sequence }, effects: SAMPLE.effects }));
  }
  log.append(records, { sequence, time: BASE_TIME + sequence });
}

async function rate(what: string, count: number, sync: () => unknown): Promise<void> {
  const first = sequence;
  const started = performance.now();
  while (performance.now() - started < milliseconds) {
    append(count);
    await sync();
  }
  const seconds = (performance.now() - started) / 1000;
  say(what, Math.round((sequence - first) / seconds), "entries/s");
  log.syncNow();
  log.release("state", sequence - 50_000);
  log.release("archive", sequence - 50_000);
}

function say(what: string, value: number, unit: string): void {
  process.stdout.write(`${what.padEnd(36)} ${value} ${unit}\n`);
}

try {
  for (let round = 1; round <= 3; round++) {
    await rate("one by one, synced on this thread", 1, () => log.syncNow());
    await rate("one by one, synced in the pool", 1, () => log.sync());
    await rate("groups of 100, synced on this thread", 100, () => log.syncNow());
    await rate("groups of 100, synced in the pool", 100, () => log.sync());
    await rate("groups of 100, not synced", 100, () => undefined);
  }
  const follower = new LogFollower({ directory, files: systemFiles, after: sequence - 50_000 });
  let started = performance.now();
  for (const entry of follower.read(sequence)) sequence = entry.head.sequence;
  say("following, with the seek", Math.round(50_000 / ((performance.now() - started) / 1000)), "entries/s");
  follower.close();
  started = performance.now();
  log.close();
  openLog({ directory, files: systemFiles, known: sequence }).close();
  say("opening", Math.round(performance.now() - started), "ms");
  const record = encodeEntry(SAMPLE);
  started = performance.now();
  for (let index = 0; index < 200_000; index++) encodeEntry(SAMPLE);
  say("encode", Math.round((performance.now() - started) * 5), "ns");
  started = performance.now();
  for (let index = 0; index < 200_000; index++) decodeEntry(record);
  say("decode", Math.round((performance.now() - started) * 5), "ns");
} finally {
  log.close();
  await log.settled();
  rmSync(directory, { recursive: true, force: true });
}
