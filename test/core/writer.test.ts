import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { ChronError } from "../../src/base/errors.ts";
import type { CommitLog } from "../../src/log/commit-log.ts";
import { CALLER, INTENT, openRoom, type Room } from "./room.ts";

const rooms: Room[] = [];
async function room(options: Parameters<typeof openRoom>[0] = {}): Promise<Room> {
  const opened = await openRoom(options);
  rooms.push(opened);
  return opened;
}
afterEach(async () => {
  for (const opened of rooms.splice(0)) {
    await opened.tenant.close();
    opened.remove();
  }
});

/** A log whose async sync waits until released. */
function heldSync(): { wrap(log: CommitLog): CommitLog; release(): void; waiting(): boolean } {
  let let_go: (() => void) | null = null;
  return {
    wrap: (log) =>
      new Proxy(log, {
        get(target, name) {
          if (name === "sync") {
            return () =>
              new Promise<void>((resolve, reject) => {
                let_go = () => target.sync().then(resolve, reject);
              });
          }
          const value: unknown = Reflect.get(target, name, target);
          return typeof value === "function" ? value.bind(target) : value;
        },
      }),
    release: () => {
      let_go?.();
      let_go = null;
    },
    waiting: () => let_go !== null,
  };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

const put = (opened: Room, id: string, body: string) => opened.tenant.write(CALLER, INTENT, (tx) => tx.put("t", id, body));

describe("the writer's turn", () => {
  it("starts with the initial entry, then numbers without gaps; nothing changed = no entry", async () => {
    const opened = await room();
    expect((await put(opened, "1", "{}")).version).toBe(2);
    const nothing = await opened.tenant.write(CALLER, INTENT, (tx) => tx.delete("t", "missing"));
    expect(nothing).toEqual({ value: false, version: 2, changed: false });
    expect((await put(opened, "1", "{}")).version).toBe(3);
    const entries = [...opened.log.read(0)];
    expect(entries.map(({ head }) => [head.sequence, head.operation])).toEqual([
      [1, "initialize-repository"],
      [2, "save-document"],
      [3, "save-document"],
    ]);
  });

  it("lets each of a group see the ones before it, and none see what was undone", async () => {
    const opened = await room();
    const increment = () =>
      opened.tenant.write(CALLER, INTENT, (tx) => {
        const now = Number(tx.get("t", "n")?.body ?? "0");
        tx.put("t", "n", String(now + 1));
        return now + 1;
      });
    const failing = () =>
      opened.tenant.write(CALLER, INTENT, (tx) => {
        tx.put("t", "n", "1000");
        expect(tx.get("t", "n")?.body).toBe("1000");
        throw new ChronError("INVALID_ARGUMENT", "on purpose");
      });
    const outcomes = await Promise.allSettled([increment(), failing(), increment(), failing(), increment()]);
    expect(
      outcomes.map((outcome) => (outcome.status === "fulfilled" ? outcome.value.value : (outcome.reason as Error).message)),
    ).toEqual([1, "on purpose", 2, "on purpose", 3]);
    expect(opened.tenant.read(CALLER, (view) => view.get("t", "n")?.body)).toBe("3");
  });

  it("shows nobody what is not durable, and answers only when it is", async () => {
    const held = heldSync();
    const opened = await room({ wrapLog: held.wrap });
    let answered = 0;
    const writes = [put(opened, "a", "1"), put(opened, "b", "2")].map((write) => write.then(() => answered++));
    await until(held.waiting);
    expect(opened.tenant.read(CALLER, (view) => view.get("t", "a"))).toBeUndefined();
    expect(answered).toBe(0);
    held.release();
    await Promise.all(writes);
    expect(opened.tenant.read(CALLER, (view) => view.get("t", "a")?.body)).toBe("1");
  });

  it("makes one effect of several changes of one document, and none of those undone by a caught conflict", async () => {
    const opened = await room();
    await opened.tenant.write(CALLER, INTENT, (tx) => {
      for (let at = 0; at < 10; at++) tx.put("t", "x", String(at));
      tx.put("t", "y", "1");
      tx.delete("t", "y");
    });
    const last = [...opened.log.read(1)][0];
    expect(last?.effects).toMatchObject([
      { op: "put", id: "x", body: "9" },
      { op: "delete", id: "y" },
    ]);
    expect(opened.tenant.read(CALLER, (view) => view.list("t", { limit: 10 }).map(({ id }) => id))).toEqual(["x"]);
  });

  it("gives a strictly growing time even when asked twice in one microsecond", async () => {
    const opened = await room();
    await Promise.all(Array.from({ length: 200 }, (_, at) => put(opened, String(at), "{}")));
    const times = [...opened.log.read(0)].map(({ head }) => head.time);
    expect(times.every((time, at) => at === 0 || time > (times[at - 1] ?? 0))).toBe(true);
  });

  it("runs a sliced change while reads go on, visible at once at its end", async () => {
    const opened = await room();
    const seen = new Set<number>();
    const write = opened.tenant.writeSliced(CALLER, INTENT, function* (tx) {
      for (let at = 0; at < 20_000; at++) {
        tx.put("big", String(at), '{"n":1}');
        if (at % 50 === 0) yield;
      }
      return "done";
    });
    let done = false;
    const finished = write.then((committed) => {
      done = true;
      return committed;
    });
    while (!done) {
      seen.add(opened.tenant.read(CALLER, (view) => view.count("big")));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await finished).value).toBe("done");
    seen.add(opened.tenant.read(CALLER, (view) => view.count("big")));
    expect([...seen].sort()).toEqual([0, 20_000]);
  });
});

