// Replies of one turn leave together, whatever the turn was; nothing is lost where a connection ends in it.
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Client, type DoorRoom, openDoor, request } from "../room.ts";

let room: DoorRoom;
let clients: Client[];
beforeEach(async () => {
  room = await openDoor();
  clients = await Promise.all(Array.from({ length: 20 }, () => room.connect()));
});
afterEach(async () => {
  for (const client of clients) client.close();
  await room.close();
});

const PONG = { status: "PONG" };
const OK = { status: "OK" };

test("many connections at once, reads and writes, each its own replies in order", async () => {
  const all = await Promise.all(
    clients.map((client, index) =>
      client.pipeline(
        ["SET", `k${index}`, "v"],
        ["GET", `k${index}`],
        ["PING"],
        ["APPEND", `k${index}`, "w"],
        ["GET", `k${index}`],
      ),
    ),
  );
  for (const replies of all) expect(replies).toEqual([OK, "v", PONG, 2, "vw"]);
});

test("replies before a QUIT and a protocol error arrive, and whole ones before a kill by another connection", async () => {
  const [first, second, third, killer] = clients;
  if (first === undefined || second === undefined || third === undefined || killer === undefined) throw new Error("no clients");
  const id = String(await third.call("CLIENT", "ID"));
  const pings = Array.from({ length: 50 }, () => request("PING"));
  first.send(Buffer.concat([...pings, request("QUIT"), request("PING")]));
  second.send(Buffer.concat([...pings, Buffer.from("*1\r\n!\r\n")]));
  third.send(Buffer.concat(pings));
  killer.send(request("CLIENT", "KILL", "ID", id));
  expect(await first.rest()).toBe(`${"+PONG\r\n".repeat(50)}+OK\r\n`);
  expect(await second.rest()).toBe(`${"+PONG\r\n".repeat(50)}-ERR Protocol error: expected '$', got '!'\r\n`);
  // What it had run by then, whole: on a busy machine a turn may end in the middle.
  expect(await third.rest()).toMatch(/^(?:\+PONG\r\n){0,50}$/);
  expect(await killer.reply()).toBe(1);
});

test("replies larger than what is held back, among small ones", async () => {
  const [client] = clients;
  if (client === undefined) throw new Error("no client");
  const value = "x".repeat(200_000);
  await client.call("SET", "big", value);
  expect(await client.pipeline(["PING"], ["GET", "big"], ["PING"], ["GET", "big"], ["PING"])).toEqual([
    PONG,
    value,
    PONG,
    value,
    PONG,
  ]);
});

test("clients that vanish with replies under way leave nothing behind", async () => {
  for (const client of clients.slice(1)) {
    client.send(Buffer.concat([request("SET", "a", "1"), ...Array.from({ length: 100 }, () => request("GET", "a"))]));
    client.socket.resetAndDestroy();
  }
  await expect
    .poll(
      async () =>
        String(await clients[0]?.call("CLIENT", "LIST"))
          .trim()
          .split("\n").length,
    )
    .toBe(1);
  expect(room.events.names.filter((name) => name === "connectionClosed").length).toBe(19);
  expect(room.events.names).not.toContain("error");
});
