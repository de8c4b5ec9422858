// The same commands to a real Redis 7 and to the Redis door; the replies must be the same. First a table of what people write
// and get wrong, then raw bytes, then random sequences that fast-check shrinks on a difference.
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { splitInline } from "../../src/protocols/redis/resp/inline.ts";
import type { Value } from "../protocols/redis/replies.ts";
import { Client, type DoorRoom, openDoor } from "../protocols/redis/room.ts";
import { hasClient } from "../support/clients.ts";
import { type RealRedis, startRedis } from "../support/redis-server.ts";
import { TABLE } from "./redis-table.ts";

type Arg = string | Buffer;

/** Times of a key that two servers reach a moment apart: compared to within this many milliseconds. */
const TOLERANCE_MS = 2_500;

describe.skipIf(!hasClient("redis-server"))("beside a real Redis", () => {
  let redis: RealRedis;
  let room: DoorRoom;

  beforeAll(async () => {
    const started = await startRedis();
    if (started === null) throw new Error("redis-server is installed but did not start");
    redis = started;
    room = await openDoor({ slowMs: 60_000 });
  });
  afterAll(async () => {
    await room.close();
    await redis.stop();
  });
  beforeEach(async () => {
    for (const port of [redis.port, room.door.port]) {
      const client = await Client.connect(port);
      await client.call("FLUSHALL");
      client.close();
    }
  });

  for (const [title, lines] of Object.entries(TABLE)) {
    for (const protocol of ["2", "3"]) {
      test(`${title}, RESP${protocol}`, async () => {
        const [judge, ours] = [await Client.connect(redis.port), await Client.connect(room.door.port)];
        for (const client of [judge, ours]) await client.call("HELLO", protocol);
        for (const line of lines) {
          const args = splitInline(Buffer.from(line));
          if (args === undefined) throw new Error(`The table's line does not parse: ${line}`);
          const [expected, got] = [await judge.call(...args), await ours.call(...args)];
          expect({ line, reply: comparable(args, got, expected) }).toEqual({ line, reply: comparable(args, expected, expected) });
        }
        judge.close();
        ours.close();
      });
    }
  }

  /** Bytes that break the protocol, or nearly; the answers up to the close must be the same bytes. */
  const RAW: Readonly<Record<string, string>> = {
    "unbalanced quotes": 'SET a "x\r\n',
    "quotes in the middle of a word": 'SET a "x"y\r\n',
    "inline escapes": "SET a \"\\x41\\n\\\"b\"\r\nGET a\r\nSET b 'it\\'s'\r\nGET b\r\n",
    "empty lines": "\r\n\r\n\nPING\r\n\nPING\n",
    "an array that is no number": "*a\r\n",
    "an empty array": "*0\r\n*-1\r\nPING\r\n",
    "an array without end": "*99999999999999999999\r\n",
    "no dollar": "*1\r\n+a\r\n",
    "a negative bulk": "*1\r\n$-1\r\n",
    "a bulk that is no number": "*1\r\n$x\r\n",
    "a bulk that is too long": "*1\r\n$99999999999\r\n",
    "a bulk with leading zeros": "*1\r\n$04\r\nPING\r\n",
    "an array with leading zeros": "*01\r\n$4\r\nPING\r\n",
    "commands and then garbage": "*1\r\n$4\r\nPING\r\n*1\r\n!\r\n*1\r\n$4\r\nPING\r\n",
  };
  for (const [title, bytes] of Object.entries(RAW)) {
    test(`raw bytes: ${title}`, async () => {
      const answers: string[] = [];
      for (const port of [redis.port, room.door.port]) {
        const client = await Client.connect(port);
        client.send(bytes);
        // An end, not a QUIT: bytes left unread would make the close a reset, which may take the last reply with it.
        client.socket.end();
        answers.push(await client.rest());
      }
      expect(answers[1]).toBe(answers[0]);
    });
  }

  test("random sequences, pipelined", async () => {
    const one = async (protocol: "2" | "3", commands: readonly (readonly Arg[])[]): Promise<void> => {
      const [judge, ours] = [await Client.connect(redis.port), await Client.connect(room.door.port)];
      for (const client of [judge, ours]) await client.pipeline(["FLUSHALL"], ["HELLO", protocol]);
      const [expected, got] = [await judge.pipeline(...commands), await ours.pipeline(...commands)];
      judge.close();
      ours.close();
      const shown = commands.map((command, index) => {
        const [theirs, mine] = [expected[index] ?? null, got[index] ?? null];
        return {
          command: command.map(String).join(" "),
          theirs: comparable(command, theirs, theirs),
          mine: comparable(command, mine, theirs),
        };
      });
      for (const { command, theirs, mine } of shown) expect({ command, reply: mine }).toEqual({ command, reply: theirs });
    };
    await fc.assert(fc.asyncProperty(fc.constantFrom("2", "3"), fc.array(command(), { minLength: 1, maxLength: 60 }), one), {
      numRuns: Number(process.env["CHRONDB_TEST_RUNS"] ?? 60),
    });
  });
});