describe("refusals", () => {
  it.each([
    ["an empty id", "t", "", "INVALID_ID"],
    ["a long id", "t", "x".repeat(1025), "INVALID_ID"],
    ["a table with a leading underscore", "_t", "1", "INVALID_TABLE"],
    ["a default id that is another table's key", "default", "user:1", "INVALID_ID"],
  ])("%s", async (_what, table, id, code) => {
    const opened = await room();
    await expect(opened.tenant.write(CALLER, INTENT, (tx) => tx.put(table, id, "{}"))).rejects.toMatchObject({ code });
  });

  it("a document, a transaction and a queue over their limits, by name", async () => {
    const opened = await room({ limits: { documentBytes: 100, transactionEffects: 3, writerQueue: 2 } });
    await expect(put(opened, "1", `"${"x".repeat(100)}"`)).rejects.toMatchObject({
      code: "LIMIT_EXCEEDED",
      details: { limit: "documentBytes" },
    });
    await expect(
      opened.tenant.write(CALLER, INTENT, (tx) => {
        for (let at = 0; at < 4; at++) tx.put("t", String(at), "1");
      }),
    ).rejects.toMatchObject({ code: "LIMIT_EXCEEDED", details: { limit: "transactionEffects" } });
    expect(opened.tenant.read(CALLER, (view) => view.count("t"))).toBe(0);
    const outcomes = await Promise.allSettled([put(opened, "1", "1"), put(opened, "2", "1"), put(opened, "3", "1")]);
    expect(outcomes[2]).toMatchObject({ status: "rejected", reason: { code: "OVERLOADED", details: { limit: "writerQueue" } } });
  });

  it("writes while the disk is low, with the reason, and reads go on", async () => {
    let reason: string | null = null;
    const opened = await room({ readOnly: () => reason });
    await put(opened, "1", "1");
    reason = "The disk is nearly full.";
    await expect(put(opened, "2", "1")).rejects.toMatchObject({ code: "DISK_FULL", message: reason });
    expect(opened.tenant.read(CALLER, (view) => view.get("t", "1")?.body)).toBe("1");
    reason = null;
    await put(opened, "2", "1");
  });
});

