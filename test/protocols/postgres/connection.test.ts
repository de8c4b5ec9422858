// Before and after the session: startup, encryption requests, strangers, cancel, limits, silence, hang-up and drain.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDoor, type TestDoor } from "./support/door.ts";
import { REPORTED } from "./support/fake-session.ts";
import {
  bind,
  execute,
  fieldsOf,
  GSS,
  int32,
  parse,
  query,
  RawClient,
  type Received,
  raw,
  SSL,
  SYNC,
  startup,
  TERMINATE,
  types,
  untyped,
} from "./support/raw-client.ts";

let test: TestDoor;
beforeAll(async () => {
  test = await openDoor({ limits: { messageIdleMs: 150, outputBufferBytes: 100_000 } });
});
afterAll(() => test.door.close());

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error("waited five seconds in vain");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Sends bytes on a new connection and answers all messages up to the close. */
async function refusal(...parts: Buffer[]): Promise<Received[]> {
  const client = await RawClient.open(test.port);
  client.send(...parts);
  return client.rest();
}

describe("startup", () => {
  it("answers like PostgreSQL: ok, 13 settings, key, ready", async () => {
    const client = await RawClient.open(test.port);
    client.send(
      startup({ user: "ada", database: "chrondb", application_name: "x", options: "-c search_path=a\\ b --statement-timeout=5" }),
    );
    const received = await client.until("Z");
    expect(types(received)).toBe(`R ${REPORTED.map(() => "S").join(" ")} K Z`);
    expect(test.sessions.at(-1)?.startup).toMatchObject({
      user: "ada",
      database: "chrondb",
      application_name: "x",
      search_path: "a b",
      statement_timeout: "5",
    });
    expect(test.callers.at(-1)).toMatchObject({ tenant: "chrondb", branch: "main", origin: "sql", principal: "", user: "ada" });
    client.destroy();
  });

  it("takes the user's name where no database is given", async () => {
    const client = await RawClient.open(test.port);
    client.send(startup({ user: "chrondb" }));
    await client.until("Z");
    client.destroy();
  });

  it.each<[string, Buffer, string]>([
    ["unknown database", startup({ user: "ada", database: "nope" }), "3D000"],
    ["no user", startup({ database: "chrondb" }), "28000"],
    ["replication", startup({ user: "ada", database: "chrondb", replication: "database" }), "0A000"],
    ["protocol 2", startup({ user: "ada" }, 131_072), "0A000"],
    ["protocol 4", startup({ user: "ada" }, 262_144), "0A000"],
    ["options that are no settings", startup({ user: "ada", database: "chrondb", options: "-x" }), "42601"],
    ["a packet without its last byte", untyped(196_608, Buffer.from("user\0ada\0")), "08P01"],
    ["a packet that claims too much", Buffer.concat([int32(1_000_000), int32(196_608)]), "08P01"],
    ["a packet too small", Buffer.concat([int32(4), int32(196_608)]), "08P01"],
    ["a TLS ClientHello", Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01]), "08P01"],
    ["SSLRequest with bytes behind it", Buffer.concat([SSL, startup({ user: "ada" })]), "08P01"],
  ])("refuses %s", async (_name, bytes, sqlstate) => {
    const received = (await refusal(bytes)).filter((message) => message.type === "E");
    expect(received.map((message) => fieldsOf(message))).toMatchObject([{ S: "FATAL", V: "FATAL", C: sqlstate }]);
  });

  it("lets replication=false pass", async () => {
    const client = await RawClient.ready(test.port, { replication: "off" });
    client.destroy();
  });

  it("negotiates 3.2 and unknown protocol options down", async () => {
    const client = await RawClient.open(test.port);
    client.send(startup({ user: "ada", database: "chrondb", "_pq_.compression": "on" }, 196_610));
    const received = await client.until("Z");
    expect(received[0]?.type).toBe("v");
    expect(received[0]?.body).toEqual(Buffer.concat([int32(0), int32(1), Buffer.from("_pq_.compression\0")]));
    client.destroy();
  });

  it("declines GSS and TLS one after the other, once each", async () => {
    const client = await RawClient.open(test.port);
    client.send(GSS);
    expect((await client.bytes(1)).toString()).toBe("N");
    client.send(SSL);
    expect((await client.bytes(1)).toString()).toBe("N");
    client.send(startup({ user: "ada", database: "chrondb" }));
    await client.until("Z");
    client.destroy();
    const second = await RawClient.open(test.port);
    second.send(SSL);
    await second.bytes(1);
    second.send(SSL);
    expect(types(await second.rest())).toBe("E");
  });

  it("answers HTTP in HTTP", async () => {
    const client = await RawClient.open(test.port);
    client.send(Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
    expect((await client.bytes(10_000)).toString()).toMatch(/^HTTP\/1\.1 400 .*PostgreSQL protocol/s);
  });
});

