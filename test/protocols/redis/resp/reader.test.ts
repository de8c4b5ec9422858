import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DEFAULT_LIMITS, type Limits } from "../../../../src/base/limits.ts";
import { RequestReader } from "../../../../src/protocols/redis/resp/reader.ts";
import { request } from "../room.ts";

/** Small limits, so that tests reach them. */
const LIMITS: Limits = {
  ...DEFAULT_LIMITS,
  redisBulkBytes: 100_000,
  redisMultibulkElements: 100,
  redisRequestBytes: 300_000,
  redisInlineBytes: 1_000,
};

interface Read {
  readonly requests: string[][];
  readonly problem: string | null;
}

/** Everything a reader makes of some chunks, as Latin-1 words. */
function read(chunks: readonly Buffer[], authenticated = true): Read {
  const reader = new RequestReader(LIMITS);
  reader.authenticated = authenticated;
  const requests: string[][] = [];
  for (const chunk of chunks) {
    reader.push(chunk);
    for (;;) {
      const next = reader.next();
      if (next === undefined) break;
      requests.push([next.name, ...next.args.map((arg) => arg.toString("latin1"))]);
    }
  }
  return { requests, problem: reader.problem?.text ?? null };
}

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");

describe("well-formed", () => {
  test.each([
    ["*1\r\n$4\r\nPING\r\n", [["PING"]]],
    ["*2\r\n$4\r\nECHO\r\n$0\r\n\r\n", [["ECHO", ""]]],
    ["*2\r\n$0\r\n\r\n$1\r\na\r\n", [["", "a"]]],
    ["*0\r\n*-1\r\nPING\r\n", [["PING"]]],
    ["PING\n\r\n  set  a 'b c'  \r\n", [["PING"], ["set", "a", "b c"]]],
    ['SET a "\\x00\\xff\\n\\q"\r\n', [["SET", "a", "\x00\xff\nq"]]],
    ["*2\r\n$3\r\nGET\r\n$4\r\n\r\n\r\n\r\n", [["GET", "\r\n\r\n"]]],
  ])("%j", (input, expected) => {
    expect(read([bytes(input)])).toEqual({ requests: expected, problem: null });
  });
});

describe("ill-formed", () => {
  test.each([
    ["*a\r\n", "ERR Protocol error: invalid multibulk length"],
    ["*101\r\n", "ERR Protocol error: invalid multibulk length"],
    ["*01\r\n", "ERR Protocol error: invalid multibulk length"],
    ["*99999999999999999999\r\n", "ERR Protocol error: invalid multibulk length"],
    ["*1\r\n+a\r\n", "ERR Protocol error: expected '$', got '+'"],
    ["*1\r\n$-1\r\n", "ERR Protocol error: invalid bulk length"],
    ["*1\r\n$100001\r\n", "ERR Protocol error: invalid bulk length"],
    ["*1\r\n$1e3\r\n", "ERR Protocol error: invalid bulk length"],
    ["*1\r\n$1\r\nabc", "ERR Protocol error: a bulk string does not end with CR LF"],
    ['SET a "x\r\n', "ERR Protocol error: unbalanced quotes in request"],
    ["SET a 'x'y\r\n", "ERR Protocol error: unbalanced quotes in request"],
    ["x".repeat(1_001), "ERR Protocol error: too big inline request"],
    [`${"x".repeat(1_001)}\r\n`, "ERR Protocol error: too big inline request"],
    [`*${"1".repeat(1_001)}`, "ERR Protocol error: too big mbulk count string"],
    [`*1\r\n$${"1".repeat(1_001)}`, "ERR Protocol error: too big bulk count string"],
    [
      "GET / HTTP/1.1\r\nHost: a\r\n",
      "ERR An HTTP request arrived at the Redis port, which speaks RESP without TLS; send it to the REST port.",
    ],
    [
      "POST / HTTP/1.1\r\n",
      "ERR An HTTP request arrived at the Redis port, which speaks RESP without TLS; send it to the REST port.",
    ],
    [
      "Host: example\r\n",
      "ERR An HTTP request arrived at the Redis port, which speaks RESP without TLS; send it to the REST port.",
    ],
    [
      "\x16\x03\x01\x02\x00\x01",
      "ERR A TLS handshake arrived at the Redis port, which speaks RESP without TLS; connect without TLS.",
    ],
  ])("%j", (input, problem) => {
    expect(read([bytes(input)]).problem).toBe(problem);
    expect(read([...bytes(input)].map((byte) => Buffer.from([byte]))).problem).toBe(problem);
  });

  test("nothing after a problem is read", () => {
    expect(read([bytes("PING\r\n*1\r\n!\r\nPING\r\n")])).toEqual({
      requests: [["PING"]],
      problem: "ERR Protocol error: expected '$', got '!'",
    });
  });

  test("a request's arguments together have a limit too", () => {
    const big = Buffer.alloc(100_000, "x");
    expect(read([request("MSET", big, big, big)]).problem).toBe(
      "ERR Protocol error: too big request, more than 300000 bytes (limit redisRequestBytes)",
    );
  });

  test("before authentication the limits are Redis's lower ones", () => {
    expect(read([bytes("*11\r\n")], false).problem).toBe("ERR Protocol error: unauthenticated multibulk length");
    expect(read([bytes("*1\r\n$16385\r\n")], false).problem).toBe("ERR Protocol error: unauthenticated bulk length");
    expect(read([bytes("*2\r\n$4\r\nAUTH\r\n$1\r\na\r\n")], false).requests).toEqual([["AUTH", "a"]]);
  });
});

