import { expect, test } from "vitest";
import { Cursors } from "../../../src/protocols/redis/cursors.ts";

test("a cursor leads back to its position until too many newer ones were used", () => {
  const cursors = new Cursors(2);
  const first = cursors.issue({ tid: 1, id: "a" });
  const second = cursors.issue({ tid: 1, id: "b" });
  expect(cursors.find(first)).toEqual({ tid: 1, id: "a" });
  const third = cursors.issue({ tid: 2, id: "c" });
  expect(cursors.find(second)).toBeUndefined();
  expect(cursors.find(first)).toEqual({ tid: 1, id: "a" });
  expect(cursors.find(third)).toEqual({ tid: 2, id: "c" });
  expect(cursors.find("0")).toBeUndefined();
});
