// What SQLite throws becomes a refusal that says what to do; and after a full disk the group can be given up and work goes on.
import { expect, it } from "vitest";
import { ChronError, type ErrorCode } from "../../src/base/errors.ts";
import { stateFailure } from "../../src/state/failures.ts";
import { head, put, scratchStore, write } from "./support.ts";

const CODES: [sqlite: string, code: ErrorCode, says: RegExp][] = [
  ["SQLITE_CORRUPT", "CORRUPT", /chrondb rebuild/],
  ["SQLITE_CORRUPT_INDEX", "CORRUPT", /chrondb rebuild/],
  ["SQLITE_NOTADB", "CORRUPT", /chrondb rebuild/],
  ["SQLITE_FULL", "DISK_FULL", /Free some space/],
  ["SQLITE_IOERR_FSYNC", "STORAGE_FAILED", /restart the server/],
  ["SQLITE_CANTOPEN", "STORAGE_FAILED", /permissions/],
  ["SQLITE_READONLY", "STORAGE_FAILED", /permissions/],
  ["SQLITE_TOOBIG", "LIMIT_EXCEEDED", /larger than/],
];

it.each(CODES)("%s is %s", (sqlite, code, says) => {
  const failure = stateFailure(Object.assign(new Error("as SQLite says"), { code: sqlite }), "/data/state.db");
  expect(failure).toBeInstanceOf(ChronError);
  expect(failure).toMatchObject({ code });
  expect(String(failure)).toMatch(says);
  expect(String(failure)).toContain("/data/state.db");
});

it("what SQLite did not throw stays as it is", () => {
  for (const thrown of [
    new Error("other"),
    new ChronError("TIMEOUT", "Too late."),
    "text",
    Object.assign(new Error("x"), { code: "ENOSPC" }),
  ]) {
    expect(stateFailure(thrown, "/data/state.db")).toBe(thrown);
  }
});

it("a full disk refuses the group, and what was there before stays", () => {
  const store = scratchStore();
  const { writer, reader } = store;
  write(store, put("t", "1", '{"a":1}'));
  const catalogue = store.catalog();
  const pages = Number(writer.database.pragma("page_count", { simple: true }));
  writer.database.pragma(`max_page_count = ${pages + 2}`);
  writer.begin();
  const fill = () => {
    for (let at = 0; at < 100; at++) writer.apply(2, [put("fresh", `${at}`, `{"b":"${"x".repeat(3000)}"}`)]);
    writer.finish(head(2));
    writer.commit();
  };
  expect(fill).toThrow(expect.objectContaining({ code: "DISK_FULL" }));
  writer.rollback();
  expect(store.writerCatalog()).toBe(catalogue);
  expect([reader.count(0), writer.count(0), reader.sequence(), writer.sequence()]).toEqual([1, 1, 1, 1]);
  writer.database.pragma("max_page_count = 1000000");
  write(store, put("fresh", "1", '{"b":1}'));
  expect(reader.count(0)).toBe(2);
});
