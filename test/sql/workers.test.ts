// What runs elsewhere: stopped when cancelled or late, and never kept by a slow client.
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TestRoom } from "./support/room.ts";

let room: TestRoom;

beforeAll(async () => {
  room = await TestRoom.open({ queryWorkers: 1, queryQueue: 2 });
  await room.session().rows("INSERT INTO nums SELECT 'k' || g AS id, g AS n FROM generate_series(1, 2500) g");
});
afterAll(() => room.close());

const ENDLESS = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n % 1000 + 1 FROM t) SELECT count(*) FROM t";

test("cancel stops a statement that would never end, and the next one runs", async () => {
  const session = room.session();
  const running = session.run(ENDLESS);
  setTimeout(() => session.session.cancel(), 150);
  expect((await running).error).toMatchObject({ sqlstate: "57014", message: "canceling statement due to user request" });
  expect(await session.rows("SELECT count(*) FROM nums")).toEqual([["2500"]]);
});

test("statement_timeout does the same", async () => {
  const session = room.session();
  await session.rows("SET statement_timeout = 150");
  expect((await session.run(ENDLESS)).error).toMatchObject({
    sqlstate: "57014",
    message: "canceling statement due to statement timeout",
  });
  expect(await session.rows("SELECT 1")).toEqual([["1"]]);
});

test("a portal left suspended does not keep the only worker", async () => {
  const slow = room.session().session;
  const prepared = slow.prepare("SELECT n, repeat('x', 4000) FROM nums ORDER BY n", []);
  const cursor = await slow.execute(prepared, []);
  const first = await cursor.next(10);
  expect(first.rows.map((row) => row[0])).toEqual(["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]);
  expect(await room.session().rows("SELECT count(*) FROM nums")).toEqual([["2500"]]);
  let seen = first.rows.length;
  for (let done = false; !done; ) {
    const batch = await cursor.next(700);
    expect(batch.rows[0]?.[0]).toBe(String(seen + 1));
    seen += batch.rows.length;
    done = batch.done;
  }
  expect(seen).toBe(2500);
  expect(cursor.tag()).toBe("SELECT 2500");
});

test("too many waiting statements are refused, not queued without end", async () => {
  const sessions = Array.from({ length: 5 }, () => room.session());
  const running = sessions.map((session) => session.run(ENDLESS));
  setTimeout(() => {
    for (const session of sessions) session.session.cancel();
  }, 200);
  const states = (await Promise.all(running)).map((answer) => answer.error?.sqlstate);
  expect(states.filter((state) => state === "53400").length).toBeGreaterThan(0);
  expect(states.every((state) => state === "53400" || state === "57014")).toBe(true);
});

test("an error in the middle of the rows is told", async () => {
  const answer = await room.session().run("SELECT 1 / (n - 2000) FROM nums ORDER BY n");
  expect(answer.error?.sqlstate).toBe("22012");
});

test("a worker kept ready is there before it is asked for, and again after it was killed", async () => {
  const warm = await TestRoom.open({ queryWorkers: 1 });
  try {
    const children = (): number[] =>
      readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
    const before = new Set(children());
    const own = (): number[] => children().filter((pid) => !before.has(pid));
    warm.room.warm();
    warm.room.warm();
    const [first, ...more] = own();
    expect(first).toBeGreaterThan(0);
    expect(more).toEqual([]);
    await warm.session().rows("INSERT INTO few SELECT 'k' || g AS id, g AS n FROM generate_series(1, 300) g");
    expect(own()).toEqual([first]);
    const session = warm.session();
    const running = session.run(ENDLESS);
    setTimeout(() => session.session.cancel(), 150);
    expect((await running).error).toMatchObject({ sqlstate: "57014" });
    await expect.poll(own, { timeout: 10_000 }).toEqual([expect.not.toBeOneOf([first])]);
    expect(await session.rows("SELECT count(*) FROM few")).toEqual([["300"]]);
  } finally {
    await warm.close();
  }
});