describe("broken streams", () => {
  it.each<[string, Buffer, string]>([
    ["an unknown type byte", Buffer.from([1, 2, 3]), "08P01"],
    ["a length below four", raw("Q", Buffer.alloc(0)).fill(0, 1), "08P01"],
    ["a length over the limit", Buffer.from([0x51, 0x7f, 0xff, 0xff, 0xff]), "54000"],
  ])("%s ends the connection", async (_name, bytes, sqlstate) => {
    const client = await RawClient.ready(test.port);
    client.send(bytes);
    const received = await client.rest();
    expect(fieldsOf(received[0])).toMatchObject({ S: "FATAL", C: sqlstate });
    expect(received).toHaveLength(1);
  });

  it("ends a message begun and not finished", async () => {
    const client = await RawClient.ready(test.port);
    client.send(query("rows 1").subarray(0, 7));
    expect(fieldsOf((await client.rest())[0])).toMatchObject({ S: "FATAL", C: "08P01" });
    expect(test.seen).toContain("limitReached messageIdleMs");
  });

  it("ends a connection that never starts, and one that never finishes starting", async () => {
    const silent = await RawClient.open(test.port);
    const half = await RawClient.open(test.port);
    half.send(startup({ user: "ada" }).subarray(0, 10));
    expect(types(await silent.rest())).toBe("E");
    expect(types(await half.rest())).toBe("E");
  });

  it("leaves an idle session alone", async () => {
    const client = await RawClient.ready(test.port);
    await new Promise((resolve) => setTimeout(resolve, 400));
    client.send(query("rows 1"));
    expect(types(await client.until("Z"))).toBe("T D C Z");
    client.destroy();
  });
});

describe("cancel", () => {
  async function sleeping(): Promise<{ client: RawClient; key: Buffer }> {
    const client = await RawClient.open(test.port);
    client.send(startup({ user: "ada", database: "chrondb" }));
    const key = (await client.until("Z")).find((message) => message.type === "K")?.body ?? Buffer.alloc(0);
    const session = test.sessions.at(-1);
    client.send(query("sleep"));
    await until(() => session?.calls.includes("execute sleep") === true);
    return { client, key };
  }

  it("stops what runs, answering nothing on its own connection", async () => {
    const { client, key } = await sleeping();
    expect(await refusal(untyped(80_877_102, key))).toEqual([]);
    const received = await client.until("Z");
    expect(fieldsOf(received[0])).toMatchObject({ C: "57014" });
    client.send(query("rows 1"));
    expect(types(await client.until("Z"))).toBe("T D C Z");
    client.destroy();
  });

  it("does nothing with a wrong key, and says nothing either", async () => {
    const { client, key } = await sleeping();
    const session = test.sessions.at(-1);
    const wrong = Buffer.from(key);
    wrong[7] = (wrong[7] ?? 0) ^ 1;
    expect(await refusal(untyped(80_877_102, wrong))).toEqual([]);
    expect(await refusal(untyped(80_877_102, Buffer.concat([int32(1), key.subarray(4)])))).toEqual([]);
    expect(await refusal(untyped(80_877_102, key.subarray(0, 4)))).toEqual([]);
    expect(session?.calls).not.toContain("cancel");
    client.destroy();
    await until(() => session?.closed === true);
  });

  it("does nothing to an idle session", async () => {
    const client = await RawClient.open(test.port);
    client.send(startup({ user: "ada", database: "chrondb" }));
    const key = (await client.until("Z")).find((message) => message.type === "K")?.body ?? Buffer.alloc(0);
    const session = test.sessions.at(-1);
    await refusal(untyped(80_877_102, key));
    expect(session?.calls).not.toContain("cancel");
    client.destroy();
  });
});

