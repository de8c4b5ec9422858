// Promise 7: nothing is unbounded. A real server with small limits; each limit is reached by a real client, which is told
// which one it was, and chrondb_limit_rejections_total{limit} counts it. A limit that refuses nobody (it sizes a cache, a
// group or a file) is listed with the reason, so that a new row in base/limits.ts must be one or the other.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DEFAULT_LIMITS, type LimitName } from "../../src/base/limits.ts";
import { RawClient, startup } from "../protocols/postgres/support/raw-client.ts";
import { type RunningServer, startServer } from "../support/ready-server.ts";
import { ROOT } from "../support/source.ts";

const SMALL = {
  documentBytes: 3_000,
  jsonDepth: 6,
  restBodyBytes: 9_000,
  importDocuments: 3,
  restListDefault: 2,
  restListMaximum: 4,
  restHeaderBytes: 4_096,
  userBytes: 10,
  originBytes: 10,
  requestIdBytes: 20,
  flagBytes: 10,
  flagsPerWrite: 2,
  messageBytes: 20,
  redisBulkBytes: 5_000,
  redisMultibulkElements: 60,
  redisInlineBytes: 200,
  redisRequestBytes: 8_000,
  redisQueuedCommands: 5,
  redisQueuedBytes: 7_000,
  redisWatchedKeys: 2,
  transactionEffects: 4,
  pgMessageBytes: 20_000,
  pgStartupBytes: 500,
  pgStatements: 2,
  pgPortals: 2,
  sqlStatementBytes: 2_000,
  sqlOverlayBytes: 3_000,
  sqlNotifications: 2,
  archiveWaitMs: 5_000,
} as const satisfies Partial<Record<LimitName, number>>;

/** As a second server has them, where they would be in the way of the first one's tests. */
const SMALLER = {
  recordBytes: 4_000,
  restConnections: 4,
  redisConnections: 2,
  pgConnections: 2,
  messageIdleMs: 400,
  redisUnauthenticatedBulkBytes: 50,
  redisUnauthenticatedElements: 3,
  restBodyBytes: 6_000,
  restBodiesBytes: 10_000,
} as const satisfies Partial<Record<LimitName, number>>;

/** Reached in the tests of their rooms, where the place to stand is; the file named holds the test. */
const ELSEWHERE: Partial<Record<LimitName, string>> = {
  authChecks: "test/auth/credentials.test.ts",
  authQueue: "test/auth/credentials.test.ts",
  writerQueue: "test/core/writer.test.ts",
  queryQueue: "test/sql/workers.test.ts",
  queryWorkers: "test/sql/workers.test.ts",
  redisInputBytes: "test/protocols/redis/bounds.test.ts",
  outputBufferBytes: "test/protocols/redis/bounds.test.ts",
  redisPipelineDepth: "test/protocols/redis/session.test.ts",
  drainMs: "test/protocols/rest/sockets.test.ts",
  restListBytes: "test/protocols/rest/routes/documents.test.ts",
  importWindow: "test/protocols/rest/routes/import.test.ts",
  importWindowBytes: "test/protocols/rest/routes/import.test.ts",
  importErrors: "test/protocols/rest/routes/import.test.ts",
  restSqlStatementBytes: "test/protocols/rest/sql/limits.test.ts",
  restSqlParameters: "test/protocols/rest/sql/limits.test.ts",
  restSqlBatch: "test/protocols/rest/sql/limits.test.ts",
  restSqlRows: "test/protocols/rest/sql/limits.test.ts",
  restSqlBytes: "test/protocols/rest/sql/limits.test.ts",
  restSqlMs: "test/protocols/rest/sql/limits.test.ts",
  restSqlStallMs: "test/protocols/rest/sql/limits.test.ts",
  restSqlTransactions: "test/protocols/rest/sql/limits.test.ts",
  restSqlIdleMs: "test/protocols/rest/sql/sessions.test.ts",
};

function environmentOf(limits: Readonly<Record<string, number>>): Record<string, string> {
  const named = Object.entries(limits).map(([name, value]) => [
    `CHRONDB_LIMITS_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`,
    String(value),
  ]);
  return Object.fromEntries(named) as Record<string, string>;
}

