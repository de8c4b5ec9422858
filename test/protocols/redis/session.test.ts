// What a connection does with requests: order, transactions, what a write leaves in the log.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Entry } from "../../../src/log/entry.ts";
import type { Value } from "./replies.ts";
import { type Client, type DoorRoom, openDoor } from "./room.ts";

const OK = { status: "OK" };
const QUEUED = { status: "QUEUED" };

let room: DoorRoom;
let client: Client;
beforeAll(async () => {
  room = await openDoor({ slowMs: 60_000 });
});
afterAll(() => room.close());
beforeEach(async () => {
  client = await room.connect();
  await client.call("FLUSHALL");
  return () => client.close();
});

/** Entries written while `work` ran. */
async function entriesOf(work: () => Promise<unknown>): Promise<Entry[]> {
  const before = room.room.log.last.sequence;
  await work();
  return [...room.room.log.read(before)];
}

describe("what a write leaves", () => {
  test("one entry with the words of the note, without values", async () => {
    const [entry, ...more] = await entriesOf(() => client.call("SET", "user:1", '{"secret":"s3cret"}', "EX", "100"));
    expect(more).toEqual([]);
    expect(entry?.head).toMatchObject({
      operation: "save-document",
      message: "Save document",
      origin: "redis",
      flags: [],
      branch: "main",
    });
    expect(JSON.parse(entry?.head.metadata ?? "")).toEqual({ command: "SET", "arg-count": 4, key: "user:1" });
    expect(entry?.effects).toMatchObject([{ op: "put", table: "user", id: "1", kind: 0, body: '{"secret":"s3cret"}' }]);
  });

  test("DEL is flagged, and its note counts the keys", async () => {
    await client.call("MSET", "a", "1", "b", "2");
    const [entry] = await entriesOf(() => client.call("DEL", "a", "b"));
    expect(entry?.head).toMatchObject({ operation: "delete-document", message: "Delete document", flags: ["delete"] });
    expect(JSON.parse(entry?.head.metadata ?? "")).toEqual({ command: "DEL", "arg-count": 2, key: "a", "key-count": 2 });
  });

  test("what changes nothing leaves nothing", async () => {
    await client.call("SET", "a", "1");
    const entries = await entriesOf(async () => {
      await client.call("SET", "a", "2", "NX");
      await client.call("DEL", "none");
      await client.call("EXPIRE", "none", "10");
      await client.call("INCR", "h\xff");
      await client.call("SET", "b", "1", "EX", "0");
    });
    expect(entries.length).toBe(1);
  });

  test("MULTI/EXEC is one entry, and errors inside do not undo the rest", async () => {
    const entries = await entriesOf(() =>
      client.pipeline(["MULTI"], ["SET", "a", "x"], ["INCR", "a"], ["HSET", "h", "f", "v"], ["DEL", "a"], ["EXEC"]),
    );
    expect(entries.length).toBe(1);
    expect(entries[0]?.head).toMatchObject({
      operation: "transaction",
      message: "Transaction of 4 Redis commands",
      flags: ["delete"],
    });
    expect(JSON.parse(entries[0]?.head.metadata ?? "")).toEqual({
      command: "EXEC",
      "arg-count": 0,
      "command-count": 4,
      commands: ["SET", "INCR", "HSET", "DEL"],
    });
    expect(await client.call("HGET", "h", "f")).toBe("v");
  });

  test("a command that fails half-way undoes the whole transaction", async () => {
    const replies = await client.pipeline(["MULTI"], ["SET", "a", "1"], ["MSET", "b", "2", "", "3"], ["EXEC"]);
    expect(replies[3]).toEqual({
      error:
        "EXECABORT Transaction discarded because command 2 ('mset') failed half-way: ERR The id is empty; an id is 1 to 1,024 bytes.",
    });
    expect(await client.call("EXISTS", "a", "b")).toBe(0);
  });

  test("FLUSHALL of many keys is one entry", async () => {
    for (let from = 0; from < 1_000; from += 500) {
      await client.call("MSET", ...Array.from({ length: 500 }, (_, index) => [`k${from + index}`, "v"]).flat());
    }
    const entries = await entriesOf(() => client.call("FLUSHALL"));
    expect(entries.length).toBe(1);
    expect(entries[0]?.effects.length).toBe(1_000);
    expect(await client.call("DBSIZE")).toBe(0);
  });

  test("a hash is a document of kind 2 with its fields as members", async () => {
    const [entry] = await entriesOf(() => client.call("HSET", "user:2", "name", "Jane", "age", "3"));
    expect(entry?.effects).toMatchObject([{ op: "put", table: "user", id: "2", kind: 2, body: '{"name":"Jane","age":"3"}' }]);
  });
});

