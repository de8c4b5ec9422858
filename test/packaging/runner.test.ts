// bin/test in a small project of its own: the last line counts, skipped tests are named with their reason, a missing client
// fails with CI=true, a file that cannot be loaded is a failure.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findClient } from "../support/clients.ts";
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

describe("what tests need and is missing", () => {
  /** A machine whose PATH has no more than `tools`, an apt-get that notes what it is asked, and a user of that number. */
  function machine(uid: number, aptFails = false): { env: Record<string, string>; calls: () => string[] } {
    const bin = mkdtempSync(join(root, "machine-"));
    const notes = join(bin, "apt-calls");
    const script = (name: string, body: string): void => {
      writeFileSync(join(bin, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    };
    for (const tool of ["sh", "dirname", "mktemp", "cat", "rm", "cmp", "ls", "chmod", "env", "npm", "git", "curl", "uname"]) {
      const path = findClient(tool);
      if (path !== null) symlinkSync(path, join(bin, tool));
    }
    symlinkSync(process.execPath, join(bin, "node"));
    script("id", `[ "$1" = -u ] && echo ${uid}`);
    script("apt-get", `echo "$*" >> "${notes}"\n${aptFails ? "exit 100" : ""}`);
    // PostgreSQL's server programs are looked for outside PATH too, so where they are installed they are not asked for.
    const calls = (): string[] => (existsSync(notes) ? readFileSync(notes, "utf8").trim().split("\n") : []);
    return { env: { PATH: bin }, calls };
  }

  const hasPostgres = findClient("initdb") !== null;
  const wanted = ["redis-tools", "redis-server", "postgresql-client", ...(hasPostgres ? [] : ["postgresql"]), "strace"].join(" ");

  test("root installs the packages of the programs that are not there, by name, in one go", () => {
    const { env, calls } = machine(0);
    const ran = run(env, "test/good");
    expect(ran).toMatchObject({ code: 0, last: "2 passed, 0 failed" });
    expect(ran.out).toContain(`bin/test: installing ${wanted} (once)`);
    expect(calls()).toEqual([
      "-o DPkg::Lock::Timeout=300 update -qq",
      `-o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends ${wanted}`,
    ]);
  });

  test("when that fails the tests run all the same, and say what was not installed", () => {
    const { env, calls } = machine(0, true);
    const ran = run(env, "test/good");
    expect(ran).toMatchObject({ code: 0, last: "2 passed, 0 failed" });
    expect(ran.out).toContain(`bin/test: could not install ${wanted}; tests that need them are skipped`);
    expect(calls()).toHaveLength(1);
  });

  test("anybody else is left alone", () => {
    const { env, calls } = machine(1000);
    expect(run(env, "test/good")).toMatchObject({ code: 0, last: "2 passed, 0 failed" });
    expect(calls()).toEqual([]);
  });
});
