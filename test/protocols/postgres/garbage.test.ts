// Whatever bytes come, at any point of a connection: the door says why and closes or goes on, other clients notice nothing, and
// nothing counts as a fault of the server.
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openDoor, type TestDoor } from "./support/door.ts";
import { bind, describePortal, execute, parse, query, RawClient, SSL, SYNC, startup, types } from "./support/raw-client.ts";

let test: TestDoor;
beforeAll(async () => {
  test = await openDoor({ limits: { messageIdleMs: 200 } });
});
afterAll(() => test.door.close());

const [seed = 0] = fc.sample(fc.integer(), 1);
const HELLO = startup({ user: "ada", database: "chrondb" });
const SCRIPT = Buffer.concat([
  HELLO,
  parse("s", "echo $1", [23]),
  bind("p", "s", ["1"], [0], [1]),
  describePortal("p"),
  execute("p", 3),
  SYNC,
  query("rows 3"),
]);

const stream = fc.oneof(
  fc.uint8Array({ maxLength: 100 }),
  fc.uint8Array({ maxLength: 100 }).map((noise) => Buffer.concat([HELLO, noise])),
  fc.uint8Array({ maxLength: 20 }).map((noise) => Buffer.concat([SSL, noise])),
  fc.tuple(fc.nat(SCRIPT.length - 1), fc.nat(255)).map(([at, to]) => {
    const bytes = Buffer.from(SCRIPT);
    bytes[at] = to;
    return bytes;
  }),
  fc.nat(SCRIPT.length).map((length) => SCRIPT.subarray(0, length)),
);

it(`garbage (seed ${seed})`, async () => {
  const watcher = await RawClient.ready(test.port);
  const streams = fc.sample(stream, { numRuns: 300, seed });
  const ends = streams.map(async (bytes, at) => {
    const client = await RawClient.open(test.port);
    client.send(Buffer.from(bytes));
    // Half hang up at once; the others wait for what the door makes of it.
    if (at % 2 === 0) client.end();
    else setTimeout(() => client.destroy(), 600);
    while (!client.closed) await client.bytes(1);
  });
  await Promise.all(ends);
  watcher.send(query("rows 1"));
  expect(types(await watcher.until("Z"))).toBe("T D C Z");
  watcher.destroy();
  expect([seed, test.seen.filter((event) => event.startsWith("error "))]).toEqual([seed, []]);
  await expect.poll(() => test.sessions.every((session) => session.closed)).toBe(true);
});
