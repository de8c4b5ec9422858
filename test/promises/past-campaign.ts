// Promise 5, metamorphic: whatever is written later, an answer about the past stays the same bytes. Random writes on three
// doors, expiry, DROP TABLE and restores, between restarts, kills, rebuilds of the state and stock repacks; every answer about
// the past that was ever given is asked for again, at random meanwhile and all of them at the end.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import pg from "pg";
import { expect } from "vitest";
import { requireClient } from "../support/clients.ts";
import { type RunningServer, startServer } from "../support/ready-server.ts";
import { ROOT } from "../support/source.ts";

/** Segments are recycled and packs published and merged as often as can be, so that answers come from all of them. */
const RESTLESS = {
  CHRONDB_LIMITS_LOG_SEGMENT_BYTES: "65536",
  CHRONDB_LIMITS_LOG_RETAIN_ENTRIES: "20",
  CHRONDB_LIMITS_ARCHIVE_PACK_BYTES: "4096",
  CHRONDB_LIMITS_ARCHIVE_TREE_BYTES: "65536",
};

const KEYS = ["doc:a", "doc:b", "doc:ü/é", "item:1", "item:2", "gone:1", "plain", "hash:1", "brief:1", "brief:2"];
const OPERATIONS_A_LIFE = 40;
const QUESTIONS_A_LIFE = 20;
/** How long ago a time must be for its state to be asked for. */
const SURELY_PAST_MS = 100;

