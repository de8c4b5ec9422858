// Byte scripts against the door: which messages answer which, in what order, and what the connection is like afterwards.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDoor, type TestDoor } from "./support/door.ts";
import {
  bind,
  closePortal,
  closeStatement,
  describePortal,
  describeStatement,
  execute,
  FLUSH,
  fieldsOf,
  parse,
  query,
  RawClient,
  type Received,
  raw,
  rowOf,
  SYNC,
  types,
} from "./support/raw-client.ts";

let test: TestDoor;
beforeAll(async () => {
  test = await openDoor();
});
afterAll(() => test.door.close());

/** Sends the parts and answers everything up to the given count of ReadyForQuery. */
async function exchange(parts: Buffer[], readies = 1): Promise<Received[]> {
  const client = await RawClient.ready(test.port);
  client.send(...parts);
  const all: Received[] = [];
  for (let left = readies; left > 0; left--) all.push(...(await client.until("Z")));
  client.destroy();
  return all;
}

/** Rows of: what it shows, bytes sent, types answered, status of the last ReadyForQuery. */
const SCRIPTS: [name: string, parts: Buffer[], answer: string, status: string][] = [
  ["one statement", [query("rows 2")], "T D D C Z", "I"],
  ["several statements, one Z", [query("rows 1; insert; rows 0")], "T D C C T C Z", "I"],
  ["the empty string", [query("")], "I Z", "I"],
  ["only semicolons", [query(" ;; ")], "I Z", "I"],
  ["an error stops the rest of the string", [query("insert; fail; insert")], "C E Z", "I"],
  ["a syntax error anywhere runs nothing", [query("insert; syntax!")], "E Z", "I"],
  ["begin", [query("begin")], "C Z", "T"],
  ["an error in a transaction", [query("begin; fail")], "C E Z", "E"],
  ["a notice comes before its CommandComplete", [query("notice")], "N C Z", "I"],
  ["a changed setting is reported before Z", [query("set TimeZone x")], "C S Z", "I"],
  ["extended, unnamed", [parse("", "rows 2"), bind("", ""), describePortal(""), execute(), SYNC], "1 2 T D D C Z", "I"],
  ["no rows", [parse("", "insert"), bind("", ""), describePortal(""), execute(), SYNC], "1 2 n C Z", "I"],
  ["the empty statement", [parse("", ""), bind("", ""), describePortal(""), execute(), SYNC], "1 2 n I Z", "I"],
  ["describe a statement", [parse("a", "echo $1"), describeStatement("a"), SYNC], "1 t T Z", "I"],
  ["describe a statement without rows", [parse("a", "insert"), describeStatement("a"), SYNC], "1 t n Z", "I"],
  ["closing what is not there", [closeStatement("nope"), closePortal("nope"), SYNC], "3 3 Z", "I"],
  [
    "suspended portal",
    [parse("", "rows 5"), bind("", ""), execute("", 2), execute("", 2), execute("", 2), SYNC],
    "1 2 D D s D D s D C Z",
    "I",
  ],
  [
    "exactly max rows is not the end",
    [parse("", "rows 2"), bind("", ""), execute("", 2), execute("", 2), SYNC],
    "1 2 D D s C Z",
    "I",
  ],
  ["a finished SELECT gives no more rows", [parse("", "rows 2"), bind("", ""), execute(), execute(), SYNC], "1 2 D D C C Z", "I"],
  ["what answers no rows is not run twice", [parse("", "insert"), bind("", ""), execute(), execute(), SYNC], "1 2 C E Z", "I"],
  [
    "an error skips to Sync",
    [parse("", "fail"), bind("", ""), execute(), parse("", "rows 1"), query("rows 1"), SYNC],
    "1 2 E Z",
    "I",
  ],
  [
    "a pipeline goes on after its Sync",
    [parse("", "fail"), bind("", ""), execute(), SYNC, query("rows 1")],
    "1 2 E Z T D C Z",
    "I",
  ],
  ["function calls are refused", [raw("F", Buffer.from([0, 0, 0, 1]))], "E Z", "I"],
  [
    "copy messages outside COPY are dropped",
    [raw("d", Buffer.from("x")), raw("c", Buffer.alloc(0)), query("insert")],
    "C Z",
    "I",
  ],
  [
    "portals end with their transaction",
    [parse("", "rows 3"), bind("p", ""), execute("p", 1), SYNC, execute("p", 1), SYNC],
    "1 2 D s Z E Z",
    "I",
  ],
  [
    "portals live on inside a transaction",
    [query("begin"), parse("", "rows 3"), bind("p", ""), execute("p", 1), SYNC, execute("p", 0), SYNC],
    "C Z 1 2 D s Z D D C Z",
    "T",
  ],
  [
    "a COMMIT ends the portals at once",
    [
      query("begin"),
      parse("", "rows 3"),
      bind("p", ""),
      execute("p", 1),
      parse("c", "commit"),
      bind("c", "c"),
      execute("c"),
      execute("p"),
      SYNC,
    ],
    "C Z 1 2 D s 1 2 C E Z",
    "I",
  ],
];

