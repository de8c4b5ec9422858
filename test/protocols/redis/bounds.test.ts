// Hostile, broken and slow clients: each gets a clear answer, and nothing grows without a limit.
import { afterEach, describe, expect, test } from "vitest";
import { type DoorOptions, type DoorRoom, GUARDED, openDoor, request } from "./room.ts";

let open: DoorRoom | null = null;
async function start(options: DoorOptions): Promise<DoorRoom> {
  open = await openDoor(options);
  return open;
}
afterEach(async () => {
  await open?.close();
  open = null;
});

describe("authentication", () => {
  const NOAUTH = { error: "NOAUTH Authentication required." };
  const WRONGPASS = { error: "WRONGPASS invalid username-password pair or user is disabled." };

  test("nothing but AUTH, HELLO, RESET and QUIT before it", async () => {
    const room = await start({ auth: GUARDED });
    const client = await room.connect();
    expect(await client.call("GET", "a")).toEqual(NOAUTH);
    expect(await client.call("PING")).toEqual(NOAUTH);
    expect(await client.call("NOSUCH")).toEqual({ error: "ERR unknown command 'NOSUCH', with args beginning with: " });
    expect(JSON.stringify(await client.call("HELLO", "3"))).toContain(
      "NOAUTH HELLO must be called with the client already authenticated",
    );
    expect(await client.call("AUTH", "wrong")).toEqual(WRONGPASS);
    expect(await client.call("AUTH", "app", "wrong")).toEqual(WRONGPASS);
    expect(room.events.names.filter((name) => name === "authenticationFailed").length).toBe(2);
    expect(await client.pipeline(["AUTH", "app", "secret"], ["SET", "a", "1"], ["GET", "a"])).toEqual([
      { status: "OK" },
      { status: "OK" },
      "1",
    ]);
    const [entry] = [...room.room.log.read(room.room.log.last.sequence - 1)];
    expect(entry?.head.principal).toBe("app");
    expect(await client.call("RESET")).toEqual({ status: "RESET" });
    expect(await client.call("GET", "a")).toEqual(NOAUTH);
    expect(await client.call("AUTH", "secret")).toEqual({ status: "OK" });
    client.close();
  });

  test("HELLO authenticates", async () => {
    const room = await start({ auth: GUARDED });
    const client = await room.connect();
    expect(await client.call("HELLO", "3", "AUTH", "app", "wrong")).toEqual(WRONGPASS);
    const greeting = await client.call("HELLO", "3", "AUTH", "default", "secret", "SETNAME", "me");
    expect(JSON.stringify(greeting)).toContain('"proto",3');
    expect(await client.call("CLIENT", "GETNAME")).toBe("me");
    client.close();
  });

  test("requests are small before it", async () => {
    const room = await start({ auth: GUARDED });
    const client = await room.connect();
    client.send(request("SET", "a", Buffer.alloc(20_000)));
    expect(await client.rest()).toBe("-ERR Protocol error: unauthenticated bulk length\r\n");
    const other = await room.connect();
    await other.call("AUTH", "secret");
    expect(await other.call("SET", "a", Buffer.alloc(20_000))).toEqual({ status: "OK" });
    other.close();
  });

  test("silence before it ends the connection", async () => {
    const room = await start({ auth: GUARDED, limits: { messageIdleMs: 60 } });
    const client = await room.connect();
    expect(await client.rest()).toBe("-ERR not authenticated within 60 milliseconds (limit messageIdleMs)\r\n");
  });
});

describe("other protocols", () => {
  test.each([
    ["an HTTP request", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "An HTTP request arrived at the Redis port"],
    ["an HTTP post", "POST /api HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}", "An HTTP request arrived at the Redis port"],
    ["a TLS handshake", "\x16\x03\x01\x00\xc8\x01\x00\x00\xc4\x03\x03", "A TLS handshake arrived at the Redis port"],
  ])("%s is told where it is", async (_title, bytes, text) => {
    const room = await start({});
    const client = await room.connect();
    client.send(Buffer.from(bytes, "latin1"));
    expect(await client.rest()).toContain(text);
    expect(room.events.names).toContain("warn");
    await expect.poll(() => room.events.names).toContain("connectionClosed");
  });
});

