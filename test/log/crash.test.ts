// Random lives of a log on a file system that loses what was not synced. After every crash: each entry that was reported durable
// is there, with its content; nothing is there that was never appended; and the log goes on.
import { describe, expect, test } from "vitest";
import { openLog } from "../../src/log/writer.ts";
import { FaultyFiles } from "../support/faulty-files.ts";
import { appendSamples, BASE_TIME, range, sampleEntry, seeded } from "./sample.ts";

const DIRECTORY = "/log";

interface Life {
  /** Entries of this log that were reported durable at the crash / appended. */
  durable: number;
  appended: number;
  /** Size of each entry's body, by sequence; rewritten when a lost entry's number is used again. */
  sizes: Map<number, number>;
  released: number;
}

async function live(files: FaultyFiles, life: Life, random: () => number): Promise<void> {
  const pick = (most: number): number => Math.floor(random() * most);
  const log = openLog({ directory: DIRECTORY, files, limits: { logSegmentBytes: 12 * 1024 }, known: life.durable });
  expect(log.last.sequence).toBeGreaterThanOrEqual(life.durable);
  expect(log.last.sequence).toBeLessThanOrEqual(life.appended);
  if (log.last.sequence > 0) expect(log.last.time).toBe(BASE_TIME + log.last.sequence);
  const kept = [...log.read(life.released)];
  expect(kept).toEqual(
    range(life.released + 1, log.last.sequence).map((sequence) => sampleEntry(sequence, life.sizes.get(sequence))),
  );
  life.appended = log.last.sequence;
  life.durable = log.durable.sequence;
  for (let step = pick(25); step > 0; step--) {
    const size = random() < 0.05 ? 20_000 : pick(900);
    const last = life.appended + 1 + pick(6);
    for (const sequence of range(life.appended + 1, last)) life.sizes.set(sequence, size);
    const syncing = random() < 0.2 ? log.sync() : undefined;
    appendSamples(log, life.appended + 1, last, size);
    life.appended = last;
    await syncing;
    const how = random();
    if (how < 0.4) log.syncNow();
    else if (how < 0.6) await log.sync();
    life.durable = log.durable.sequence;
    if (random() < 0.2) {
      life.released = Math.max(life.released, pick(life.durable + 1));
      log.release("state", life.released);
      log.release("archive", life.released);
    }
  }
}

describe.each([
  ["everything unsynced is lost", () => false],
  ["a half of it, sector by sector", undefined],
  ["nothing is lost but the process", () => true],
])("crashes where %s", (_, keep) => {
  test("lose nothing durable and invent nothing", async () => {
    const seed = Number(process.hrtime.bigint() % 1_000_000n);
    const random = seeded(seed);
    for (let run = 0; run < 8; run++) {
      const files = new FaultyFiles();
      const life: Life = { durable: 0, appended: 0, sizes: new Map(), released: 0 };
      for (let crash = 0; crash < 12; crash++) {
        try {
          await live(files, life, random);
        } catch (thrown) {
          throw new Error(`seed ${seed}, run ${run}, crash ${crash}`, { cause: thrown });
        }
        const odds = random();
        files.crash(keep ?? (() => random() < odds));
      }
    }
  });
});