/** mulberry32: enough to choose with, and repeatable. */
function random(state: number): () => number {
  let a = state;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** One life of the server, with a client at each door. */
interface Doors {
  readonly server: RunningServer;
  readonly redis: Redis;
  readonly sql: pg.Client;
}

async function openDoors(dataDir: string): Promise<Doors> {
  const server = await startServer({ dataDir, env: RESTLESS, logLevel: "error" });
  const redis = new Redis({ port: server.redis, host: "127.0.0.1", retryStrategy: () => null, maxRetriesPerRequest: 0 });
  redis.on("error", () => undefined);
  const sql = new pg.Client({ port: server.pg, host: "127.0.0.1", user: "chrondb", database: "chrondb" });
  sql.on("error", () => undefined);
  await sql.connect();
  return { server, redis, sql };
}

/** A question about the past: asked of one door, answered with text that must never change. */
interface Question {
  readonly asks: string;
  ask(doors: Doors): Promise<string>;
}

/** A question about all versions up to now: later ones are added in front, so what was there must stay at the end. */
interface Recorded {
  readonly question: Question;
  readonly answer: string;
  readonly grows: boolean;
}

async function rest(doors: Doors, path: string, body?: unknown): Promise<{ status: number; text: string; headers: Headers }> {
  const answer = await fetch(`http://127.0.0.1:${doors.server.rest}${path}`, {
    headers: { "content-type": "application/json", "x-request-id": "the-same" },
    ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
  });
  return { status: answer.status, text: await answer.text(), headers: answer.headers };
}

/** Rows as the texts that PostgreSQL's protocol carried. */
async function rows(doors: Doors, text: string, values: readonly string[]): Promise<(string | null)[][]> {
  const verbatim = { getTypeParser: () => (value: string) => value };
  const { rows: found } = await doors.sql.query({ text, values: [...values], rowMode: "array", types: verbatim });
  return found as unknown as (string | null)[][];
}

/** What was asked for, or the refusal in its door's words: those must not change either. */
async function sqlAnswer(doors: Doors, text: string, values: readonly string[]): Promise<string> {
  try {
    return JSON.stringify(await rows(doors, text, values));
  } catch (thrown) {
    if (!(thrown instanceof Error) || !("code" in thrown) || !/^[0-9A-Z]{5}$/.test(String(thrown.code))) throw thrown;
    return `${String(thrown.code)} ${thrown.message}`;
  }
}

async function redisAnswer(doors: Doors, ...words: string[]): Promise<string> {
  const [name = "", ...args] = words;
  try {
    return JSON.stringify(await doors.redis.call(name, ...args));
  } catch (thrown) {
    if (!(thrown instanceof Error) || !/^(ERR|WRONGTYPE)/.test(thrown.message)) throw thrown;
    return thrown.message;
  }
}

function split(key: string): [table: string, id: string] {
  const colon = key.indexOf(":");
  return colon < 0 ? ["default", key] : [key.slice(0, colon), key.slice(colon + 1)];
}

function questionsAt(key: string, reference: string): Question[] {
  const [table, id] = split(key);
  const path = encodeURIComponent(key);
  const at = encodeURIComponent(reference);
  return [
    {
      asks: `REST get ${key} at ${reference}`,
      ask: async (doors) => {
        const { status, text, headers } = await rest(doors, `/api/v1/get/${path}?at=${at}`);
        return `${status} ${headers.get("x-chrondb-version")} ${text}`;
      },
    },
    {
      asks: `REST export ${table}: at ${reference}`,
      ask: async (doors) => {
        const { status, text } = await rest(doors, `/api/v1/documents?limit=1000&prefix=${encodeURIComponent(table)}&at=${at}`);
        return `${status} ${text}`;
      },
    },
    { asks: `CHRONDB.GETAT ${key} ${reference}`, ask: (doors) => redisAnswer(doors, "CHRONDB.GETAT", key, reference) },
    {
      asks: `chrondb_at(${key}, ${reference})`,
      ask: (doors) => sqlAnswer(doors, "SELECT data FROM chrondb_at($1, $2, $3)", [table, id, reference]),
    },
  ];
}

function questionsBetween(key: string, one: string, other: string): Question[] {
  const [table, id] = split(key);
  return [
    {
      asks: `chrondb_diff(${key}, ${one}, ${other})`,
      ask: (doors) =>
        sqlAnswer(doors, "SELECT added, removed, changed FROM chrondb_diff($1, $2, $3, $4)", [table, id, one, other]),
    },
    {
      asks: `REST diff ${key} ${one} ${other}`,
      ask: async (doors) => {
        const query = `t1=${encodeURIComponent(one)}&t2=${encodeURIComponent(other)}`;
        const { status, text } = await rest(doors, `/api/v1/documents/${encodeURIComponent(key)}/diff?${query}`);
        return `${status} ${text}`;
      },
    },
  ];
}

/** Histories: an answer is the list of versions, oldest first, as JSON. */
function histories(key: string): Question[] {
  const [table, id] = split(key);
  return [
    {
      asks: `REST history ${key}`,
      ask: async (doors) => {
        const { status, text } = await rest(doors, `/api/v1/history/${encodeURIComponent(key)}?limit=1000`);
        if (status === 404) return "[]";
        return JSON.stringify((JSON.parse(text) as { history: unknown[] }).history.reverse());
      },
    },
    {
      asks: `CHRONDB.HISTORY ${key}`,
      ask: async (doors) => {
        const versions = (await doors.redis.call("CHRONDB.HISTORY", key)) as unknown[] | null;
        return JSON.stringify((versions ?? []).reverse());
      },
    },
    {
      asks: `chrondb_history(${key})`,
      ask: async (doors) =>
        JSON.stringify(
          (await rows(doors, "SELECT commit_id, timestamp, committer, data FROM chrondb_history($1, $2)", [table, id])).reverse(),
        ),
    },
  ];
}

class Campaign {
  readonly #data: string;
  readonly #next: () => number;
  readonly #recorded: Recorded[] = [];
  /** References to states that exist. */
  readonly #references: string[] = [];
  #count = 0;
  #hasItem = false;

  constructor(data: string, seed: number) {
    this.#data = data;
    this.#next = random(seed);
  }

  #pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.#next() * from.length)] as T;
  }

  /** One random write. What the server refuses (a table that is gone, a wrong type) is an answer like others. */
  async write(doors: Doors): Promise<void> {
    const n = ++this.#count;
    const { redis } = doors;
    const sql = (text: string): Promise<unknown> => sqlAnswer(doors, text, []);
    const key = this.#pick(["doc:a", "doc:b", "doc:ü/é"]);
    const writes: (() => Promise<unknown>)[] = [
      async () => {
        const { headers } = await rest(doors, "/api/v1/save?wait=commit", { id: key, n, list: [n, "1.10"], [`f${n % 7}`]: true });
        const [version, commit] = [headers.get("x-chrondb-version"), headers.get("x-chrondb-commit")];
        if (version !== null && commit !== null) this.#references.push(version, this.#pick([commit, commit.slice(0, 12)]));
      },
      () =>
        rest(doors, "/api/v1/documents/import", [
          { id: "doc:a", n },
          { id: "doc:b", n },
          { id: "gone:1", n },
        ]),
      () => fetch(`http://127.0.0.1:${doors.server.rest}/api/v1/delete/${encodeURIComponent(key)}`, { method: "DELETE" }),
      () => redis.set("doc:a", `{"n" : ${n}, "big": 12345678901234567890}`),
      () => redis.set("plain", `text ${n}`),
      () => redis.set("brief:1", String(n), "PX", 5 + Math.floor(this.#next() * 60)),
      () => redis.set("brief:2", `{"n":${n}}`, "PX", 500),
      () => redis.del(this.#pick(["plain", "doc:b", "hash:1"])),
      () => redisAnswer(doors, "HSET", "hash:1", `f${n % 3}`, String(n)),
      () => redisAnswer(doors, "HINCRBY", "hash:1", "count", "1"),
      () => redis.multi().set("doc:b", `{"n":${n}}`).set("plain", String(n)).del("brief:1").exec(),
      () => sql(`INSERT INTO item (id, v, name) VALUES (${1 + (n % 2)}, ${n}, 'é ${n}') ON CONFLICT (id) DO UPDATE SET v = ${n}`),
      () => sql(`UPDATE item SET v = v + 1, price = ${n}.50`),
      () => sql(`UPDATE doc SET n = ${n}, extra = 'x' WHERE id = 'a'`),
      async () => {
        await sql(`BEGIN; UPDATE doc SET n = ${n}; DELETE FROM gone WHERE id = '1'; COMMIT`);
        // Where `gone` was never written, that left a failed transaction.
        await sql("ROLLBACK");
      },
      () => sql(`DELETE FROM item WHERE id = ${1 + (n % 2)}`),
      async () => {
        this.#hasItem = !this.#hasItem;
        const declared = `CREATE TABLE item (id int PRIMARY KEY, v int, name text DEFAULT 'new ${n}', price numeric(10,2))`;
        await sql(this.#hasItem ? declared : "DROP TABLE item");
      },
      async () => {
        const reference = this.#references.length === 0 ? "1" : this.#pick(this.#references);
        const [table, id] = split(key);
        const restores: (() => Promise<unknown>)[] = [
          () => rest(doors, `/api/v1/documents/${encodeURIComponent(key)}/restore`, { ref: reference }),
          () => redisAnswer(doors, "CHRONDB.RESTORE", key, reference),
          () => sqlAnswer(doors, "SELECT chrondb_restore($1, $2, $3)", [table, id, reference]),
        ];
        await this.#pick(restores)();
      },
    ];
    await this.#pick(writes)();
    if (this.#next() < 0.2) this.#references.push(`time:${new Date().toISOString()}`);
  }

  /** Asks something new about the past and keeps the answer. */
  async question(doors: Doors): Promise<void> {
    const key = this.#pick(KEYS);
    if (this.#references.length < 2) return;
    const reference = this.#pick(this.#references);
    // The server's clock runs on by itself: a time of just now may still lie in its future, and get writes.
    if (reference.startsWith("time:") && Date.parse(reference.slice(5)) > Date.now() - SURELY_PAST_MS) return;
    const kind = this.#next();
    const asked =
      kind < 0.6
        ? questionsAt(key, reference)
        : kind < 0.8
          ? questionsBetween(key, reference, this.#pick(this.#references.filter((one) => !one.startsWith("time:"))) ?? "1")
          : histories(key);
    for (const question of asked) this.#recorded.push({ question, answer: await question.ask(doors), grows: kind >= 0.8 });
  }

  /** Asks again what was answered before. */
  async again(doors: Doors, { question, answer, grows }: Recorded): Promise<void> {
    const now = await question.ask(doors);
    if (!grows) return expect(now, question.asks).toBe(answer);
    const before = JSON.parse(answer) as unknown[];
    expect(JSON.stringify((JSON.parse(now) as unknown[]).slice(0, before.length)), question.asks).toBe(answer);
  }

  /** Some of what was answered before. */
  async some(doors: Doors, count: number): Promise<void> {
    for (let at = 0; at < count && this.#recorded.length > 0; at++) await this.again(doors, this.#pick(this.#recorded));
  }

  async all(doors: Doors): Promise<number> {
    for (const recorded of this.#recorded) await this.again(doors, recorded);
    return this.#recorded.length;
  }

  async life(ending: Ending): Promise<void> {
    const doors = await openDoors(this.#data);
    try {
      await this.some(doors, 20);
      for (let at = 0; at < OPERATIONS_A_LIFE; at++) {
        await this.write(doors);
        if (at % Math.ceil(OPERATIONS_A_LIFE / QUESTIONS_A_LIFE) === 0) await this.question(doors);
        if (at % 10 === 0) await this.some(doors, 5);
      }
      if (ending === "kill") {
        // In the middle of writes that nobody has been answered yet.
        const under = Array.from({ length: 20 }, () => this.write(doors).catch(() => undefined));
        await doors.server.kill("SIGKILL");
        await Promise.all(under);
      }
    } finally {
      doors.redis.disconnect();
      await doors.sql.end().catch(() => undefined);
      if (ending !== "kill") await doors.server.stop();
    }
    const data = this.#data;
    if (ending === "rebuild") execFileSync("sh", [join(ROOT, "bin/chrondb"), "rebuild", "--data-dir", data], { stdio: "pipe" });
    if (ending === "repack") execFileSync("git", ["--git-dir", data, "repack", "-a", "-d", "-q"], { stdio: "pipe" });
  }
}

const ENDINGS = ["kill", "rebuild", "repack", "kill", "stop"] as const;
type Ending = (typeof ENDINGS)[number];

/** `lives` servers one after another on one directory; answers how many answers were kept and found unchanged. */
export async function pastCampaign(lives: number, seed: number): Promise<number> {
  requireClient("git");
  const scratch = mkdtempSync(join(tmpdir(), "chrondb-past-"));
  try {
    const data = join(scratch, "data");
    const campaign = new Campaign(data, seed);
    for (let life = 0; life < lives; life++) await campaign.life(ENDINGS[life % ENDINGS.length] ?? "stop");
    const doors = await openDoors(data);
    try {
      return await campaign.all(doors);
    } finally {
      doors.redis.disconnect();
      await doors.sql.end();
      await doors.server.stop();
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
