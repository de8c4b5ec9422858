// Names of files: injective, whatever the id, and harmless to git and to every file system.
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeName, encodeName, parsePath, pathOf, placeOf, schemaName } from "../../src/archive/layout.ts";

test.each([
  ["1", "1"],
  ["user-1_a.b", "user-1_a.b"],
  ["User", "%55ser"],
  ["a/b", "a%2fb"],
  [".", "%2e"],
  ["..", "%2e%2e"],
  [".git", "%2egit"],
  ["git~1", "git%7e1"],
  ["100%", "100%25"],
  ["-rf", "%2drf"],
  ["_schema", "%5fschema"],
  ["con", "%63on"],
  ["con.txt", "%63on.txt"],
  ["CON", "%43%4f%4e"],
  ["console", "console"],
  ["a.", "a%2e"],
  ["a ", "a%20"],
  ["é", "%c3%a9"],
  ["\\x00", "%5cx00"],
])("%j is called %s", (text, name) => {
  expect(encodeName(text)).toBe(name);
  expect(decodeName(name)).toBe(text);
});

test("documents lie where the formula says", () => {
  // printf user1 | sha1sum = b3daa77b…
  expect(pathOf(placeOf("user", "user1"))).toBe("user/b3/da/user1.json");
  expect(schemaName("User")).toBe("%55ser.json");
});

test("any two ids have different names, also where case and Unicode form do not count", () => {
  const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 300 });
  const fold = (name: string): string => name.normalize("NFC").toLowerCase();
  fc.assert(
    fc.property(text, text, (a, b) => {
      const place = placeOf("t", a);
      expect(place.name).toMatch(/^[a-z0-9%][a-z0-9_.%-]*(?:~[0-9a-f]{64})?$/);
      expect(place.name.length).toBeLessThanOrEqual(200);
      if (a !== b) expect(fold(pathOf(place))).not.toBe(fold(pathOf(placeOf("t", b))));
      const parsed = parsePath(pathOf(place));
      expect(parsed).toMatchObject({ kind: "body", table: "t", id: place.long ? null : a.toWellFormed() });
    }),
  );
  expect(fold(pathOf(placeOf("t", "A")))).not.toBe(fold(pathOf(placeOf("t", "a"))));
});

test.each([
  "a",
  "a/b.json",
  "t/ab/cd/x.txt",
  "t/ab/cd/A.json",
  "t/ab/cd/%2E.json",
  "t/ab/cd/%ff.json",
  "_schema/A.json",
  "%61/ab/cd/x.json",
  "t/ab/cd/ef/x.json",
])("%s is no path of ours", (path) => {
  expect(parsePath(path)).toBeNull();
});