describe("going away", () => {
  it("cancels the statement of a client that hangs up", async () => {
    const client = await RawClient.ready(test.port);
    const session = test.sessions.at(-1);
    client.send(query("sleep"));
    await until(() => session?.calls.includes("execute sleep") === true);
    client.end();
    await until(() => session?.closed === true);
    expect(session?.calls).toContain("cancel");
  });

  it("does all that was asked before an orderly goodbye", async () => {
    const client = await RawClient.ready(test.port);
    const session = test.sessions.at(-1);
    client.send(query("insert"), parse("", "rows 1"), bind("", ""), execute(), SYNC, TERMINATE);
    client.end();
    expect(types(await client.rest())).toBe("C Z 1 2 D C Z");
    await until(() => session?.closed === true);
    expect(session?.calls).not.toContain("cancel");
  });

  it("waits for a slow reader instead of holding all rows", async () => {
    const client = await RawClient.ready(test.port);
    client.pause();
    // 20 rows of 4 MB pass a socket whose kernel buffers hold far less.
    client.send(query("wide 4000000"));
    await new Promise((resolve) => setTimeout(resolve, 300));
    const session = test.sessions.at(-1);
    expect(session?.calls).not.toContain("close wide 4000000");
    client.resume();
    const received = await client.until("Z");
    expect(received.filter((message) => message.type === "D")).toHaveLength(20);
    expect(received.at(-2)?.body.toString()).toBe("SELECT 20\0");
    client.destroy();
  });

  it("stops sending to a slow reader that hangs up", async () => {
    const client = await RawClient.ready(test.port);
    const session = test.sessions.at(-1);
    client.pause();
    client.send(query("wide 4000000"));
    await new Promise((resolve) => setTimeout(resolve, 100));
    client.destroy();
    await until(() => session?.closed === true && session.calls.includes("close wide 4000000"));
  });
});

describe("limits and life of the door", () => {
  it("refuses one client too many, politely, and again takes one when another leaves", async () => {
    const small = await openDoor({ limits: { pgConnections: 1 } });
    const first = await RawClient.ready(small.port);
    const second = await RawClient.open(small.port);
    second.send(startup({ user: "ada", database: "chrondb" }));
    expect(fieldsOf((await second.rest())[0])).toMatchObject({ S: "FATAL", C: "53300" });
    first.send(TERMINATE);
    await first.rest();
    const third = await RawClient.ready(small.port);
    third.destroy();
    expect(small.seen).toContain("limitReached pgConnections");
    await small.door.close();
  });

  it("drains: the idle are sent away, the busy finish first", async () => {
    const small = await openDoor();
    const idle = await RawClient.ready(small.port);
    const busy = await RawClient.open(small.port);
    busy.send(startup({ user: "ada", database: "chrondb" }));
    await busy.until("Z");
    const session = small.sessions.at(-1);
    busy.send(query("sleep"));
    await until(() => session?.calls.includes("execute sleep") === true);
    const drained = small.door.drain();
    expect(fieldsOf((await idle.rest())[0])).toMatchObject({ S: "FATAL", C: "57P01" });
    await expect(RawClient.open(small.port)).rejects.toThrow(/ECONNREFUSED/);
    session?.cancel();
    const received = await busy.rest();
    expect(types(received)).toBe("E Z E");
    expect(fieldsOf(received[2])).toMatchObject({ C: "57P01" });
    await drained;
    expect(small.sessions.every((each) => each.closed)).toBe(true);
  });

  it("drains no longer than drainMs, and leaves no transaction half asked for", async () => {
    const small = await openDoor({ limits: { drainMs: 100 } });
    const stuck = await RawClient.ready(small.port);
    const session = small.sessions.at(-1);
    stuck.send(query("sleep"));
    await until(() => session?.calls.includes("execute sleep") === true);
    const open = await RawClient.ready(small.port);
    open.send(parse("", "insert"), bind("", ""), execute(), parse("", "insert"), bind("", ""), execute());
    await until(() => small.sessions.at(-1)?.calls.filter((call) => call === "execute insert").length === 2);
    await small.door.drain();
    expect(types(await open.rest())).toBe("1 2 C 1 2 C E");
    expect(small.sessions.at(-1)?.calls).not.toContain("end implicit");
    expect(small.sessions.every((each) => each.closed)).toBe(true);
    expect(session?.calls).toContain("cancel");
  });

  it("fails to start on a port that is taken", async () => {
    const { startPostgresDoor } = await import("../../../src/protocols/postgres/index.ts");
    const deps = { settings: { enabled: true, host: "127.0.0.1", port: test.port } } as Parameters<typeof startPostgresDoor>[0];
    await expect(startPostgresDoor(deps)).rejects.toThrow(/EADDRINUSE/);
  });
});
