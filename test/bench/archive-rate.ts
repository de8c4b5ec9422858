// How fast entries become commits: `sh bin/run test/bench/archive-rate.ts [entries] [keys] [--verify]`. Entries of one 200-byte
// document each, of `keys` documents in turn (0 = each its own), in memory, followed into a new repository on this disk, fsyncs included. With --verify git judges the result.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import type { Entry } from "../../src/log/entry.ts";
import { entry, follower, fsck, initial, put, temporary } from "../archive/support.ts";

const count = Number(process.argv[2] ?? 100_000);
const keys = Number(process.argv[3] ?? 0) || count;
const entries: Entry[] = [initial()];
for (let i = 2; i <= count; i++) {
  const body = `{"name":"User number ${i}","age":${20 + (i % 60)},"dept":"dept${i % 20}","email":"user${i}@example.com","bio":"lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod ${i}"}`;
  entries.push(
    entry(i, [put("user", `user${(i * 7919) % keys}`, body)], {
      time: 1_700_000_000_000_000 + i * 40,
      metadata: '{"command":"SET","arg-count":2}',
    }),
  );
}
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
  `${count} entries: ${Math.round(count / seconds)} commits/s (${((cpu.user + cpu.system) / count).toFixed(1)} us of processor each), ${Math.round(bytes / count)} bytes a commit, ` +
    `${fs.readdirSync(packs).length / 2} packs, ${Math.round(process.memoryUsage().rss / 1e6)} MB resident\n`,
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