const scratch = mkdtempSync(join(tmpdir(), "chrondb-limits-"));
let server: RunningServer;
let guarded: RunningServer;
beforeAll(async () => {
  server = await startServer({ dataDir: join(scratch, "small"), env: environmentOf(SMALL), logLevel: "error" });
  guarded = await startServer({
    dataDir: join(scratch, "smaller"),
    env: { ...environmentOf(SMALLER), CHRONDB_PASSWORD: "secret" },
    logLevel: "error",
  });
});
afterAll(async () => {
  await server.stop();
  await guarded.stop();
  rmSync(scratch, { recursive: true, force: true });
});

const BASIC = `Basic ${Buffer.from("chrondb:secret").toString("base64")}`;

/** GET without keep-alive: no connection stays behind to be counted. */
function get(of: RunningServer, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = of === guarded ? { authorization: BASIC } : {};
    const sent = request({ host: "127.0.0.1", port: of.rest, path, headers, agent: false }, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (chunk: string) => {
        text += chunk;
      });
      answer.on("end", () => resolve(text));
    });
    sent.on("error", reject);
    sent.end();
  });
}

async function rejections(of: RunningServer, limit: LimitName): Promise<number> {
  const found = new RegExp(`^chrondb_limit_rejections_total\\{limit="${limit}"\\} (\\d+)$`, "m").exec(await get(of, "/metrics"));
  return Number(found?.[1] ?? 0);
}

const reachedHere = new Set<LimitName>();

/** The limit is not counted before, `reach` is told of it in these words, and it is counted once after. */
async function counts(of: RunningServer, limit: LimitName, reach: () => Promise<string>, words: RegExp): Promise<void> {
  reachedHere.add(limit);
  const before = await rejections(of, limit);
  expect(await reach()).toMatch(words);
  expect(await rejections(of, limit), `chrondb_limit_rejections_total{limit="${limit}"}`).toBe(before + 1);
}

async function rest(path: string, init: { body?: string; headers?: Record<string, string> } = {}): Promise<string> {
  const { body, headers = {} } = init;
  const given = { "content-type": "application/json", ...headers };
  const answer = await fetch(`http://127.0.0.1:${server.rest}${path}`, {
    ...(body === undefined ? {} : { method: "POST", body }),
    headers: given,
  });
  return `${answer.status} ${await answer.text()}`;
}

const save = (document: string, headers: Record<string, string> = {}): Promise<string> =>
  rest("/api/v1/save", { body: document, headers });

