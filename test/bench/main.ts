// `npm run bench [-- --seconds N --rounds N --only redis,postgres,archive,import,sustained]`: the table of DESIGN section 8 for
// what exists, peers on the same machine, interleaved; written to RESULTS.md. Says what it could not run.
import { writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { archiveCases } from "./cases/archive.ts";
import { importCase } from "./cases/import.ts";
import { postgresCases } from "./cases/postgres.ts";
import { redisCases } from "./cases/redis.ts";
import { restartCase } from "./cases/restart.ts";
import { sustainedCase } from "./cases/sustained.ts";
import { type Comparison, table } from "./measure.ts";
import { has, run } from "./shell.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "10" },
    rounds: { type: "string", default: "3" },
    only: { type: "string", default: "redis,postgres,archive,import,restart,sustained" },
    "sustained-seconds": { type: "string", default: "300" },
    out: { type: "string", default: new URL("RESULTS.md", import.meta.url).pathname },
  },
});
const seconds = Number(values.seconds);
const rounds = Number(values.rounds);

interface Case {
  readonly name: string;
  readonly needs: readonly string[];
  run(): Promise<Comparison[]>;
}

const CASES: readonly Case[] = [
  { name: "redis", needs: ["redis-server", "redis-benchmark", "redis-cli"], run: () => redisCases(seconds, rounds) },
  { name: "postgres", needs: ["pgbench", "psql"], run: () => postgresCases(seconds, rounds) },
  { name: "archive", needs: ["git"], run: () => archiveCases(rounds) },
  { name: "import", needs: [], run: async () => [await importCase(rounds)] },
  { name: "restart", needs: ["redis-benchmark"], run: async () => [await restartCase()] },
  { name: "sustained", needs: ["redis-benchmark"], run: async () => [await sustainedCase(Number(values["sustained-seconds"]))] },
];

const version = async (program: string, ...args: string[]): Promise<string> =>
  has(program) ? ((await run(program, args)).trim().split("\n")[0] ?? "") : "absent";

const results: Comparison[] = [];
const missed: string[] = [];
for (const { name, needs, run: measure } of CASES) {
  if (!values.only.split(",").includes(name)) continue;
  const absent = needs.filter((program) => !has(program));
  if (absent.length > 0) {
    missed.push(`${name}: ${absent.join(", ")} not installed`);
    continue;
  }
  process.stderr.write(`bench: ${name} …\n`);
  try {
    const found = await measure();
    process.stderr.write(`${table(found)}\n`);
    results.push(...found);
  } catch (thrown) {
    missed.push(`${name}: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    process.stderr.write(`bench: ${missed.at(-1)}\n`);
  }
}

const report = [
  "# Bench results",
  "",
  `Made by \`npm run bench -- --seconds ${values.seconds} --rounds ${values.rounds} --only ${values.only}\` on ${new Date().toISOString().slice(0, 10)}.`,
  "Every figure is the median of the rounds with (minimum–maximum); contenders take turns within a round, and a ratio is the median of the rounds' own ratios. More is better in every ratio column. Client programs run on the same cores as the servers.",
  "",
  `Machine: ${cpus().length} × ${cpus()[0]?.model ?? "?"}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, Node ${process.version}; ` +
    `${await version("redis-server", "--version")}; ${await version("pgbench", "--version")}; ${await version("git", "--version")}.`,
  "",
  table(results),
  "",
  ...(missed.length === 0 ? ["Nothing was left out."] : ["Could not be run:", "", ...missed.map((line) => `- ${line}`)]),
  "",
].join("\n");
writeFileSync(values.out, report);
process.stdout.write(`${report}\n`);