describe("pipelines", () => {
  test("replies keep the order, a read sees the writes before it, and writes share groups", async () => {
    const before = room.room.events.names.filter((name) => name === "groupWritten").length;
    const commands = Array.from({ length: 300 }, (_, index) =>
      index % 50 === 49 ? ["GET", "n"] : index % 7 === 0 ? ["PING", String(index)] : ["INCR", "n"],
    );
    const replies = await client.pipeline(...commands);
    let counted = 0;
    for (const [index, [name]] of commands.entries()) {
      if (name === "INCR") expect(replies[index]).toBe(++counted);
      else expect(replies[index]).toBe(name === "GET" ? String(counted) : String(index));
    }
    const groups = room.room.events.names.filter((name) => name === "groupWritten").length - before;
    expect(groups).toBeLessThan(counted / 5);
  });

  test("requests cut into single bytes", async () => {
    for (const byte of Buffer.from("*3\r\n$3\r\nSET\r\n$1\r\na\r\n$5\r\nh\r\nlo\r\nGET a\r\n")) client.send(Buffer.from([byte]));
    expect(await client.reply()).toEqual(OK);
    expect(await client.reply()).toBe("h\r\nlo");
  });

  test("more than the pipeline depth waits unread and is answered all the same", async () => {
    const shallow = await openDoor({ limits: { redisPipelineDepth: 10 } });
    const other = await shallow.connect();
    const replies = await other.pipeline(...Array.from({ length: 500 }, () => ["INCR", "n"]));
    expect(replies).toEqual(Array.from({ length: 500 }, (_, index) => index + 1));
    other.close();
    await shallow.close();
  });
});

describe("transactions between connections", () => {
  test("a watched key that another connection changes aborts", async () => {
    const other = await room.connect();
    await client.call("SET", "a", "1");
    expect(await client.call("WATCH", "a")).toEqual(OK);
    await other.call("SET", "a", "2");
    expect(await client.pipeline(["MULTI"], ["SET", "a", "3"], ["EXEC"])).toEqual([OK, QUEUED, null]);
    expect(await client.call("GET", "a")).toBe("2");
    other.close();
  });

  test("a watched key that expires aborts", async () => {
    // On a slow machine the key may be gone before it is watched: then again.
    for (;;) {
      const [, , left] = await client.pipeline(["SET", "a", "1", "PX", "150"], ["WATCH", "a"], ["PTTL", "a"]);
      if (Number(left) > 0) break;
      await client.call("UNWATCH");
    }
    await expect.poll(() => client.call("EXISTS", "a")).toBe(0);
    expect(await client.pipeline(["MULTI"], ["PING"], ["EXEC"])).toEqual([OK, QUEUED, null]);
  });

  test("connection commands inside a transaction answer in their places", async () => {
    const replies = await client.pipeline(
      ["MULTI"],
      ["CLIENT", "SETNAME", "bob"],
      ["SET", "a", "1"],
      ["CLIENT", "GETNAME"],
      ["EXEC"],
    );
    expect(replies[4]).toEqual([OK, OK, "bob"]);
  });

  test("what is queued has a limit", async () => {
    const small = await openDoor({ limits: { redisQueuedCommands: 2 } });
    const other = await small.connect();
    const replies = await other.pipeline(
      ["MULTI"],
      ["SET", "a", "1"],
      ["SET", "a", "2"],
      ["SET", "a", "3"],
      ["EXEC"],
      ["GET", "a"],
    );
    expect(JSON.stringify(replies[3])).toContain("redisQueuedCommands");
    expect(replies[4]).toEqual({ error: "EXECABORT Transaction discarded because of previous errors." });
    expect(replies[5]).toBeNull();
    expect(small.events.names).toContain("limitReached:redisQueuedCommands");
    other.close();
    await small.close();
  });

  test("what is watched has a limit", async () => {
    const small = await openDoor({ limits: { redisWatchedKeys: 2 } });
    const other = await small.connect();
    expect(await other.call("WATCH", "a", "b")).toEqual(OK);
    expect(JSON.stringify(await other.call("WATCH", "c"))).toContain("redisWatchedKeys");
    other.close();
    await small.close();
  });
});