async function open(port: number): Promise<{ socket: Socket; all: Promise<string>; until(words: RegExp): Promise<string> }> {
  const socket = connect({ port, host: "127.0.0.1" });
  let text = "";
  let wake = (): void => undefined;
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString("latin1");
    wake();
  });
  const all = new Promise<string>((resolve) => {
    socket.on("error", () => resolve(text));
    socket.on("close", () => {
      resolve(text);
      wake();
    });
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  const until = async (words: RegExp): Promise<string> => {
    while (!words.test(text) && !socket.destroyed)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    return text;
  };
  return { socket, all, until };
}

const command = (...args: string[]): string =>
  `*${args.length}\r\n${args.map((arg) => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`).join("")}`;

/** Everything a Redis connection answers to these bytes up to the first error. */
async function redis(bytes: string, of = server): Promise<string> {
  const client = await open(of.redis);
  client.socket.write(bytes);
  const text = await client.until(/^-.*\r\n/m);
  client.socket.destroy();
  return text;
}

const cstring = (text: string): Buffer => Buffer.from(`${text}\0`);
function message(type: string, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(5);
  head.write(type, 0, "latin1");
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}
const int16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
};
const parse = (name: string, text: string): Buffer => message("P", cstring(name), cstring(text), int16(0));
const bind = (portal: string, name: string): Buffer => message("B", cstring(portal), cstring(name), int16(0), int16(0), int16(0));
const sync = message("S");
const query = (text: string): Buffer => message("Q", cstring(text));

/** The first error of a PostgreSQL connection that sends these messages. */
async function postgres(...messages: Buffer[]): Promise<string> {
  const client = await RawClient.ready(server.pg);
  client.send(...messages);
  for (;;) {
    const received = await client.message();
    if (received === null) return "closed without an error";
    if (received.type !== "E") continue;
    client.destroy();
    return received.body.toString().replaceAll("\0", " ");
  }
}

const long = (length: number): string => "x".repeat(length);

describe("reached by a real client, named in the answer, counted", () => {
  const rows: { limit: LimitName; door: string; reach: () => Promise<string>; says: RegExp }[] = [
    { limit: "idBytes", door: "REST", reach: () => save(`{"id":"a:${long(1100)}"}`), says: /^400 .*INVALID_ID.*|idBytes/ },
    {
      limit: "idBytes",
      door: "Redis",
      reach: () => redis(command("SET", `a:${long(1100)}`, "1")),
      says: /^-ERR The id is 1100 bytes.*1024/,
    },
    {
      limit: "idBytes",
      door: "SQL",
      reach: () => postgres(query(`INSERT INTO a (id) VALUES ('${long(1100)}')`)),
      says: /22023.*1100 bytes.*1024/,
    },
    {
      limit: "documentBytes",
      door: "REST",
      reach: () => save(`{"id":"a:1","v":"${long(4000)}"}`),
      says: /^413 .*limit documentBytes/,
    },
    {
      limit: "documentBytes",
      door: "Redis",
      reach: () => redis(command("SET", "a:1", long(4000))),
      says: /^-ERR .*limit documentBytes/,
    },
    {
      limit: "documentBytes",
      door: "SQL",
      reach: () => postgres(query(`INSERT INTO a (id, v) VALUES ('1', repeat('x', 4000))`)),
      says: /54000.*limit documentBytes/,
    },
    {
      limit: "documentBytes",
      door: "NDJSON",
      reach: () =>
        rest("/api/v1/documents/import", {
          body: `{"id":"a:1","v":"${long(4000)}"}\n`,
          headers: { "content-type": "application/x-ndjson" },
        }),
      says: /limit documentBytes/,
    },
    {
      limit: "jsonDepth",
      door: "REST",
      reach: () => save(`{"id":"a:1","v":${"[".repeat(9)}${"]".repeat(9)}}`),
      says: /^400 .*deeper than 6 levels.*limit jsonDepth/,
    },
    {
      limit: "restBodyBytes",
      door: "REST",
      reach: () => save(`{"id":"a:1","v":"${long(10_000)}"}`),
      says: /^413 .*limit restBodyBytes/,
    },
    {
      limit: "importDocuments",
      door: "REST",
      reach: () => rest("/api/v1/documents/import", { body: JSON.stringify(["1", "2", "3", "4"].map((id) => ({ id }))) }),
      says: /^413 .*limit importDocuments/,
    },
    {
      limit: "restListMaximum",
      door: "REST",
      reach: () => rest("/api/v1/documents?limit=5"),
      says: /^400 .*limit restListMaximum/,
    },
    {
      limit: "restHeaderBytes",
      door: "REST",
      reach: () => rest("/healthz", { headers: { "x-long": long(5000) } }),
      says: /^431 .*limit restHeaderBytes/,
    },
    {
      limit: "userBytes",
      door: "REST",
      reach: () => save('{"id":"a:1"}', { "x-chrondb-user": long(11) }),
      says: /^400 .*limit userBytes/,
    },
    {
      limit: "originBytes",
      door: "REST",
      reach: () => save('{"id":"a:1"}', { "x-chrondb-origin": long(11) }),
      says: /^400 .*limit originBytes/,
    },
    {
      limit: "requestIdBytes",
      door: "REST",
      reach: () => save('{"id":"a:1"}', { "x-request-id": long(21) }),
      says: /^400 .*limit requestIdBytes/,
    },
    {
      limit: "requestIdBytes",
      door: "REST",
      reach: () => save('{"id":"a:1"}', { "x-request-id": "a", "x-correlation-id": long(21) }),
      says: /^400 .*limit requestIdBytes/,
    },
    {
      limit: "flagBytes",
      door: "REST",
      reach: () => save('{"id":"a:1"}', { "x-chrondb-flags": long(11) }),
      says: /^400 .*limit flagBytes/,
    },
    {
      limit: "flagsPerWrite",
      door: "REST",
      reach: () => save('{"id":"a:1"}', { "x-chrondb-flags": "a,b,c" }),
      says: /^400 .*limit flagsPerWrite/,
    },
    {
      limit: "messageBytes",
      door: "REST",
      reach: () => save('{"id":"a:1"}', { "x-chrondb-message": long(21) }),
      says: /^400 .*limit messageBytes/,
    },
    {
      limit: "redisBulkBytes",
      door: "Redis",
      reach: () => redis("*3\r\n$3\r\nSET\r\n$1\r\na\r\n$6000\r\n"),
      says: /^-ERR Protocol error: invalid bulk length/,
    },
    {
      limit: "redisMultibulkElements",
      door: "Redis",
      reach: () => redis("*61\r\n"),
      says: /^-ERR Protocol error: invalid multibulk length/,
    },
    {
      limit: "redisInlineBytes",
      door: "Redis",
      reach: () => redis(`PING ${long(300)}`),
      says: /^-ERR Protocol error: too big inline request/,
    },
    {
      limit: "redisRequestBytes",
      door: "Redis",
      reach: () => redis(command("MSET", "a", long(4500), "b", long(4500))),
      says: /^-ERR .*redisRequestBytes/,
    },
    {
      limit: "redisQueuedCommands",
      door: "Redis",
      reach: () => redis(command("MULTI") + command("PING").repeat(6)),
      says: /limit redisQueuedCommands/,
    },
    {
      limit: "redisQueuedBytes",
      door: "Redis",
      reach: () => redis(command("MULTI") + command("SET", "a", long(2900)).repeat(4)),
      says: /limit redisQueuedBytes/,
    },
    {
      limit: "redisWatchedKeys",
      door: "Redis",
      reach: () => redis(command("WATCH", "a", "b", "c")),
      says: /limit redisWatchedKeys/,
    },
    {
      limit: "transactionEffects",
      door: "Redis",
      reach: () => redis(command("MSET", ..."abcde".split("").flatMap((key) => [key, "1"]))),
      says: /^-ERR .*limit transactionEffects/,
    },
    {
      limit: "transactionEffects",
      door: "SQL",
      reach: () => postgres(query("INSERT INTO a (id) SELECT i::text FROM generate_series(1, 5) i")),
      says: /54000.*limit transactionEffects/,
    },
    { limit: "pgMessageBytes", door: "PostgreSQL", reach: () => postgres(query(long(30_000))), says: /54000.*pgMessageBytes/ },
    {
      limit: "pgStartupBytes",
      door: "PostgreSQL",
      reach: async () => await startupAnswer({ user: "a", note: long(600) }),
      says: /pgStartupBytes/,
    },
    {
      limit: "pgStatements",
      door: "PostgreSQL",
      reach: () => postgres(parse("a", "SELECT 1"), parse("b", "SELECT 1"), parse("c", "SELECT 1"), sync),
      says: /pgStatements/,
    },
    {
      limit: "pgPortals",
      door: "PostgreSQL",
      reach: () => postgres(parse("", "SELECT 1"), bind("a", ""), bind("b", ""), bind("c", ""), sync),
      says: /pgPortals/,
    },
    {
      limit: "sqlStatementBytes",
      door: "PostgreSQL, simple",
      reach: () => postgres(query(`SELECT '${long(2500)}'`)),
      says: /54000.*sqlStatementBytes/,
    },
    {
      limit: "sqlStatementBytes",
      door: "PostgreSQL, extended",
      reach: () => postgres(parse("", `SELECT '${long(2500)}'`), sync),
      says: /54000.*sqlStatementBytes/,
    },
    {
      limit: "sqlOverlayBytes",
      door: "PostgreSQL",
      reach: () =>
        postgres(
          query("BEGIN"),
          query(`INSERT INTO a (id, v) VALUES ('1', repeat('x', 1800))`),
          query(`INSERT INTO a (id, v) VALUES ('2', repeat('x', 1800))`),
        ),
      says: /54000.*sqlOverlayBytes/,
    },
  ];
  test.each(rows)("$limit on $door", async ({ limit, reach, says }) => {
    await counts(server, limit, reach, says);
  });

  async function startupAnswer(parameters: Record<string, string>): Promise<string> {
    const client = await RawClient.open(server.pg);
    client.send(startup(parameters));
    const received = await client.message();
    client.destroy();
    return received === null ? "closed without an error" : received.body.toString().replaceAll("\0", " ");
  }

  test("sqlNotifications on PostgreSQL: a listener in a transaction keeps what it is told", async () => {
    const listener = await RawClient.ready(server.pg);
    listener.send(query("LISTEN c"));
    await listener.until("Z");
    listener.send(query("BEGIN"));
    await listener.until("Z");
    const reach = (): Promise<string> => postgres(query("NOTIFY c, '1'"), query("NOTIFY c, '2'"), query("NOTIFY c, '3'"));
    await counts(server, "sqlNotifications", reach, /54000.*too many notifications.*limit sqlNotifications/);
    listener.destroy();
  });

  test("restListDefault and restListMaximum shape a list that says there is more", async () => {
    for (const id of ["l:1", "l:2", "l:3"]) expect(await save(`{"id":"${id}"}`)).toMatch(/^200/);
    const { documents, count } = JSON.parse((await rest("/api/v1/documents?prefix=l:")).slice(4)) as {
      documents: unknown[];
      count: number;
    };
    expect([documents.length, count]).toEqual([2, 2]);
    expect(JSON.parse((await rest("/api/v1/documents?prefix=l:&limit=4")).slice(4))).toMatchObject({ count: 3 });
  });

  test("after all of that nothing was written but what was acknowledged", async () => {
    expect(JSON.parse((await rest("/api/v1/documents?limit=4")).slice(4))).toMatchObject({
      documents: [{ id: "l:1" }, { id: "l:2" }, { id: "l:3" }],
    });
  });
});

describe("on a guarded server", () => {
  test("redisUnauthenticatedBulkBytes and redisUnauthenticatedElements bound what a stranger may send", async () => {
    const bulk = (): Promise<string> => redis(`*2\r\n$4\r\nAUTH\r\n$60\r\n`, guarded);
    await counts(guarded, "redisUnauthenticatedBulkBytes", bulk, /^-ERR Protocol error: unauthenticated bulk length/);
    const elements = (): Promise<string> => redis("*4\r\n", guarded);
    await counts(guarded, "redisUnauthenticatedElements", elements, /^-ERR Protocol error: unauthenticated multibulk length/);
  });

  test("recordBytes: a transaction that is too large for one log record is refused, and the next one is taken", async () => {
    const auth = command("AUTH", "secret");
    const large = (): Promise<string> => redis(auth + command("MSET", "a", long(2500), "b", long(2500)), guarded);
    await counts(guarded, "recordBytes", large, /limit recordBytes/);
    const client = await open(guarded.redis);
    client.socket.write(auth + command("SET", "a", "1"));
    expect(await client.until(/OK\r\n\+OK/)).toBe("+OK\r\n+OK\r\n");
    client.socket.destroy();
  });

  test("restBodiesBytes: bodies under way share a budget", async () => {
    const half = async (): Promise<{ socket: Socket; all: Promise<string> }> => {
      const client = await open(guarded.rest);
      client.socket.write(
        `POST /api/v1/save HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: ${BASIC}\r\nContent-Type: application/json\r\nContent-Length: 5500\r\n\r\n{`,
      );
      return client;
    };
    const first = await half();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await counts(guarded, "restBodiesBytes", async () => (await half()).all, /^HTTP\/1.1 503 .*limit restBodiesBytes/s);
    first.socket.destroy();
  });

  test.each([
    { limit: "redisConnections", port: () => guarded.redis, says: /^-ERR max number of clients reached/, room: 2 },
    {
      limit: "restConnections",
      port: () => guarded.rest,
      says: /^HTTP\/1.1 503 .*limit restConnections.*TOO_MANY_CONNECTIONS/s,
      room: 4,
    },
  ] as const)("$limit: one too many is told so and sent away, and a place that is freed is given again", async (row) => {
    const held = await Promise.all(Array.from({ length: row.room }, () => open(row.port())));
    const extra = await open(row.port());
    expect(await extra.all).toMatch(row.says);
    for (const { socket } of held) socket.destroy();
    await Promise.all(held.map(({ all }) => all));
    reachedHere.add(row.limit);
    // The question itself may have been one too many.
    await expect.poll(() => rejections(guarded, row.limit)).toBeGreaterThanOrEqual(1);
  });

  test("pgConnections: FATAL 53300", async () => {
    const client = (): pg.Client =>
      new pg.Client({ host: "127.0.0.1", port: guarded.pg, user: "chrondb", password: "secret", database: "chrondb" });
    const held = [client(), client()];
    for (const one of held) await one.connect();
    const refused = (): Promise<string> =>
      client()
        .connect()
        .then(() => "connected")
        .catch((thrown: { code?: string; message: string }) => `${thrown.code} ${thrown.message}`);
    await counts(guarded, "pgConnections", refused, /^53300 .*too many clients already \(limit pgConnections\)/);
    for (const one of held) await one.end();
  });

  test.each([
    { door: "redis", first: "*1\r\n$4\r\nPI", says: /not completed within 400 milliseconds \(limit messageIdleMs\)/ },
    { door: "rest", first: "GET / HTTP/1.1\r\nHo", says: /^HTTP\/1.1 408 .*messageIdleMs/s },
    { door: "pg", first: "\0\0", says: /messageIdleMs/ },
  ] as const)("messageIdleMs: half a message to $door and then silence", async ({ door, first, says }) => {
    const reach = async (): Promise<string> => {
      const client = await open(guarded[door]);
      client.socket.write(first);
      return client.all;
    };
    await counts(guarded, "messageIdleMs", reach, says);
  });
});

/** Refuse nobody: what they bound is made smaller, forgotten, waited for or put elsewhere. */
const SHAPES: Partial<Record<LimitName, string>> = {
  restListDefault: "a list without a limit says that there is more",
  sqlSpoolBytes: "54000 once a client leaves 1 GiB of rows unread; too much for a quick test",
  tableNameBytes: "a longer prefix is part of an id in table default; SQL refuses the name by itself",
  fieldColumns: "further fields are reachable through JSON",
  pgParameters: "the protocol's own 16-bit count",
  redisScanCursors: "the least recently used position is forgotten",
  redisScanKeys: "SCAN answers what it saw and goes on at the next call",
  redisSlowlogEntries: "the oldest entry is forgotten",
  writerGroup: "the rest waits for the next group",
  writerGroupBytes: "the rest waits for the next group",
  logSegmentBytes: "the next segment is begun",
  logRetainEntries: "older entries are recycled",
  archiveTreeBytes: "trees are read again",
  archivePackBytes: "the next pack is begun",
  archiveMergedPackBytes: "packs are left as they are",
  archiveWaitMs: "TIMEOUT, which REST's tests reach with a service that waits",
  archiveLagEntries: "writers wait; test/core/writer.test.ts",
  applyLagEntries: "writers wait; test/core/by-key.test.ts",
  stateRingBytes: "writers wait; test/state/behind.test.ts",
  stateRecentBytes: "versions are read from the file; test/state/behind.test.ts",
  sqlSpoolMemoryBytes: "the rest goes to a file",
  stateCacheBytes: "pages are read again",
  stateWalBytes: "the write-ahead log is started over",
  stateStatements: "statements are prepared again",
  planCache: "texts are planned again",
  diskLowBytes: "test/crash/full-disk.test.ts",
  diskResumeBytes: "test/crash/full-disk.test.ts",
};

test("every limit is reached here, reached in the test of its room, or refuses nobody for the reason given", () => {
  const covered = new Set([...reachedHere, ...Object.keys(ELSEWHERE), ...Object.keys(SHAPES)]);
  expect(Object.keys(DEFAULT_LIMITS).filter((name) => !covered.has(name))).toEqual([]);
  for (const [name, file] of Object.entries(ELSEWHERE)) expect(readFileSync(join(ROOT, file), "utf8"), file).toContain(name);
});
