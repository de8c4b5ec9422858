// How fast entries become commits: `sh bin/run test/bench/archive-rate.ts [entries] [keys] [--verify]`. Entries of one 200-byte
// document each, of `keys` documents in turn (0 = each its own), in memory, followed into a new repository on this disk, fsyncs included. With --verify git judges the result.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import type { Entry } from "../../src/log/entry.ts";
import { archive, entry, follower, fsck, initial, put, temporary } from "../archive/support.ts";

const count = Number(process.argv[2] ?? 100_000);
const keys = Number(process.argv[3] ?? 0) || count;
function entryOf(sequence: number): Entry {
  if (sequence === 1) return initial();
  const body = `{"name":"User number ${sequence}","age":${20 + (sequence % 60)},"dept":"dept${sequence % 20}","email":"user${sequence}@example.com","bio":"lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod ${sequence}"}`;
  return entry(sequence, [put("user", `user${(sequence * 7919) % keys}`, body)], {
    time: 1_700_000_000_000_000 + sequence * 40,
    metadata: '{"command":"SET","arg-count":2}',
  });
}
const entries = Array.from({ length: count }, (_, i) => entryOf(i + 1));
// A server's archive process has been running for long when it matters: what the compiler has to see first is not measured.
const WARM_UP = 4_000;
const warm = temporary("rate-warm");
await archive(
  warm,
  Array.from({ length: WARM_UP }, (_, i) => entryOf(i + 1)),
);
fs.rmSync(warm, { recursive: true, force: true });
const repository = temporary("rate");
const began = performance.now();
const cpuBegan = process.cpuUsage();
const follows = follower(repository, entries);
const running = follows.run();
follows.durable(count);
await follows.close();
await running;
const seconds = (performance.now() - began) / 1000;
// On a machine that does other things too, the time of the processor says more than the time of the clock.
const cpu = process.cpuUsage(cpuBegan);
const packs = path.join(repository, "objects", "pack");
const bytes = fs.readdirSync(packs).reduce((sum, name) => sum + fs.statSync(path.join(packs, name)).size, 0);
process.stdout.write(
  `${count} entries: ${Math.round(count / seconds)} commits/s, ${Math.round(bytes / count)} bytes a commit, ` +
    `${fs.readdirSync(packs).length / 2} packs, ${Math.round(process.memoryUsage().rss / 1e6)} MB resident, ${((cpu.user + cpu.system) / count).toFixed(1)} us of processor a commit\n`,
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
