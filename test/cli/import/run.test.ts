// An import as a whole: batches, refused documents, what happens when the server goes away, progress.
import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { EXIT } from "../../../src/cli/exit.ts";
import { duration, startProgress } from "../../../src/cli/import/progress.ts";
import { chrondb, fakeDoor } from "../../support/command-line.ts";

const lines = (count: number): string => Array.from({ length: count }, (_, at) => `{"id":"a:${at + 1}"}`).join("\n");

test("12,001 documents go in three requests, in order", async () => {
  const door = await fakeDoor(({ body }) => ({ body: `{"imported":${body.trim().split("\n").length},"failed":0,"errors":[]}` }));
  const ran = await chrondb(["import", "--port", door.port], { stdin: lines(12_001) });
  expect(ran.out).toContain("12001 documents imported");
  expect(door.seen.map((request) => request.body.trim().split("\n").length)).toEqual([5000, 5000, 2001]);
  expect(door.seen.map((request) => request.body).join("")).toBe(`${lines(12_001)}\n`);
  await door.close();
});

test("refused documents are named by their place in the input, and the exit code is 1", async () => {
  const answers = ['{"imported":1,"failed":1,"errors":[{"line":2,"error":"The reason.","code":"X"}]}'];
  const door = await fakeDoor(() => ({ body: answers.shift() ?? "" }));
  const ran = await chrondb(["import", "--port", door.port], { stdin: '{"id":"a"}\n{"no":"id"}\n{"id":"b"}' });
  expect(ran.code).toBe(EXIT.failed);
  expect(ran.out).toContain("1 documents imported");
  expect(ran.out).toContain("2 failed");
  expect(ran.err).toBe(
    "chrondb: Document 2: there is no field id to take the id from; --id-seq or --id-field may help\nDocument 3: The reason.\n",
  );
  await door.close();
});

test("a batch of which every line is refused is counted like any other", async () => {
  const body =
    '{"error":"None could be imported","imported":0,"failed":2,"errors":[{"line":1,"error":"A."},{"line":2,"error":"B."}]}';
  const door = await fakeDoor(() => ({ status: 400, body }));
  const ran = await chrondb(["import", "--port", door.port], { stdin: lines(2) });
  expect(ran).toMatchObject({ code: EXIT.failed, err: "chrondb: Document 1: A.\nDocument 2: B.\n" });
  await door.close();
});

test("when the server stops, the message says how to go on, and --skip does", async () => {
  const door = await fakeDoor(() =>
    door.seen.length === 1
      ? { body: '{"imported":5000,"failed":0,"errors":[]}' }
      : { status: 503, body: '{"error":"Going down."}' },
  );
  const ran = await chrondb(["import", "--port", door.port], { stdin: lines(6000) });
  expect(ran.code).toBe(EXIT.failed);
  expect(ran.err).toContain("Going down.");
  expect(ran.err).toContain("--skip 5000");
  await door.close();
  const again = await fakeDoor(({ body }) => ({ body: `{"imported":${body.trim().split("\n").length},"failed":0,"errors":[]}` }));
  const rest = await chrondb(["import", "--skip", "5000", "--table", "t", "--id-seq", "--port", again.port], {
    stdin: lines(6000),
  });
  expect(rest.out).toContain("1000 documents imported");
  expect(again.seen[0]?.body).toMatch(/^\{"id":"t:5001"\}\n/);
  await again.close();
});

test("a file that cannot be read is named", async () => {
  expect(await chrondb(["import", "/nonexistent/x.json"])).toMatchObject({
    code: EXIT.failed,
    err: expect.stringContaining("/nonexistent/x.json"),
  });
});

test("off a terminal progress is a line every five seconds, with rate and ETA", () => {
  const written: string[] = [];
  const stream = Object.assign(new Readable(), {
    write: (text: string) => written.push(text) > 0,
  }) as unknown as NodeJS.WriteStream;
  const time = { now: 0 };
  const progress = startProgress({ stream, clock: { micros: () => 0, elapsed: () => time.now }, totalBytes: 1000 });
  progress.update(10, 10);
  expect(written).toEqual([]);
  time.now = 5000;
  progress.update(1000, 250);
  progress.update(1001, 251);
  time.now = 10_000;
  progress.update(4000, 1000);
  expect(written).toEqual(["1000 documents (25 %), 200/s, ETA 15s\n", "4000 documents (100 %), 400/s, ETA 0s\n"]);
});

test.each([
  [0, "0s"],
  [59.6, "1m0s"],
  [75, "1m15s"],
  [3600, "1h0m"],
  [7290, "2h1m"],
])("%d seconds are %s", (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});