describe("order of messages", () => {
  it.each(SCRIPTS)("%s", async (_name, parts, answer, status) => {
    const readies = answer.split(" ").filter((type) => type === "Z").length;
    const received = await exchange(parts, readies);
    expect(types(received)).toBe(answer);
    expect(received.at(-1)?.body.toString()).toBe(status);
  });

  it("is the same when the bytes come one at a time", async () => {
    for (const [name, parts, answer] of SCRIPTS.slice(0, 14)) {
      const client = await RawClient.ready(test.port);
      for (const byte of Buffer.concat(parts)) client.send(Buffer.from([byte]));
      const received: Received[] = [];
      for (const type of answer.split(" ")) if (type === "Z") received.push(...(await client.until("Z")));
      expect([name, types(received)]).toEqual([name, answer]);
      client.destroy();
    }
  });

  it("answers Flush without Sync", async () => {
    const client = await RawClient.ready(test.port);
    client.send(parse("", "rows 1"), FLUSH);
    expect(types(await client.until("1"))).toBe("1");
    client.send(bind("", ""), execute(), FLUSH);
    expect(types(await client.until("C"))).toBe("2 D C");
    client.send(SYNC);
    expect(types(await client.until("Z"))).toBe("Z");
    client.destroy();
  });
});

/** Rows of: what it shows, bytes sent, SQLSTATE. */
const REFUSALS: [name: string, parts: Buffer[], sqlstate: string][] = [
  ["unknown statement", [bind("", "nope"), SYNC], "26000"],
  ["unknown portal", [execute("nope"), SYNC], "34000"],
  ["describe of an unknown portal", [describePortal("nope"), SYNC], "34000"],
  ["describe of an unknown statement", [describeStatement("nope"), SYNC], "26000"],
  ["a name taken", [parse("a", "rows 1"), parse("a", "rows 2"), SYNC], "42P05"],
  ["a portal name taken", [parse("", "rows 1"), bind("p", ""), bind("p", ""), SYNC], "42P03"],
  [
    "the unnamed statement is gone after a failed Parse",
    [parse("", "rows 1"), parse("", "unparsable"), SYNC, bind("", ""), SYNC],
    "26000",
  ],
  [
    "the unnamed statement is gone after a simple query",
    [parse("", "rows 1"), SYNC, query("insert"), bind("", ""), SYNC],
    "26000",
  ],
  ["too few parameters", [parse("", "echo $1 $2"), bind("", "", ["1"]), SYNC], "08P01"],
  ["wrong count of parameter formats", [parse("", "echo $1"), bind("", "", ["1"], [0, 0]), SYNC], "08P01"],
  ["wrong count of result formats", [parse("", "rows 1"), bind("", "", [], [], [1, 1, 1]), SYNC], "08P01"],
  ["an unknown format", [parse("", "echo $1"), bind("", "", ["1"], [2]), SYNC], "22023"],
  ["text that is not UTF-8", [parse("", "echo $1"), bind("", "", [Buffer.from([0xff, 0xfe])]), SYNC], "22021"],
  ["a zero byte in text", [parse("", "echo $1"), bind("", "", ["a\0b"]), SYNC], "22021"],
  ["binary of a wrong length", [parse("", "echo $1"), bind("", "", [Buffer.from([1, 2])], [1]), SYNC], "22P03"],
  ["a message cut short inside", [raw("B", Buffer.from("p\0")), SYNC], "08P01"],
  ["bytes after the last field", [raw("E", Buffer.from("\0\0\0\0\0x")), SYNC], "08P01"],
  ["describe of something else", [raw("D", Buffer.from("Qx\0")), SYNC], "08P01"],
  ["a query without its zero byte", [raw("Q", Buffer.from("rows 1"))], "08P01"],
  ["a parameter in a simple query", [query("echo $1")], "42P02"],
];

describe("refusals", () => {
  it.each(REFUSALS)("%s", async (_name, parts, sqlstate) => {
    const readies = parts.filter((part) => part.equals(SYNC) || part[0] === 0x51).length;
    const received = await exchange(parts, readies);
    expect(fieldsOf(received.filter((message) => message.type === "E").at(-1))).toMatchObject({
      S: "ERROR",
      V: "ERROR",
      C: sqlstate,
    });
    expect(received.at(-1)?.body.toString()).toBe("I");
  });

  it("carries every field the SQL room gives, positions counted in the whole string", async () => {
    expect(fieldsOf((await exchange([query("fail")])).at(0))).toEqual({
      S: "ERROR",
      V: "ERROR",
      C: "23505",
      M: "duplicate",
      D: "Key (id)=(1) already exists.",
      s: "public",
      t: "t",
      n: "t_pkey",
    });
    const later = await exchange([query("insert;  unparsable")]);
    expect(fieldsOf(later.at(-2))).toMatchObject({ P: "12", H: "do not" });
    const astral = await exchange([query("rows 1 '😀é';unparsable")]);
    expect(fieldsOf(astral.at(-2))).toMatchObject({ P: "15" });
  });

  it("says nothing of a bug but that there was one, and logs it", async () => {
    const received = await exchange([query("bug")]);
    expect(fieldsOf(received[0])).toMatchObject({ C: "58000" });
    expect(received[0]?.body.toString()).not.toContain("42");
    expect(test.seen).toContainEqual("error A PostgreSQL statement failed secret value 42");
  });

  it("holds at most so many statements and portals", async () => {
    const small = await openDoor({ limits: { pgStatements: 2, pgPortals: 1 } });
    const client = await RawClient.ready(small.port);
    client.send(parse("a", "rows 1"), parse("b", "rows 1"), parse("c", "rows 1"), SYNC);
    expect(fieldsOf((await client.until("Z")).at(-2))).toMatchObject({ C: "54000" });
    client.send(bind("p", "a"), bind("q", "a"), SYNC);
    expect(fieldsOf((await client.until("Z")).at(-2))).toMatchObject({ C: "54000" });
    client.send(query("deallocate"), bind("p", "a"), SYNC);
    await client.until("Z");
    client.destroy();
    expect(small.seen).toEqual(expect.arrayContaining(["limitReached pgStatements", "limitReached pgPortals"]));
    await small.door.close();
  });
});

