// Point SELECT, one-row INSERT and upsert, TPC-B-like, by pgbench scripts that both servers run unchanged.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pgbench } from "../load.ts";
import { type Comparison, compare } from "../measure.ts";
import { chronDb, durablePostgres } from "../servers.ts";
import { run } from "../shell.ts";

const ROWS = 100_000;

const SCRIPTS = {
  select: `\\set aid random(1, ${ROWS})\nSELECT abalance FROM pgbench_accounts WHERE aid = :aid;\n`,
  insert: "\\set a random(1, 9000000000000)\nINSERT INTO bench_insert (id, v) VALUES (:a, 'some text of a row');\n",
  upsert:
    "\\set a random(1, 10000)\nINSERT INTO bench_upsert (id, v) VALUES (:a, :a) ON CONFLICT (id) DO UPDATE SET v = excluded.v;\n",
} as const;

function setup(): string {
  const statements = [
    "CREATE TABLE pgbench_accounts (aid int PRIMARY KEY, bid int, abalance int, filler varchar(84));",
    "CREATE TABLE bench_insert (id bigint PRIMARY KEY, v text);",
    "CREATE TABLE bench_upsert (id int PRIMARY KEY, v int);",
  ];
  for (let from = 1; from <= ROWS; from += 1000) {
    const rows = Array.from({ length: 1000 }, (_, at) => `(${from + at}, 1, 0, '')`);
    statements.push(`INSERT INTO pgbench_accounts (aid, bid, abalance, filler) VALUES ${rows.join(",")};`);
  }
  return statements.join("\n");
}

export async function postgresCases(seconds: number, rounds: number): Promise<Comparison[]> {
  const scripts = mkdtempSync(join(tmpdir(), "chrondb-pgbench-"));
  for (const [name, text] of Object.entries(SCRIPTS)) writeFileSync(join(scripts, name), text);
  const peer = await durablePostgres();
  const server = await chronDb();
  try {
    const targets = {
      chrondb: { port: server.pg, user: "chrondb", database: "chrondb" },
      postgres: { port: peer.port, user: peer.user, database: "postgres" },
    };
    for (const { port, user, database } of Object.values(targets)) {
      await run(
        "psql",
        ["-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", String(port), "-U", user, "-d", database, "-f", "-"],
        { input: setup() },
      );
    }
    const found: Comparison[] = [];
    const add = async (
      work: string,
      script: keyof typeof SCRIPTS,
      protocol: "prepared" | "simple",
      goal: string,
    ): Promise<void> => {
      const contender = (name: keyof typeof targets): { name: string; run(): Promise<number> } => ({
        name,
        run: () => pgbench(targets[name], join(scripts, script), { clients: 8, seconds, protocol }),
      });
      found.push(
        await compare(
          { work, unit: "transactions/s", goal, rounds, note: `8 clients, ${seconds} s` },
          contender("chrondb"),
          contender("postgres"),
        ),
      );
    };
    await add("point SELECT, prepared", "select", "prepared", "≥ 1.0");
    await add("point SELECT, simple", "select", "simple", "later (≥ 1.0)");
    await add("one-row INSERT, prepared", "insert", "prepared", "later (≥ 1.5)");
    await add("one-row upsert, prepared", "upsert", "prepared", "later (≥ 1.5)");
    return found;
  } finally {
    await server.stop();
    server.remove();
    await peer.stop();
    rmSync(scripts, { recursive: true, force: true });
  }
}