/** A reply with what may differ taken out: the order of keys, the last milliseconds of a time, cursors. */
function comparable(args: readonly Arg[], reply: Value, expected: Value): Value {
  const name = String(args[0]).toUpperCase();
  if (name === "KEYS" && Array.isArray(reply)) return sorted(reply);
  if (name === "SCAN" && Array.isArray(reply) && Array.isArray(reply[1])) return sorted(reply[1]);
  const unit = name === "TTL" || name === "EXPIRETIME" ? 1000 : name === "PTTL" || name === "PEXPIRETIME" ? 1 : 0;
  if (
    unit > 0 &&
    typeof reply === "number" &&
    typeof expected === "number" &&
    Math.abs(reply - expected) * unit <= TOLERANCE_MS
  ) {
    return expected;
  }
  // In a transaction, which reply is a time or a list of keys cannot be told from its place alone.
  if (name === "EXEC" && Array.isArray(reply) && Array.isArray(expected)) {
    return reply.map((item: Value, index) => {
      const other: Value = expected[index] ?? null;
      const near =
        typeof item === "number" && typeof other === "number" && item > 1_000 && Math.abs(item - other) <= TOLERANCE_MS;
      return near ? other : unordered(item);
    });
  }
  return reply;
}

/** Lists within a reply in one order. */
function unordered(reply: Value): Value {
  return Array.isArray(reply) ? sorted(reply.map(unordered)) : reply;
}