describe("a failed fsync", () => {
  it("is never retried: the waiting writers get an error, later ones too, and the server is told to stop", async () => {
    let fail = false;
    const opened = await room({
      wrapLog: (log) =>
        new Proxy(log, {
          get(target, name) {
            if (fail && (name === "sync" || name === "syncNow")) {
              return () => {
                throw new ChronError("STORAGE_FAILED", "fsync failed: EIO");
              };
            }
            const value: unknown = Reflect.get(target, name, target);
            return typeof value === "function" ? value.bind(target) : value;
          },
        }),
    });
    await put(opened, "1", "1");
    fail = true;
    const outcomes = await Promise.allSettled([put(opened, "2", "1"), put(opened, "3", "1")]);
    expect(outcomes.map((outcome) => (outcome.status === "rejected" ? outcome.reason.code : "ok"))).toEqual([
      "STORAGE_FAILED",
      "STORAGE_FAILED",
    ]);
    expect(opened.fatal).toEqual(["STORAGE_FAILED"]);
    await expect(put(opened, "4", "1")).rejects.toMatchObject({ code: "STORAGE_FAILED" });
    expect(opened.tenant.read(CALLER, (view) => view.count("t"))).toBe(1);
  });
});

describe("expiry", () => {
  it("hides at once, deletes by a commit flagged expired, and the past keeps it", async () => {
    const opened = await room();
    const soon = Math.floor(systemClock.micros() / 1000) + 1500;
    await opened.tenant.write(CALLER, INTENT, (tx) => tx.put("t", "x", "1", { expiresAt: soon }));
    const alive = opened.tenant.read(CALLER, (view) => view.sequence);
    expect(opened.tenant.read(CALLER, (view) => view.get("t", "x")?.body)).toBe("1");
    await until(() => opened.tenant.read(CALLER, (view) => view.sequence) > alive);
    expect(opened.tenant.read(CALLER, (view) => view.get("t", "x"))).toBeUndefined();
    const items = await opened.tenant.history(CALLER, "t", "x", { limit: 10 });
    expect(items.map(({ version, flags }) => [version?.body, flags])).toEqual([
      [undefined, ["expired"]],
      ["1", []],
    ]);
    const past = await opened.tenant.resolve(CALLER, String(alive));
    expect(opened.tenant.readAt(CALLER, past, (view) => view.get("t", "x")?.body)).toBe("1");
  });
});

describe("the past", () => {
  it("keeps its answer by sequence and by time, and refuses what never was", async () => {
    const opened = await room();
    await put(opened, "x", "1");
    const first = opened.tenant.read(CALLER, (view) => view.sequence);
    const at = [...opened.log.read(first - 1)][0]?.head.time ?? 0;
    await put(opened, "x", "2");
    await opened.tenant.write(CALLER, INTENT, (tx) => tx.delete("t", "x"));
    const iso = `${new Date(Math.floor(at / 1000)).toISOString().slice(0, 23)}${String(at % 1000).padStart(3, "0")}Z`;
    for (const reference of [String(first), `sequence:${first}`, `time:${iso}`]) {
      const past = await opened.tenant.resolve(CALLER, reference);
      expect(opened.tenant.readAt(CALLER, past, (view) => view.get("t", "x")?.body)).toBe("1");
    }
    await expect(opened.tenant.resolve(CALLER, "999")).rejects.toMatchObject({ code: "UNKNOWN_REFERENCE" });
    await expect(opened.tenant.resolve(CALLER, "1999-01-01")).rejects.toMatchObject({ code: "UNKNOWN_REFERENCE" });
    await expect(opened.tenant.resolve(CALLER, "2999-01-01")).rejects.toMatchObject({ code: "INVALID_REFERENCE" });
    await expect(opened.tenant.resolve(CALLER, "tag:v1")).rejects.toMatchObject({ code: "UNKNOWN_REFERENCE" });
  });
});