describe("connections", () => {
  test("RESP3 is one connection's choice", async () => {
    const other = await room.connect();
    await other.call("HELLO", "3");
    await client.call("HSET", "h", "f", "v");
    expect(await other.call("HGETALL", "h")).toEqual({ map: ["f", "v"] });
    expect(await client.call("HGETALL", "h")).toEqual(["f", "v"]);
    other.close();
  });

  test("CLIENT REPLY OFF, ON and SKIP", async () => {
    client.send("CLIENT REPLY OFF\r\nSET a 1\r\nPING\r\nCLIENT REPLY ON\r\nCLIENT REPLY SKIP\r\nSET b 2\r\nPING\r\nGET b\r\n");
    expect(await client.reply()).toEqual(OK);
    expect(await client.reply()).toEqual({ status: "PONG" });
    expect(await client.reply()).toBe("2");
  });

  test("CLIENT KILL closes another connection, and its own after the reply", async () => {
    const other = await room.connect();
    const id = await other.call("CLIENT", "ID");
    expect(await client.call("CLIENT", "KILL", "ID", String(id))).toBe(1);
    expect(await other.rest()).toBe("");
    const own = await client.call("CLIENT", "ID");
    expect(await client.call("CLIENT", "KILL", "ID", String(own), "SKIPME", "no")).toBe(1);
    expect(await client.rest()).toBe("");
  });

  test("QUIT answers what came before it, and nothing after", async () => {
    client.send("SET a 1\r\nQUIT\r\nSET a 2\r\n");
    expect(await client.rest()).toBe("+OK\r\n+OK\r\n");
    const other = await room.connect();
    expect(await other.call("GET", "a")).toBe("1");
    other.close();
  });

  test("a client that closes its half still gets its replies", async () => {
    client.send("SET a 1\r\nGET a\r\n");
    client.socket.end();
    expect(await client.rest()).toBe("+OK\r\n$1\r\n1\r\n");
  });

  test("a refused command names itself and the reason", async () => {
    for (const [line, text] of [
      ["CLUSTER INFO", "ERR This instance has cluster support disabled"],
      [
        "CLIENT TRACKING ON",
        "ERR CLIENT TRACKING is not supported: the server does not tell clients which keys changed, so they must not cache",
      ],
      ["MODULE LIST", "ERR MODULE is not supported: ChronDB does not load Redis modules"],
    ] as const) {
      expect(await client.call(...line.split(" "))).toEqual({ error: text });
    }
  });

  test("the slow log holds no values", async () => {
    const slow = await openDoor({ slowMs: 0 });
    const other = await slow.connect();
    await other.call("SET", "user:1", "s3cret");
    await other.call("GET", "user:1");
    const log = JSON.stringify(await other.call("SLOWLOG", "GET"));
    expect(log).toContain('"SET","user:1","... (1 more arguments)"');
    expect(log).not.toContain("s3cret");
    expect(slow.events.names).toContain("slow");
    await other.call("SLOWLOG", "RESET");
    expect(await other.call("SLOWLOG", "LEN")).toBe(0);
    other.close();
    await slow.close();
  });
});

