// The door on a real socket: bytes that are no request, silence, too many connections, draining.
import { createConnection, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { type RestDoor, startRestDoor } from "../../../src/protocols/rest/server.ts";
import { type SceneOptions, sceneDeps } from "./support.ts";

const doors: RestDoor[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const door of doors.splice(0)) await door.close();
});

async function open(options: SceneOptions = {}) {
  const parts = sceneDeps(options);
  const door = await startRestDoor(parts.deps);
  doors.push(door);
  return { ...parts, door };
}

interface Client {
  readonly socket: Socket;
  /** Everything received until the server closes. */
  readonly all: Promise<string>;
}

async function connect(port: number, first: string | Buffer = ""): Promise<Client> {
  const socket = createConnection({ port, host: "127.0.0.1" });
  sockets.push(socket);
  let text = "";
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString("utf8");
  });
  const all = new Promise<string>((resolve) => {
    socket.on("error", () => resolve(text));
    socket.on("close", () => resolve(text));
  });
  await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
  socket.write(first);
  return { socket, all };
}

const GET = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";

test.each([
  { name: "a TLS hello", bytes: Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]), status: "400", says: "TLS" },
  { name: "a Redis command", bytes: "*1\r\n$4\r\nPING\r\n", status: "400", says: "not an HTTP/1.1 request" },
  {
    name: "a PostgreSQL startup",
    bytes: Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]),
    status: "400",
    says: "not an HTTP/1.1 request",
  },
  { name: "garbage", bytes: "\u0000\u0001hello\r\n\r\n", status: "400", says: "not an HTTP/1.1 request" },
  {
    name: "headers over the limit",
    bytes: `GET / HTTP/1.1\r\nX: ${"x".repeat(40_000)}\r\n\r\n`,
    status: "431",
    says: "restHeaderBytes",
  },
])("$name is answered with a sentence and closed", async ({ bytes, status, says }) => {
  const { door } = await open();
  const answer = await (await connect(door.port, bytes)).all;
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(answer).toContain(says);
  expect(answer).toContain('"request_id":"');
});

test("a client that says nothing, or half a header, is let go", async () => {
  const { door } = await open({ limits: { messageIdleMs: 200 } });
  const silent = await connect(door.port);
  const half = await connect(door.port, "GET / HTTP/1.1\r\nHo");
  await silent.all;
  expect(await half.all).toMatch(/^HTTP\/1.1 408 .*messageIdleMs/s);
});

test("half a body and then silence is answered 408 and writes nothing", async () => {
  const { door, service, told } = await open({ limits: { messageIdleMs: 200 } });
  const client = await connect(door.port, 'POST /api/v1/save HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"id":"1"');
  expect(await client.all).toMatch(/^HTTP\/1.1 408 .*messageIdleMs/s);
  expect(service.chrondb.entries).toHaveLength(0);
  expect(told).toContainEqual(["limitReached", "messageIdleMs"]);
});

