// Lines kept for the next time: which, how many, and for whom.
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { History } from "../../../src/cli/repl/history.ts";

const scratch = mkdtempSync(join(tmpdir(), "chrondb-history-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

test("lines are kept newest first, in a file that only its owner reads", () => {
  const path = join(scratch, "a");
  const history = new History(path);
  expect(history.load()).toEqual([]);
  for (const line of ["SELECT 1;", "", " SELECT 'secret';", "ALTER ROLE a PASSWORD 'x';", "SELECT 2;"]) history.add(line);
  expect(new History(path).load()).toEqual(["SELECT 2;", "SELECT 1;"]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("a file others may read is closed to them, and a long one shortened", () => {
  const path = join(scratch, "b");
  writeFileSync(path, Array.from({ length: 1500 }, (_, at) => `SELECT ${at};\n`).join(""), { mode: 0o644 });
  expect(new History(path).load()).toHaveLength(1000);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readFileSync(path, "utf8").split("\n")).toHaveLength(1001);
});

test("a home that cannot be written to stops nobody", () => {
  const history = new History(join(scratch, "none", "c"));
  history.add("SELECT 1;");
  expect(history.load()).toEqual([]);
});
