import { Socket } from "node:net";
import { expect, test } from "vitest";
import { findOpenSocket, openPlain, works } from "../../../../src/protocols/redis/connection/shared-read.ts";

test("the public way passes the trial, and on this Node the shared buffer does too", async () => {
  expect(await works(openPlain)).toBe(true);
  const open = await findOpenSocket();
  expect(open).not.toBe(openPlain);
  expect(await works(open)).toBe(true);
});

test("what reads nothing, reads too much, or throws fails the trial", async () => {
  expect(
    await works((accepted, hear) =>
      openPlain(accepted, (buffer, length) => {
        hear(buffer, length);
        hear(buffer, length);
      }),
    ),
  ).toBe(false);
  expect(await works((accepted) => accepted)).toBe(false);
  expect(
    await works(() => {
      throw new TypeError("no such handle");
    }),
  ).toBe(false);
});

test("a socket without the private part is read the public way", async () => {
  const open = await findOpenSocket();
  const bare = new Socket();
  const heard: string[] = [];
  expect(open(bare, (buffer, length) => heard.push(buffer.toString("latin1", 0, length)))).toBe(bare);
  bare.emit("data", Buffer.from("abc"));
  expect(heard).toEqual(["abc"]);
  bare.destroy();
});
