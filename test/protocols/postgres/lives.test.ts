// What a session holds is given back: by counting, whatever way the client goes. And results larger than what is kept in memory.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { requireClient } from "../../support/clients.ts";
import { bind, execute, fieldsOf, int32, parse, query, RawClient, raw, SYNC, startup, untyped } from "./support/raw-client.ts";
import { openRealDoor, type RealDoor, shown } from "./support/script.ts";

const FOREVER = "SELECT count(*) FROM generate_series(1, 100000000) a, generate_series(1, 1000) b";
const SORT = "SELECT a * 7919 % 1000003 AS x FROM generate_series(1, 100000000) a ORDER BY 1";

let door: RealDoor;
beforeAll(async () => {
  door = await openRealDoor();
}, 60_000);
afterAll(() => door?.stop());

const open = (): Promise<RawClient> => RawClient.ready(door.port);

/** Rows of a query on a connection of its own: answers only when a worker is free. */
async function ask(text: string): Promise<string[]> {
  const client = await open();
  client.send(query(text));
  const lines = (await client.until("Z")).map(shown);
  client.destroy();
  return lines;
}

/** A worker that somebody still holds makes this one late: there is one. */
async function workerIsFree(): Promise<void> {
  const began = performance.now();
  expect(await ask("SELECT count(*) FROM generate_series(1, 3)")).toContain('D ["3"]');
  expect(performance.now() - began).toBeLessThan(20_000);
}

describe("a client that hangs up", () => {
  it.each([
    ["in a scan", [query(FOREVER)]],
    ["in a sort", [query(SORT)]],
    ["with a portal half read", [parse("", SORT.replace("100000000", "300000")), bind("p", ""), execute("p", 1), SYNC]],
    ["with a cursor open", [query(`BEGIN; DECLARE c CURSOR FOR ${FOREVER}; FETCH c`)]],
    ["with rows on the way", [query("SELECT repeat('x', 1000) FROM generate_series(1, 200000)")]],
  ])("%s frees the worker", async (_, messages) => {
    const client = await open();
    client.send(...messages);
    await new Promise((resolve) => setTimeout(resolve, 100));
    client.destroy();
    await workerIsFree();
  });

  it("in the middle of COPY leaves nothing", async () => {
    await ask("CREATE TABLE half (id int PRIMARY KEY)");
    const client = await open();
    client.send(query("COPY half FROM STDIN"));
    await client.until("G");
    client.send(raw("d", Buffer.from("1\n2\n3\n")));
    await new Promise((resolve) => setTimeout(resolve, 50));
    client.destroy();
    expect(await ask("SELECT count(*) FROM half")).toContain('D ["0"]');
    expect(await ask("COPY half FROM '/etc/passwd'")).toContainEqual(expect.stringMatching(/C=42501 .*pg_read_server_files/));
    expect(await ask("COPY half TO PROGRAM 'cat'")).toContainEqual(expect.stringMatching(/C=42501 .*pg_execute_server_program/));
  });
});

describe("CancelRequest", () => {
  it.each([
    ["a scan", FOREVER],
    ["a sort", SORT],
    ["a COPY that waits for data", "COPY half FROM STDIN"],
  ])("stops %s and nothing else", async (_, text) => {
    const socket = await RawClient.open(door.port);
    socket.send(startup({ user: "ada", database: "chrondb" }));
    const key = (await socket.until("Z")).find((message) => message.type === "K")?.body ?? Buffer.alloc(8);
    socket.send(query(text));
    await new Promise((resolve) => setTimeout(resolve, 150));
    const other = await RawClient.open(door.port);
    other.send(untyped(80_877_102, Buffer.concat([int32(key.readInt32BE(0)), key.subarray(4)])));
    const answers = await socket.until("Z");
    expect(fieldsOf(answers.find((message) => message.type === "E"))).toMatchObject({
      C: "57014",
      M: "canceling statement due to user request",
    });
    socket.send(query("SELECT 1"));
    expect((await socket.until("Z")).map(shown)).toContain('D ["1"]');
    socket.destroy();
    await workerIsFree();
  });
});

describe("notifications", () => {
  it("reach idle listeners at once, others when their transaction has ended, and nobody after they left", async () => {
    const [idle, busy] = [await open(), await open()];
    for (const client of [idle, busy]) {
      client.send(query("LISTEN news"));
      await client.until("Z");
    }
    busy.send(query("BEGIN"));
    await busy.until("Z");
    await ask("NOTIFY news, 'first'; NOTIFY news, 'second'");
    expect((await idle.until("A")).map(shown)).toEqual(["A news first"]);
    expect((await idle.until("A")).map(shown)).toEqual(["A news second"]);
    busy.send(query("SELECT 1"));
    expect((await busy.until("Z")).map(shown)).not.toContain("A news first");
    busy.send(query("COMMIT"));
    expect((await busy.until("Z")).map(shown)).toEqual(["C COMMIT", "A news first", "A news second", "Z I"]);
    idle.destroy();
    busy.destroy();
    expect(await ask("NOTIFY news, 'nobody'")).toEqual(["C NOTIFY", "Z I"]);
  });
});