function sorted(values: readonly Value[]): Value {
  return [...values].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

/** One random command over few keys and fields, so that commands meet each other's values. */
function command(): fc.Arbitrary<readonly Arg[]> {
  const key = fc.constantFrom("a", "b", "user:1", "user:2", "x:y:z", ":odd", "odd:", "default:q", "\u00e9t\u00e9", "with space");
  // Documents are strings to Redis and field collections here too, so hash commands keep away from their keys.
  const documentKey = fc.constantFrom("doc:1", "doc:2");
  const field = fc.constantFrom("f", "g", "", "\\x41", "\u00fc", "n");
  const text = fc.constantFrom(
    "",
    "x",
    "hello world",
    "10",
    "-7",
    "007",
    "3.5",
    "1e3",
    " 1",
    "9223372036854775807",
    "-9223372036854775808",
    "a\r\nb",
    "\u20ac",
    "nan",
    "inf",
    "{}x",
  );
  const binary = fc.uint8Array({ maxLength: 5 }).map((bytes) => Buffer.from(bytes));
  const value: fc.Arbitrary<Arg> = fc.oneof({ weight: 4, arbitrary: text }, { weight: 1, arbitrary: binary });
  const whole = fc.constantFrom("0", "1", "-1", "5", "100", "9223372036854775807", "-9223372036854775808", "x", "1.5", "");
  // Whole numbers, since any value may have 64 bits already: with a fraction too Redis shows the rounding of its long double
  // (1000.09999999999999998), and this server does not.
  const decimal = fc.constantFrom("0", "1", "-15", "1e2", "3.0e3", "abc", "inf", "nan", "1e5000", "");
  const seconds = fc.constantFrom("100", "5000", "0", "-1", "x", "9223372036854775807");
  const future = fc.constantFrom("4102444800", "4102444801");
  const word = fc.constantFrom("NX", "XX", "GET", "KEEPTTL", "FOO");
  const words = (
    ...parts: readonly (string | fc.Arbitrary<Arg> | fc.Arbitrary<readonly Arg[]>)[]
  ): fc.Arbitrary<readonly Arg[]> =>
    fc
      .tuple(
        ...parts.map((part) =>
          typeof part === "string" ? fc.constant<Arg | readonly Arg[]>(part) : (part as fc.Arbitrary<Arg | readonly Arg[]>),
        ),
      )
      .map((made) => made.flatMap((each) => (Array.isArray(each) ? (each as Arg[]) : [each as Arg])));
  const many = (item: fc.Arbitrary<Arg>, max = 3): fc.Arbitrary<readonly Arg[]> =>
    fc.array(item, { minLength: 0, maxLength: max });
  const optional = (...options: readonly fc.Arbitrary<readonly Arg[]>[]): fc.Arbitrary<readonly Arg[]> =>
    fc.oneof(fc.constant<readonly Arg[]>([]), ...options);
  const document = fc.constantFrom('{"a":1}', '{"a":"b","c":[1,2]}', '{ "loose" : 1.10 }', '{"a":1,"a":2}', "{", "[1]");
  const expiry = optional(
    words(fc.constantFrom("EX", "PX", "ex"), seconds),
    words("EXAT", future),
    words("PXAT", fc.constantFrom("4102444800000", "0", "x")),
  );
  const strings = fc.oneof(
    words("GET", key),
    words("SET", key, value),
    words("SET", key, value, expiry, many(word, 2)),
    words("SETEX", key, seconds, value),
    words("PSETEX", key, fc.constantFrom("100000", "0", "x"), value),
    words("SETNX", key, value),
    words("MGET", many(key)),
    words("MSET", many(key, 4)),
    words("MSETNX", key, value, key, value),
    words("GETSET", key, value),
    words("GETDEL", key),
    words("GETEX", key, optional(words("PERSIST"), words(fc.constantFrom("EX", "PX"), seconds), words("FOO"))),
    words("APPEND", key, value),
    words("STRLEN", key),
    words(fc.constantFrom<Arg>("INCR", "DECR"), key),
    words(fc.constantFrom<Arg>("INCRBY", "DECRBY"), key, whole),
    words("INCRBYFLOAT", key, decimal),
    words("SET", documentKey, document),
    words("GET", documentKey),
    words("APPEND", documentKey, value),
    words("STRLEN", documentKey),
    words("GETSET", documentKey, document),
  );
  const keys = fc.oneof(
    words(fc.constantFrom<Arg>("DEL", "UNLINK", "EXISTS"), many(fc.oneof(key, documentKey))),
    words("TYPE", fc.oneof(key, documentKey)),
    words(fc.constantFrom<Arg>("EXPIRE", "PEXPIRE"), key, seconds, many(fc.constantFrom("NX", "XX", "GT", "LT", "FOO"), 2)),
    words(fc.constantFrom<Arg>("EXPIREAT"), key, future, many(fc.constantFrom("NX", "XX", "GT", "LT"), 1)),
    words(fc.constantFrom<Arg>("TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME", "PERSIST"), key),
    words("KEYS", fc.constantFrom("*", "user:*", "?", "*\\ *", "[ab]", "[^a]", "user:[12]", "d*", "")),
    words(
      "SCAN",
      "0",
      "COUNT",
      "1000",
      optional(words("MATCH", fc.constantFrom("user:*", "*", "x:y:*")), words("TYPE", fc.constantFrom("string", "hash", "list"))),
    ),
    words("DBSIZE"),
    words("FLUSHALL", optional(words(fc.constantFrom("ASYNC", "SYNC", "FOO")))),
  );
  const hashes = fc.oneof(
    words("HSET", key, field, value, optional(words(field, value))),
    words("HSET", key, field),
    words("HMSET", key, field, value, many(field, 1)),
    words("HSETNX", key, field, value),
    words(fc.constantFrom<Arg>("HGET", "HEXISTS", "HSTRLEN"), key, field),
    words("HMGET", key, many(field)),
    words(fc.constantFrom<Arg>("HGETALL", "HKEYS", "HVALS", "HLEN"), key),
    words("HDEL", key, many(field)),
    words("HINCRBY", key, field, whole),
    words("HINCRBYFLOAT", key, field, decimal),
    words("HSCAN", key, fc.constantFrom("0", "x"), optional(words("MATCH", fc.constantFrom("*", "f*")), words("COUNT", whole))),
  );
  const transactions = fc.oneof(
    words("MULTI"),
    words("MULTI"),
    words("EXEC"),
    words("EXEC"),
    words("DISCARD"),
    words("WATCH", key),
    words("UNWATCH"),
    words("PING"),
    words("ECHO", value),
    words("SELECT", "0"),
    words("NOSUCH", many(fc.constantFrom("a", "b c"))),
    words("GET"),
  );
  return fc.oneof(
    { weight: 5, arbitrary: strings },
    { weight: 4, arbitrary: keys },
    { weight: 5, arbitrary: hashes },
    { weight: 3, arbitrary: transactions },
  );
}
