import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { Outbox } from "../../../src/protocols/postgres/outbox.ts";

test("replies are sent together at the end of the turn, each sender's once it has asked", async () => {
  const outbox = new Outbox();
  const sent: string[] = [];
  const sender = (name: string) => ({ flush: () => void sent.push(name) });
  outbox.add(sender("a"));
  outbox.add(sender("b"));
  await Promise.resolve();
  expect(sent).toEqual([]);
  await turn();
  expect(sent).toEqual(["a", "b"]);
  outbox.add({
    flush: () => {
      sent.push("c");
      outbox.add(sender("d"));
    },
  });
  await turn();
  await turn();
  expect(sent).toEqual(["a", "b", "c", "d"]);
});
