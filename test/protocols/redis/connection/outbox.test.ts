// When bytes reach the socket: at the end of the turn, or before it where they are many or the connection ends.
import type { Socket } from "node:net";
import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { DEFAULT_LIMITS } from "../../../../src/base/limits.ts";
import { Flusher } from "../../../../src/protocols/redis/connection/flusher.ts";
import { Outbox } from "../../../../src/protocols/redis/connection/outbox.ts";
import type { Door } from "../../../../src/protocols/redis/door.ts";
import { bulk, OK, PONG } from "../../../../src/protocols/redis/reply.ts";
import { ReplyWriter } from "../../../../src/protocols/redis/resp/writer.ts";

function start(): { outbox: Outbox; flusher: Flusher; writes: string[] } {
  const writes: string[] = [];
  const socket = new Writable({
    write(chunk: Buffer, _encoding, done) {
      writes.push(chunk.toString("latin1"));
      done();
    },
  });
  const flusher = new Flusher();
  const door = { limits: DEFAULT_LIMITS, writer: new ReplyWriter(), flusher, stats: { outputBytes: 0 } };
  return { outbox: new Outbox(door as unknown as Door, socket as unknown as Socket), flusher, writes };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("at the end of the turn, as one", async () => {
  const { outbox, writes } = start();
  outbox.reply(OK);
  outbox.reply(PONG);
  outbox.send();
  expect(writes).toEqual([]);
  expect(outbox.unsent).toBe(12);
  await turn();
  expect(writes).toEqual(["+OK\r\n+PONG\r\n"]);
  expect(outbox.unsent).toBe(0);
});

test("at once where they are many, at an end, and after work that is done around the flusher", async () => {
  const { outbox, flusher, writes } = start();
  outbox.reply(bulk("x".repeat(20_000)));
  outbox.send();
  expect(writes.join("").length).toBe(20_010);
  writes.length = 0;
  outbox.reply(OK);
  outbox.send();
  outbox.flush();
  expect(writes).toEqual(["+OK\r\n"]);
  flusher.around(() => {
    outbox.reply(PONG);
    outbox.send();
    expect(writes.length).toBe(1);
  });
  expect(writes).toEqual(["+OK\r\n", "+PONG\r\n"]);
  await turn();
  expect(writes.length).toBe(2);
});

test("in the order of the requests, whenever they come", async () => {
  const { outbox, writes } = start();
  const place = outbox.reserve();
  outbox.reply(PONG);
  outbox.send();
  await turn();
  expect(writes).toEqual([]);
  expect(outbox.fill(place, OK)).toBe(true);
  outbox.settle();
  outbox.send();
  await turn();
  expect(writes).toEqual(["+OK\r\n+PONG\r\n"]);
});

test("never to a client that is gone", async () => {
  const { outbox, writes } = start();
  outbox.reply(OK);
  outbox.send();
  outbox.close();
  await turn();
  outbox.reply(OK);
  outbox.send();
  await turn();
  expect(writes).toEqual([]);
  expect(outbox.unsent).toBe(0);
});
