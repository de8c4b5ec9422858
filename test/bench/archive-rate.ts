// How fast entries become commits: `sh bin/run test/bench/archive-rate.ts [entries] [keys] [--verify] [--alone]`. Entries of one
// 200-byte document each, of `keys` documents in turn (0 = each its own), in memory, followed into a repository on this disk, fsyncs
// included, with the packing thread as in the server (--alone: without). With --verify git judges the result.
//
// What is measured is an archive that has been running: it has published WARM_UP entries of another table when the clock starts,
// so that neither making a repository nor the compiler's first look is in the figure. The clock stops when the last ref is synced.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import type { Entry } from "../../src/log/entry.ts";
import { entry, follower, fsck, initial, put, temporary } from "../archive/support.ts";

const WARM_UP = 10_000;
const [countText = "100000", keysText = "0"] = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const count = Number(countText);
const keys = Number(keysText) || count;
const last = WARM_UP + count;

function entryOf(sequence: number): Entry {
  if (sequence === 1) return initial();
  const table = sequence <= WARM_UP ? "warm" : "user";
  const body = `{"name":"User number ${sequence}","age":${20 + (sequence % 60)},"dept":"dept${sequence % 20}","email":"user${sequence}@example.com","bio":"lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod ${sequence}"}`;
  return entry(sequence, [put(table, `user${(sequence * 7919) % keys}`, body)], {
    time: 1_700_000_000_000_000 + sequence * 40,
    metadata: '{"command":"SET","arg-count":2}',
  });
}

const entries = Array.from({ length: last }, (_, i) => entryOf(i + 1));
const repository = temporary("rate");
const packs = path.join(repository, "objects", "pack");
const packBytes = (): number => fs.readdirSync(packs).reduce((sum, name) => sum + fs.statSync(path.join(packs, name)).size, 0);
let published: (sequence: number) => void = () => undefined;
const reaches = (sequence: number): Promise<void> =>
  new Promise((resolve) => {
    published = (at) => {
      if (at >= sequence) resolve();
    };
  });

const follows = follower(repository, entries, {
  ...(process.argv.includes("--alone") ? {} : { threadFrom: 0 }),
  onPublished: (sequence) => published(sequence),
});
const running = follows.run();
const warm = reaches(WARM_UP);
follows.durable(WARM_UP);
follows.idle(1_700_000_000_000_000 + WARM_UP * 40 + 200_000);
await warm;
const warmBytes = packBytes();
const warmPacks = fs.readdirSync(packs).length / 2;

const done = reaches(last);
const began = performance.now();
const cpuBegan = process.cpuUsage();
follows.durable(last);
const closed = follows.close();
await done;
const seconds = (performance.now() - began) / 1000;
// On a machine that does other things too, the time of the processor says more than the time of the clock.
const cpu = process.cpuUsage(cpuBegan);
await closed;
await running;
process.stdout.write(
  `${count} entries: ${Math.round(count / seconds)} commits/s, ${Math.round((packBytes() - warmBytes) / count)} bytes a commit, ` +
    `${fs.readdirSync(packs).length / 2 - warmPacks} packs, ${Math.round(process.memoryUsage().rss / 1e6)} MB resident, ${((cpu.user + cpu.system) / count).toFixed(1)} us of processor a commit\n`,
);
if (process.argv.includes("--verify")) {
  process.stdout.write(`fsck: ${fsck(repository) || "clean"}\n`);
  process.stdout.write(
    execFileSync("git", ["--git-dir", repository, "log", "-1", "--show-notes=chrondb", "--stat"], { encoding: "utf8" }),
  );
  process.stdout.write(
    `commits: ${execFileSync("git", ["--git-dir", repository, "rev-list", "--count", "main"], { encoding: "utf8" })}`,
  );
}
fs.rmSync(repository, { recursive: true, force: true });