test("a body that comes slowly but keeps coming is taken", async () => {
  const { door, service } = await open({ limits: { messageIdleMs: 300 } });
  const client = await connect(
    door.port,
    "POST /api/v1/save HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 10\r\n\r\n",
  );
  for (const byte of '{"id":"1"}') {
    client.socket.write(byte);
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
  expect(await client.all).toMatch(/^HTTP\/1.1 200 /);
  expect(service.chrondb.entries).toHaveLength(1);
});

test("work that takes longer than the idle limit is not cut", async () => {
  const { door, service } = await open({ limits: { messageIdleMs: 100 } });
  service.chrondb.delayMs = 400;
  const client = await connect(
    door.port,
    'POST /api/v1/save HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 10\r\n\r\n{"id":"1"}',
  );
  expect(await client.all).toMatch(/^HTTP\/1.1 200 /);
});

test("connections over the limit are told so; when one leaves, the next is taken", async () => {
  const { door, told } = await open({ limits: { restConnections: 2 } });
  const first = await connect(door.port);
  await connect(door.port);
  const third = await (await connect(door.port, GET)).all;
  expect(third).toMatch(/^HTTP\/1.1 503 .*Retry-After: 1.*TOO_MANY_CONNECTIONS/s);
  expect(told.map(([name]) => name)).toEqual(expect.arrayContaining(["connectionRefused", "limitReached"]));
  first.socket.end();
  await first.all;
  await new Promise((resolve) => setTimeout(resolve, 50));
  const fourth = await connect(door.port, GET.replace("Host: x", "Host: x\r\nConnection: close"));
  expect(await fourth.all).toMatch(/^HTTP\/1.1 200 /);
});

test("connections opened and closed are events", async () => {
  const { door, told } = await open();
  const client = await connect(door.port, GET.replace("Host: x", "Host: x\r\nConnection: close"));
  await client.all;
  await new Promise((resolve) => setTimeout(resolve, 30));
  const [opened, closed] = told.filter(([name]) => String(name).startsWith("connection"));
  expect(opened).toEqual(["connectionOpened", "rest", "rest-1", "127.0.0.1"]);
  expect(closed).toEqual(["connectionClosed", "rest", "rest-1", "closed"]);
});

test("draining answers what was taken, refuses what comes, closes what is idle, and listens no more", async () => {
  const { door, service } = await open();
  service.chrondb.delayMs = 300;
  const idle = await connect(door.port, GET);
  const save = 'POST /api/v1/save HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{"id":"1"}';
  const busy = await connect(door.port, save);
  const late = await connect(door.port, save);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const drained = door.drain();
  late.socket.write(GET);
  await idle.all;
  expect(await busy.all).toMatch(/^HTTP\/1.1 200 .*connection: close/is);
  await drained;
  expect((await late.all).match(/^HTTP\/1.1 \d+/)).not.toBeNull();
  expect(service.chrondb.entries).toHaveLength(2);
  await expect(fetch(`http://127.0.0.1:${door.port}/healthz`)).rejects.toThrow();
  await door.close();
});

test("a drain is bounded: what never ends is cut off", async () => {
  const { door } = await open({ limits: { drainMs: 200 } });
  const client = await connect(
    door.port,
    "POST /api/v1/documents/import HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n",
  );
  await new Promise((resolve) => setTimeout(resolve, 50));
  await door.drain();
  expect(await client.all).toBe("");
});

test("a client that leaves in the middle of an import keeps what was written", async () => {
  const { door, service, told } = await open();
  const line = '{"id":"1"}\n';
  const half = `${line}{"id":`;
  const client = await connect(
    door.port,
    "POST /api/v1/documents/import HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n" +
      `${half.length.toString(16)}\r\n${half}\r\n`,
  );
  await new Promise((resolve) => setTimeout(resolve, 100));
  client.socket.destroy();
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(service.chrondb.entries).toHaveLength(1);
  expect(told.filter(([name]) => name === "error")).toEqual([]);
});

test("bodies under way have a common limit, and give it back", async () => {
  const { door, service, told } = await open({ limits: { restBodiesBytes: 25 } });
  service.chrondb.delayMs = 200;
  const save = 'POST /api/v1/save HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 10\r\n\r\n{"id":"1"}';
  const [first, second] = [await connect(door.port, save), await connect(door.port, save)];
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await (await connect(door.port, save)).all).toMatch(/^HTTP\/1.1 503 .*retry-after: 1.*"code":"OVERLOADED"/is);
  expect(told).toContainEqual(["limitReached", "restBodiesBytes"]);
  expect(await first.all).toMatch(/^HTTP\/1.1 200 /);
  expect(await second.all).toMatch(/^HTTP\/1.1 200 /);
  // A client that leaves in the middle of its body gives its share back too.
  const gone = await connect(door.port, "POST /api/v1/save HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\n{");
  await new Promise((resolve) => setTimeout(resolve, 50));
  gone.socket.destroy();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await (await connect(door.port, save)).all).toMatch(/^HTTP\/1.1 200 /);
});

test("a port in use is told by its code", async () => {
  const { door, deps } = await open();
  await expect(startRestDoor({ ...deps, settings: { ...deps.settings, port: door.port } })).rejects.toMatchObject({
    code: "EADDRINUSE",
  });
});
