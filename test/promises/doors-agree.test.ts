// Every door tells the same of the same document: names in twenty scripts, ids of every awkward kind, numbers as written.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requireClient } from "../support/clients.ts";
import { type RunningServer, startServer } from "../support/ready-server.ts";

const CITIES = JSON.parse(readFileSync(new URL("../fixtures/cities-in-twenty-scripts.json", import.meta.url), "utf8")) as {
  id: string;
  script: string;
  name: string;
  country: string;
}[];

const IDS = [
  "1",
  "a/b/c",
  "..",
  ".",
  ".git",
  ".GIT",
  "CON",
  "%",
  "%2e%2e",
  "a b",
  "a'b",
  'a"b',
  "a\\b",
  "😀🇧🇷",
  "مرحبا‏",
  "x".repeat(1000),
  "é".repeat(500),
  "user:nested:1",
  "A",
  "a",
  "trailing.",
  "trailing ",
  "-dash",
  "*?<>|&=+#@",
];

const scratch = mkdtempSync(join(tmpdir(), "chrondb-doors-"));
let server: RunningServer;

beforeAll(async () => {
  server = await startServer({ dataDir: join(scratch, "data") });
});
afterAll(async () => {
  await server.stop();
  rmSync(scratch, { recursive: true, force: true });
});

const rest = (path: string): string => `http://127.0.0.1:${server.rest}${path}`;

async function save(document: string): Promise<Response> {
  return fetch(rest("/api/v1/save"), { method: "POST", headers: { "content-type": "application/json" }, body: document });
}

function redis(...args: string[]): string {
  // --raw prints the bytes; the newline redis-cli adds is cut.
  return execFileSync("redis-cli", ["-p", String(server.redis), "--raw", ...args], { encoding: "utf8" }).slice(0, -1);
}

function psql(statement: string): string {
  const args = [
    "-X",
    "-A",
    "-t",
    "-h",
    "127.0.0.1",
    "-p",
    String(server.pg),
    "-U",
    "chrondb",
    "-d",
    "chrondb",
    "-v",
    "ON_ERROR_STOP=1",
  ];
  return execFileSync("psql", args, { encoding: "utf8", input: statement }).replace(/\n$/, "");
}

describe("names in twenty scripts", () => {
  it.each(CITIES)("$script: $name", async ({ id, name, country }) => {
    for (const client of ["redis-cli", "psql"]) requireClient(client);
    const body = JSON.stringify({ name, country });
    expect((await save(`{"id":"script:${id}",${body.slice(1)}`)).status).toBe(200);
    expect(redis("GET", `script:${id}`)).toBe(body);
    expect(psql(`SELECT name FROM script WHERE id = '${id}';`)).toBe(name);
    expect(psql(`SELECT id FROM script WHERE name = '${name}';`)).toBe(id);
    expect(await (await fetch(rest(`/api/v1/get/script:${id}`))).text()).toBe(`{"id":"script:${id}",${body.slice(1)}`);
  });
});

describe("awkward ids round-trip on every door and through git", () => {
  it.each(IDS.map((id, n) => ({ id, n, shown: id.length > 40 ? `${id.slice(0, 10)}… (${id.length})` : id })))(
    "$shown",
    async ({ id, n }) => {
      for (const client of ["redis-cli", "psql"]) requireClient(client);
      const key = `odd:${id}`;
      expect((await save(JSON.stringify({ id: key, n }))).status).toBe(200);
      expect(redis("GET", key)).toBe(`{"n":${n}}`);
      expect(psql(`SELECT n FROM odd WHERE id = '${id.replaceAll("'", "''")}';`)).toBe(String(n));
      expect(await (await fetch(rest(`/api/v1/get/${encodeURIComponent(key)}`))).json()).toEqual({ id: key, n });
    },
  );

  it("are all in the tree, each by itself", async () => {
    await fetch(rest("/api/v1/save?wait=commit"), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"id":"last:1"}',
    });
    const git = (...args: string[]): string =>
      execFileSync("git", ["--git-dir", join(scratch, "data"), ...args], { encoding: "utf8", maxBuffer: 1 << 26 });
    const files = git("ls-tree", "-r", "--name-only", "-z", "main", "odd/")
      .split("\0")
      .filter((name) => name.endsWith(".json"));
    expect(files).toHaveLength(IDS.length);
    expect(new Set(files.map((file) => file.toLowerCase())).size, "no two differ by case alone").toBe(IDS.length);
    expect(git("fsck", "--strict")).not.toMatch(/error|warning/);
  });
});

describe("numbers stay as written", () => {
  it.each(["12345678901234567890", "1.10", "0.1000", "1E400", "-0", "9007199254740993", "123456789.123456789123456789"])(
    "%s",
    async (number) => {
      for (const client of ["redis-cli", "psql"]) requireClient(client);
      expect((await save(`{"id":"num:1","n":${number}}`)).status).toBe(200);
      expect(redis("GET", "num:1")).toBe(`{"n":${number}}`);
      expect(await (await fetch(rest("/api/v1/get/num:1"))).text()).toBe(`{"id":"num:1","n":${number}}`);
    },
  );

  it("and SQL answers them exactly", async () => {
    requireClient("psql");
    await save('{"id":"exact:1","n":12345678901234567890,"m":1.10}');
    expect(psql("SELECT n, m, n + 1 FROM exact;")).toBe("12345678901234567890|1.10|12345678901234567891");
  });
});

describe("bytes that are no text", () => {
  it("round-trip on Redis and are shown escaped elsewhere", async () => {
    requireClient("redis-cli");
    execFileSync("redis-cli", ["-p", String(server.redis), "-x", "SET", "bytes:\xff"], {
      input: Buffer.from([0, 1, 0xff, 0xfe]),
    });
    const key = Buffer.concat([Buffer.from("bytes:"), Buffer.from("\xff")]);
    const out = execFileSync("redis-cli", ["-p", String(server.redis), "--raw", "GET", key.toString()]);
    expect([...out.subarray(0, 4)]).toEqual([0, 1, 0xff, 0xfe]);
    const document = (await (await fetch(rest(`/api/v1/get/${encodeURIComponent("bytes:\xff")}`))).json()) as { value: unknown };
    expect(document.value).toEqual({ $base64: "AAH//g==" });
  });
});
