// Durable SETs for minutes with the archive drained inside the timed window, against the archive's own rate on the same entries.

import { redisBenchmark } from "../load.ts";
import { type Comparison, compare } from "../measure.ts";
import { chronDb, drained } from "../servers.ts";
import { run } from "../shell.ts";
import { measureArchive } from "./archive.ts";

const VALUE = JSON.stringify({
  name: "User number 1",
  age: 42,
  dept: "dept7",
  email: "user1@example.com",
  bio: "lorem ipsum dolor sit amet consectetur adipiscing",
});
const COMMAND = ["SET", "user:__rand_int__", VALUE];

export async function sustainedCase(seconds: number): Promise<Comparison> {
  let entries = 100_000;
  return compare(
    {
      work: `durable SET sustained ${seconds} s, archive drained inside`,
      unit: "commits/s",
      goal: "≥ 0.8",
      rounds: 1,
      note: "peer: the archive alone on as many entries of the same shape",
    },
    {
      name: "chrondb",
      run: async () => {
        const server = await chronDb();
        try {
          // The rate that lasts is git's, so a first burst past the lag limit tells how many requests fill the time.
          const probe = await redisBenchmark(server.redis, COMMAND, 50, 16, 5);
          await drained(server);
          entries = Math.round(Math.min(probe, 12_000) * seconds);
          const started = performance.now();
          await run(
            "redis-benchmark",
            ["-p", String(server.redis), "-c", "50", "-P", "16", "-n", String(entries), "-r", "100000", "-q", ...COMMAND],
            { timeoutMs: seconds * 4000 },
          );
          await drained(server);
          return entries / ((performance.now() - started) / 1000);
        } finally {
          await server.stop();
          server.remove();
        }
      },
    },
    { name: "archive alone", run: async () => (await measureArchive(entries, 100_000)).rate },
  );
}
