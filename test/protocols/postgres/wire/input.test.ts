import { describe, expect, it } from "vitest";
import { Input } from "../../../../src/protocols/postgres/wire/index.ts";
import { bind, parse, query, SYNC, TERMINATE } from "../support/raw-client.ts";

const MAX = 1_000_000;

describe("Input", () => {
  it("gives the same messages however the bytes are cut", () => {
    const bytes = Buffer.concat([
      parse("s", "select 1", [23]),
      bind("p", "s", ["é", null, "x".repeat(10_000)], [], [1]),
      query("q"),
      SYNC,
    ]);
    const whole = takeAll([bytes]);
    expect(whole.map((message) => message.type)).toEqual(["parse", "bind", "query", "sync"]);
    for (const size of [1, 2, 3, 7, 100, 4096]) {
      const chunks: Buffer[] = [];
      for (let at = 0; at < bytes.length; at += size) chunks.push(Buffer.from(bytes.subarray(at, at + size)));
      expect(takeAll(chunks)).toEqual(whole);
    }
  });

  it("keeps nothing that later chunks overwrite", () => {
    const input = new Input();
    const chunk = Buffer.from(bind("p", "s", [Buffer.from([1, 2])], [1]));
    input.push(chunk);
    const message = input.next(MAX);
    chunk.fill(0xff);
    expect(message).toMatchObject({ parameters: [Buffer.from([1, 2])] });
  });

  it("needs memory only for what was really sent", () => {
    const input = new Input();
    input.push(Buffer.from([0x51, 0, 15, 0, 0]));
    expect(input.next(MAX)).toBeNull();
    expect(input.peekType()).toBe(0);
    expect(input.buffered).toBe(5);
  });

  it("looks ahead only at whole messages", () => {
    const input = new Input();
    input.push(query("x"));
    expect(input.peekType()).toBe(0x51);
    input.next(MAX);
    input.push(SYNC.subarray(0, 4));
    expect(input.peekType()).toBe(0);
    input.push(SYNC.subarray(4));
    expect(input.peekType()).toBe(0x53);
  });

  it("recognises a goodbye at the end", () => {
    const input = new Input();
    input.push(query("x"));
    expect(input.endsWithTerminate()).toBe(false);
    input.push(TERMINATE);
    expect(input.endsWithTerminate()).toBe(true);
  });
});

function takeAll(chunks: Buffer[]): { type: string }[] {
  const input = new Input();
  const messages: { type: string }[] = [];
  for (const chunk of chunks) {
    input.push(chunk);
    for (let message = input.next(MAX); message !== null; message = input.next(MAX)) messages.push(message);
  }
  expect(input.buffered).toBe(0);
  return messages;
}
