// bin/test in a small project of its own: the last line counts, skipped tests are named with their reason, a missing client
// fails with CI=true, a file that cannot be loaded is a failure.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { environment } from "../support/ready-server.ts";
import { ROOT } from "../support/source.ts";

const root = mkdtempSync(join(tmpdir(), "chrondb-runner-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

beforeAll(() => {
  for (const name of ["node_modules", "package.json", ".node"]) symlinkSync(join(ROOT, name), join(root, name));
  // bin/run installs nothing as long as these agree.
  symlinkSync(join(ROOT, "package-lock.json"), join(root, "package-lock.json"));
  for (const name of ["bin", "vitest.config.ts", "test/support"]) cpSync(join(ROOT, name), join(root, name), { recursive: true });
  write("good.test.ts", 'test("one", () => {});\ntest("two", () => {});');
});

function write(name: string, text: string): void {
  mkdirSync(join(root, "test"), { recursive: true });
  const head = 'import { test } from "vitest";\nimport { requireClient } from "./support/clients.ts";\nvoid requireClient;\n';
  writeFileSync(join(root, "test", name), head + text);
}

function run(env: Record<string, string>, ...filter: string[]): { code: number | null; last: string; out: string } {
  // What was missing the run around this one has installed.
  const ran = spawnSync("sh", [join(root, "bin/test"), ...filter], { encoding: "utf8", env: environment({ CI: "", ...env }) });
  return { code: ran.status, last: ran.stdout.trimEnd().split("\n").at(-1) ?? "", out: ran.stdout + ran.stderr };
}

test("passing tests", () => {
  expect(run({}, "test/good")).toMatchObject({ code: 0, last: "2 passed, 0 failed" });
});

test("a missing client skips by name, and fails with CI=true", () => {
  write("client.test.ts", 'test("needs it", () => {\n  requireClient("no-such-program");\n});');
  const skipped = run({}, "test/good", "test/client");
  expect(skipped).toMatchObject({ code: 0, last: "2 passed, 0 failed, 1 skipped" });
  expect(skipped.out).toContain("skipped  test/client.test.ts > needs it: needs no-such-program\n");
  expect(run({ CI: "true" }, "test/good", "test/client")).toMatchObject({ code: 1, last: "2 passed, 1 failed" });
});

test("failing tests, and files that cannot be loaded", () => {
  write("bad.test.ts", 'test("fails", () => {\n  throw new Error("no");\n});');
  expect(run({}, "test/good", "test/bad")).toMatchObject({ code: 1, last: "2 passed, 1 failed" });
  write("broken.test.ts", 'import "./does-not-exist.ts";');
  expect(run({}, "test/good", "test/broken")).toMatchObject({ code: 1, last: "2 passed, 1 failed" });
});

test("no tests at all is no success", () => {
  expect(run({}, "test/nothing-like-this").code).toBe(1);
  expect(run({}, "test/nothing-like-this").last).toMatch(/^0 passed, [01] failed$/);
});
