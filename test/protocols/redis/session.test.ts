import { afterAll, beforeAll, expect, test } from "vitest";
import { type DoorRoom, openDoor } from "./room.ts";

let room: DoorRoom;
beforeAll(async () => {
  room = await openDoor();
});
afterAll(() => room.close());

test("what is set is read back, and each write is one entry", async () => {
  const client = await room.connect();
  expect(await client.call("PING")).toEqual({ status: "PONG" });
  const before = room.room.tenant.facts().sequence;
  expect(await client.call("SET", "user:1", '{"name":"Ada","n":1.10}')).toEqual({ status: "OK" });
  expect(await client.call("get", "user:1")).toBe('{"name":"Ada","n":1.10}');
  expect(room.room.tenant.facts().sequence).toBe(before + 1);
  client.close();
});