describe("values", () => {
  it("takes and gives both formats, in one row too", async () => {
    const seven = Buffer.from([0, 0, 0, 7]);
    const received = await exchange([
      parse("", "echo $1 $2 $3"),
      bind("", "", [seven, "8", null], [1, 0, 0], [0, 1, 1]),
      describePortal(""),
      execute(),
      SYNC,
    ]);
    const row = received.find((message) => message.type === "D");
    expect(row === undefined ? null : rowOf(row)).toEqual(["7", "\\x00000008", null]);
    const description = received.find((message) => message.type === "T");
    expect(description?.body.readInt16BE(description.body.length - 2)).toBe(1);
  });

  it("uses one format code for all", async () => {
    const received = await exchange([
      parse("", "echo $1 $2"),
      bind("", "", [Buffer.from([0, 0, 0, 7]), Buffer.from([0, 0, 0, 9])], [1], [1]),
      execute(),
      SYNC,
    ]);
    const row = received.find((message) => message.type === "D");
    expect(row === undefined ? null : rowOf(row)).toEqual(["\\x00000007", "\\x00000009"]);
  });

  it("lets given parameter types win", async () => {
    const received = await exchange([parse("", "echo $1 $2", [25, 0]), describeStatement(""), SYNC]);
    const description = received.find((message) => message.type === "t");
    expect([description?.body.readInt32BE(2), description?.body.readInt32BE(6)]).toEqual([25, 23]);
  });
});

describe("implicit transactions", () => {
  async function callsOf(parts: Buffer[], readies = 1): Promise<string[]> {
    await exchange(parts, readies);
    return test.sessions.at(-1)?.calls.filter((call) => !/^(prepare|close)/.test(call)) ?? [];
  }

  it("has none around one statement", async () => {
    expect(await callsOf([query("insert")])).toEqual(["execute insert"]);
    expect(await callsOf([parse("", "insert"), bind("", ""), execute(), SYNC])).toEqual(["execute insert"]);
  });

  it("is one around a string of statements", async () => {
    expect(await callsOf([query("insert; rows 1")])).toEqual([
      "begin implicit",
      "execute insert",
      "execute rows 1",
      "end implicit",
    ]);
    expect(await callsOf([query("insert; fail")])).toEqual(["begin implicit", "execute insert", "execute fail", "undo implicit"]);
  });

  it("is one around a pipeline up to Sync", async () => {
    const insert = [parse("", "insert"), bind("", ""), execute()];
    const fail = [parse("", "fail"), bind("", ""), execute()];
    expect(await callsOf([...insert, ...insert, SYNC])).toEqual([
      "begin implicit",
      "execute insert",
      "execute insert",
      "end implicit",
    ]);
    expect(await callsOf([...insert, ...fail, SYNC])).toEqual([
      "begin implicit",
      "execute insert",
      "execute fail",
      "undo implicit",
    ]);
    expect(await callsOf([...insert, SYNC, ...insert, SYNC], 2)).toEqual(["execute insert", "execute insert"]);
  });
});

describe("statements answered at once", () => {
  it("gives the same messages", async () => {
    const quick = await openDoor({ now: true });
    const client = await RawClient.ready(quick.port);
    client.send(parse("s", "echo $1"), bind("", "s", ["5"], [], [1]), describePortal(""), execute(), SYNC);
    const received = await client.until("Z");
    expect(types(received)).toBe("1 2 T D C Z");
    expect(received.map(rowOrNull).find((row) => row !== null)).toEqual(["\\x00000005"]);
    client.send(query("rows 2; insert"));
    expect(types(await client.until("Z"))).toBe("T D D C C Z");
    client.send(bind("", "s", ["5"]), execute(), execute(), SYNC);
    expect(types(await client.until("Z"))).toBe("2 D C C Z");
    client.destroy();
    await quick.door.close();
  });

  const rowOrNull = (message: Received): (string | null)[] | null => (message.type === "D" ? rowOf(message) : null);
});