test("memory follows what has arrived, not what was announced", () => {
  const reader = new RequestReader(LIMITS);
  reader.push(bytes("*2\r\n$3\r\nSET\r\n$100000\r\nabc"));
  expect(reader.next()).toBeUndefined();
  expect(reader.held).toBeLessThan(100);
  expect(reader.halfway).toBe(true);
});

/** Cuts a buffer at places that may fall anywhere. */
function cut(whole: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...new Set(places.map((place) => place % (whole.length + 1)))].sort((a, b) => a - b);
  const chunks: Buffer[] = [];
  let from = 0;
  for (const end of [...ends, whole.length]) {
    // A copy, as the socket's chunks do not share memory.
    chunks.push(Buffer.from(whole.subarray(from, end)));
    from = end;
  }
  return chunks;
}

test("any requests, cut anywhere, are read as they were written", () => {
  const arg = fc
    .oneof(fc.uint8Array({ maxLength: 20 }), fc.uint8Array({ minLength: 2_000, maxLength: 3_000 }))
    .map((each) => Buffer.from(each));
  fc.assert(
    fc.property(
      fc.array(fc.array(arg, { minLength: 1, maxLength: 5 }), { maxLength: 8 }),
      fc.array(fc.nat(), { maxLength: 20 }),
      (requests, places) => {
        const whole = Buffer.concat(requests.map((args) => request(...args)));
        expect(read(cut(whole, places))).toEqual({
          requests: requests.map((args) => args.map((each) => each.toString("latin1"))),
          problem: null,
        });
      },
    ),
    { numRuns: 300 },
  );
});

test("any bytes, cut anywhere, mean the same, never throw, and hold no more than the limits", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      "*1\r\n",
      "*2\r\n",
      "$4\r\n",
      "PING\r\n",
      "$0\r\n\r\n",
      "*",
      "$",
      "\r\n",
      "\n",
      '"',
      "'",
      "\\x4",
      "-1",
      "99999999999",
      "SET a b\r\n",
      "\x16\x03",
    ),
    fc.uint8Array({ maxLength: 6 }).map((each) => Buffer.from(each).toString("latin1")),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), fc.array(fc.nat(), { maxLength: 10 }), (pieces, places) => {
      const whole = bytes(pieces.join(""));
      expect(read(cut(whole, places))).toEqual(read([whole]));
    }),
    { numRuns: 2_000 },
  );
});