describe("results larger than memory", () => {
  it("flow to a slow reader while the server stays small", async () => {
    const client = await open();
    const before = process.memoryUsage().rss;
    client.send(query("SELECT a.n, b.n, repeat('x', 200) FROM generate_series(1, 1000) a(n), generate_series(1, 200) b(n)"));
    await client.until("T");
    client.pause();
    await new Promise((resolve) => setTimeout(resolve, 500));
    // 200,000 rows of 220 bytes are 44 MB; what is not spooled to a file may be half of that at most.
    expect(process.memoryUsage().rss - before).toBeLessThan(120 * 1024 * 1024);
    client.resume();
    let rows = 0;
    for (;;) {
      const message = await client.message();
      if (message === null || message.type === "C") break;
      if (message.type === "D") rows++;
    }
    expect(rows).toBe(200_000);
    client.destroy();
  }, 120_000);
});

describe("the words of a commit", () => {
  it("are those of SET chrondb.message, also LOCAL, and end with the transaction", async () => {
    const client = await open();
    for (const text of [
      "BEGIN",
      "SET LOCAL chrondb.message = 'said once'",
      "SET LOCAL chrondb.user = 'eve'",
      "SET LOCAL chrondb.flags = 'a, b'",
      "INSERT INTO worded (id) VALUES ('1')",
      "COMMIT",
      "SHOW chrondb.message",
    ]) {
      client.send(query(text));
      expect((await client.until("Z")).map(shown)).not.toContainEqual(expect.stringMatching(/^E /));
    }
    client.destroy();
    const caller = { tenant: "chrondb", branch: "main", origin: "sql", principal: "", user: "", address: "" };
    // The archive's process may be starting still.
    const [item] = await vi.waitFor(() => door.room.service.tenant("chrondb").history(caller, "worded", "1", { limit: 1 }), {
      timeout: 60_000,
    });
    expect(item).toMatchObject({ message: expect.stringContaining("said once"), user: "eve" });
  }, 90_000);
});

describe("psql \\copy", () => {
  it("goes both ways", async () => {
    const psql = requireClient("psql");
    const directory = await mkdtemp(join(tmpdir(), "chrondb-copy-"));
    const given = '1,one\n2,"two, ""quoted"""\n3,\n';
    await writeFile(join(directory, "in.csv"), given);
    const commands = [
      "CREATE TABLE psqlcopy (id int PRIMARY KEY, name text)",
      `\\copy psqlcopy from '${join(directory, "in.csv")}' csv`,
      `\\copy (select * from psqlcopy order by id) to '${join(directory, "out.csv")}' csv`,
      "\\copy psqlcopy to stdout",
    ];
    const args = ["-X", `host=127.0.0.1 port=${door.port} user=ada dbname=chrondb`, ...commands.flatMap((each) => ["-c", each])];
    const { stdout } = await promisify(execFile)(psql, args);
    expect(stdout).toBe('CREATE TABLE\nCOPY 3\nCOPY 3\n1\tone\n2\ttwo, "quoted"\n3\t\\N\n');
    expect(await readFile(join(directory, "out.csv"), "utf8")).toBe(given);
    await rm(directory, { recursive: true, force: true });
  });

  it("takes many rows where values must be unique", async () => {
    const client = new Client({ host: "127.0.0.1", port: door.port, user: "ada", database: "chrondb" });
    await client.connect();
    await client.query("CREATE TABLE many (id int PRIMARY KEY, code text UNIQUE)");
    await client.end();
    const copy = await open();
    const rows = Array.from({ length: 20_000 }, (_, at) => `${at}\tcode ${at}\n`);
    copy.send(query("COPY many FROM STDIN"));
    for (let at = 0; at < rows.length; at += 1000) copy.send(raw("d", Buffer.from(rows.slice(at, at + 1000).join(""))));
    copy.send(raw("c", Buffer.alloc(0)));
    expect((await copy.until("Z")).map(shown).at(-2)).toBe("C COPY 20000");
    copy.destroy();
    expect(await ask("SELECT count(*), count(DISTINCT code) FROM many")).toContain('D ["20000","20000"]');
  }, 60_000);
});