describe("walking keys", () => {
  test("SCAN over connections and changes answers every key that stays", async () => {
    const stays = Array.from({ length: 300 }, (_, index) =>
      index % 3 === 0 ? `user:${index}` : index % 3 === 1 ? `plain${index}` : `cart:${index}`,
    );
    await client.call("MSET", ...stays.flatMap((key) => [key, "v"]));
    const seen = new Set<string>();
    let cursor = "0";
    let turn = 0;
    do {
      const other = await room.connect();
      const reply = (await other.call("SCAN", cursor, "COUNT", "17")) as readonly [string, readonly string[]];
      for (const key of reply[1]) seen.add(key);
      cursor = reply[0];
      await other.call("SET", `new${turn++}`, "v");
      other.close();
    } while (cursor !== "0");
    for (const key of stays) expect(seen.has(key)).toBe(true);
  });

  test("a pattern within one table walks it by cursor too", async () => {
    await client.call("MSET", ...Array.from({ length: 100 }, (_, index) => [`user:${index}`, "v"]).flat(), "other:1", "v");
    const seen: string[] = [];
    let cursor = "0";
    do {
      const reply = (await client.call("SCAN", cursor, "MATCH", "user:1*", "COUNT", "3")) as readonly [string, readonly string[]];
      seen.push(...reply[1]);
      cursor = reply[0];
    } while (cursor !== "0");
    expect(seen.sort()).toEqual(["user:1", ...Array.from({ length: 10 }, (_, index) => `user:1${index}`)].sort());
  });

  test("KEYS over several slices", async () => {
    for (let from = 0; from < 2_500; from += 500) {
      await client.call("MSET", ...Array.from({ length: 500 }, (_, index) => [`k${from + index}`, "v"]).flat());
    }
    const [keys, pong] = (await client.pipeline(["KEYS", "k*"], ["PING"])) as [readonly Value[], Value];
    expect(keys.length).toBe(2_500);
    expect(pong).toEqual({ status: "PONG" });
  });
});

describe("the past", () => {
  test("history, a past value, and putting it back", async () => {
    await client.call("SET", "user:1", "first", "PX", "3600000");
    const [[first]] = [(await client.call("CHRONDB.HISTORY", "user:1")) as readonly Value[][]];
    const at = (name: string): Value => first?.[first.indexOf(name) + 1] ?? null;
    expect(at("origin")).toBe("redis");
    expect(at("message")).toBe("Save document");
    const sequence = String(at("sequence"));
    await client.call("SET", "user:1", '{"n":2}');
    await client.call("DEL", "user:1");
    expect(await client.call("CHRONDB.GETAT", "user:1", sequence)).toBe("first");
    expect(await client.call("CHRONDB.GETAT", "user:1", `time:${String(at("time"))}`)).toBe("first");
    const [entry] = await entriesOf(() => client.call("CHRONDB.RESTORE", "user:1", sequence));
    expect(entry?.head).toMatchObject({ operation: "restore-document", flags: ["rollback"] });
    expect(await client.call("GET", "user:1")).toBe("first");
    expect(await client.call("TTL", "user:1")).toBe(-1);
  });

  test("an expired key is gone for readers and was there in the past", async () => {
    await client.call("SET", "a", "1", "PX", "30");
    const sequence = room.room.log.last.sequence;
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(await client.pipeline(["GET", "a"], ["EXISTS", "a"], ["TTL", "a"], ["KEYS", "a"], ["DBSIZE"])).toEqual([
      null,
      0,
      -2,
      [],
      0,
    ]);
    expect(await client.call("CHRONDB.GETAT", "a", String(sequence))).toBe("1");
  });
});
