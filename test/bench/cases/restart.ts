// From a kill -9 with many documents to serving again.

import { type Comparison, figure } from "../measure.ts";
import { chronDb } from "../servers.ts";
import { run } from "../shell.ts";

const DOCUMENTS = 1_000_000;

export async function restartCase(): Promise<Comparison> {
  let server = await chronDb();
  const directory = server.dataDir;
  const milliseconds: number[] = [];
  try {
    await run("redis-benchmark", [
      "-p",
      String(server.redis),
      "-c",
      "50",
      "-P",
      "64",
      "-n",
      String(DOCUMENTS * 1.2),
      "-r",
      String(DOCUMENTS),
      "-q",
      "SET",
      "user:__rand_int__",
      '{"name":"someone","age":42}',
    ]);
    for (let round = 0; round < 5; round++) {
      await server.kill("SIGKILL");
      const started = performance.now();
      server = await chronDb(directory);
      milliseconds.push(performance.now() - started);
    }
  } finally {
    await server.stop();
    server.remove();
  }
  return {
    work: "restart after kill -9, about 700,000 documents",
    unit: "ms until serving",
    ours: figure("chrondb", milliseconds),
    peer: null,
    ratio: null,
    goal: "≤ 2,000 (later)",
    note: "launcher and Node's own start included",
  };
}