test("past the limit of connections a client is told and closed", async () => {
  const room = await start({ limits: { redisConnections: 2 } });
  const [first, second, third] = [await room.connect(), await room.connect(), await room.connect()];
  expect(await third.rest()).toBe("-ERR max number of clients reached\r\n");
  expect(room.events.names).toContain("connectionRefused");
  expect(room.events.names).toContain("limitReached:redisConnections");
  first.close();
  await new Promise((resolve) => setTimeout(resolve, 20));
  const fourth = await room.connect();
  expect(await fourth.call("PING")).toEqual({ status: "PONG" });
  fourth.close();
  second.close();
});

test("a half-sent request and then silence ends the connection; a quiet idle one stays", async () => {
  const room = await start({ limits: { messageIdleMs: 60 } });
  const [half, idle] = [await room.connect(), await room.connect()];
  half.send("*2\r\n$3\r\nGET\r\n$10\r\nabc");
  expect(await half.rest()).toBe(
    "-ERR Protocol error: the request was not completed within 60 milliseconds (limit messageIdleMs)\r\n",
  );
  expect(room.events.names).toContain("limitReached:messageIdleMs");
  expect(await idle.call("PING")).toEqual({ status: "PONG" });
  idle.close();
});

test("a client that does not read is not read either, and loses nothing", async () => {
  const room = await start({ limits: { outputBufferBytes: 1_000_000 } });
  const [slow, watcher] = [await room.connect(), await room.connect()];
  await slow.call("CLIENT", "SETNAME", "slow");
  await slow.call("SET", "big", Buffer.alloc(500_000, "x"));
  slow.socket.pause();
  const gets = 60;
  slow.send(Buffer.concat(Array.from({ length: gets }, () => request("GET", "big"))));
  const unsentBytes = async (): Promise<number> => {
    const lines = String(await watcher.call("CLIENT", "LIST")).split("\n");
    return Number(/omem=(\d+)/.exec(lines.find((each) => each.includes("name=slow")) ?? "")?.[1]);
  };
  await expect.poll(unsentBytes, { timeout: 10_000 }).toBeGreaterThan(500_000);
  // Nor does it grow.
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(await unsentBytes()).toBeLessThan(3_000_000);
  slow.socket.resume();
  for (let index = 0; index < gets; index++) expect(String(await slow.reply()).length).toBe(500_000);
  slow.close();
  watcher.close();
});

test("half-sent requests of all connections together have a limit: the largest goes", async () => {
  const room = await start({ limits: { redisInputBytes: 100_000, messageIdleMs: 400 } });
  const [large, small] = [await room.connect(), await room.connect()];
  large.send(Buffer.concat([Buffer.from("*3\r\n$3\r\nSET\r\n$1\r\na\r\n$500000\r\n"), Buffer.alloc(150_000)]));
  small.send("*2\r\n$4\r\nECHO\r\n$2\r\nh");
  expect(await large.rest()).toBe("");
  small.send("i\r\n");
  expect(await small.reply()).toBe("hi");
  expect(room.events.names).toContain("limitReached:redisInputBytes");
  small.close();
});

test("draining answers what had arrived and takes no more", async () => {
  const room = await start({});
  const [busy, idle] = [await room.connect(), await room.connect()];
  await busy.call("PING");
  busy.send(Buffer.concat(Array.from({ length: 500 }, () => request("INCR", "n"))));
  await new Promise((resolve) => setTimeout(resolve, 2));
  await room.door.drain();
  const replies = (await busy.rest()).split("\r\n").slice(0, -1);
  expect(replies).toEqual(Array.from({ length: replies.length }, (_, index) => `:${index + 1}`));
  expect(room.room.tenant.facts().documents).toBe(replies.length > 0 ? 1 : 0);
  expect(await idle.rest()).toBe("");
  await expect(room.connect()).rejects.toThrow("ECONNREFUSED");
});

test("a port that is taken is an error that names its code", async () => {
  const room = await start({});
  await expect(openDoor({ port: room.door.port })).rejects.toMatchObject({ code: "EADDRINUSE" });
});

test("a bug in a command is an internal error without its inside, and the next command works", async () => {
  const room = await start({});
  const client = await room.connect();
  const { read } = room.room.tenant;
  room.room.tenant.read = () => {
    throw new TypeError("secret detail");
  };
  expect(await client.call("GET", "a")).toEqual({
    error: "ERR internal error: the command failed for a reason that is in the server's log; nothing was changed.",
  });
  room.room.tenant.read = read;
  expect(await client.call("GET", "a")).toBeNull();
  expect(room.events.names).toContain("error");
  client.close();
});
