// The Dockerfile, checked without Docker: what it copies exists and passes .dockerignore, it ends up without root, and the
// copied files alone start the server as its entry point does.
import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, describe, expect, test } from "vitest";
import { environment } from "../support/ready-server.ts";
import { ROOT } from "../support/source.ts";

interface Instruction {
  readonly name: string;
  readonly words: string;
}

/** The instructions of each stage, continued lines joined, comments dropped. */
function stages(): Instruction[][] {
  const text = readFileSync(join(ROOT, "Dockerfile"), "utf8")
    .replace(/^\s*#.*\n/gm, "")
    .replace(/\\\n/g, " ");
  const found: Instruction[][] = [];
  for (const line of text.split("\n").filter((one) => one.trim() !== "")) {
    const [, name = "", words = ""] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
    if (name === "FROM") found.push([]);
    found.at(-1)?.push({ name, words });
  }
  return found;
}

const [dependencies = [], image = []] = stages();
const wordsOf = (stage: readonly Instruction[], name: string): string[] =>
  stage.filter((one) => one.name === name).map((one) => one.words);

/** Sources copied from the project, with where they go. */
function copied(stage: readonly Instruction[]): { from: string; to: string }[] {
  return wordsOf(stage, "COPY")
    .filter((words) => !words.startsWith("--from="))
    .flatMap((words) => {
      const parts = words.split(/\s+/);
      const to = parts.pop() ?? "";
      return parts.map((from) => ({ from, to: to.endsWith("/") ? join(to, from) : to }));
    });
}

describe("the Dockerfile", () => {
  test("has two stages of Node 24 slim", () => {
    expect(stages()).toHaveLength(2);
    for (const stage of stages()) expect(wordsOf(stage, "FROM")[0]).toMatch(/^node:24-slim( AS \w+)?$/);
  });

  test("copies what exists and what .dockerignore lets through", () => {
    const let_through = readFileSync(join(ROOT, ".dockerignore"), "utf8")
      .split("\n")
      .filter((line) => line.startsWith("!"));
    for (const { from } of [...copied(dependencies), ...copied(image)]) {
      expect(existsSync(join(ROOT, from)), from).toBe(true);
      expect(let_through).toContain(`!${from}`);
    }
    const between = wordsOf(image, "COPY").filter((words) => words.startsWith("--from="));
    expect(between).toEqual(["--from=dependencies /app/node_modules node_modules"]);
  });

  test("ends without root, in /app, with the volume, ports and entry point that are documented", () => {
    expect(wordsOf(image, "USER")).toEqual(["chrondb"]);
    expect(wordsOf(image, "WORKDIR")).toEqual(["/app"]);
    expect(wordsOf(image, "VOLUME")).toEqual(["/app/data"]);
    expect(wordsOf(image, "EXPOSE")).toEqual(["3000 6379 5432"]);
    expect(wordsOf(image, "ENTRYPOINT")).toEqual(['["/app/bin/chrondb"]']);
    expect(wordsOf(image, "CMD")).toEqual(['["server"]']);
    const names = image.map((one) => one.name);
    expect(names.indexOf("USER")).toBeGreaterThan(names.lastIndexOf("RUN"));
  });

  test("installs what package.json needs at run time and no more", () => {
    expect(wordsOf(dependencies, "RUN").join(" ")).toContain("npm install --no-save --omit=dev");
    const { dependencies: needed } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
      dependencies: Record<string, string>;
    };
    expect(Object.keys(needed).length).toBeGreaterThan(10);
  });
});

describe("the files the image holds, alone in a folder", () => {
  const root = mkdtempSync(join(tmpdir(), "chrondb-image-"));
  const children: ChildProcess[] = [];
  afterAll(() => {
    for (const child of children) child.kill("SIGKILL");
    rmSync(root, { recursive: true, force: true });
  });
  for (const { from, to } of copied(image)) cpSync(join(ROOT, from), join(root, to), { recursive: true });
  // Only what package.json lists for run time, as `npm install --no-save --omit=dev` leaves it.
  const lock = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")) as {
    packages: Record<string, { dev?: boolean }>;
  };
  for (const [path, { dev }] of Object.entries(lock.packages)) {
    const [, top] = /^node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path) ?? [];
    if (top === undefined || dev === true || !existsSync(join(ROOT, path))) continue;
    mkdirSync(join(root, path, ".."), { recursive: true });
    symlinkSync(join(ROOT, path), join(root, path));
  }
  cpSync(join(ROOT, "package-lock.json"), join(root, "node_modules/.installed-lock"));

  function start(env: Record<string, string>): ChildProcess {
    const settings = wordsOf(image, "ENV")
      .join(" ")
      .split(/\s+/)
      .map((pair) => pair.split("=") as [string, string]);
    const given = { ...Object.fromEntries(settings), CHRONDB_DATA_DIR: join(root, "data"), CHRONDB_LOG_LEVEL: "warn", ...env };
    // Symbolic links to packages must be looked up from here, as the real folders in the image are.
    const child = spawn(join(root, "bin/chrondb"), ["server"], {
      cwd: root,
      env: environment({ ...given, NODE_PRESERVE_SYMLINKS: "1" }),
      stdio: ["ignore", "pipe", "pipe"],
    });
    children.push(child);
    return child;
  }

  async function saidBy(child: ChildProcess): Promise<{ code: number | null; text: string }> {
    let text = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
    return { code, text };
  }

  test("without a password the server refuses to listen on every address, and says what to do", async () => {
    const { code, text } = await saidBy(start({}));
    expect(text).toContain("CHRONDB_PASSWORD_FILE");
    expect(code).toBe(2);
  });

  test("with one it starts, passes the image's health check, and ends on SIGTERM", async () => {
    const ports = { CHRONDB_REST_PORT: "0", CHRONDB_REDIS_PORT: "0", CHRONDB_PG_PORT: "0" };
    const child = start({ ...ports, CHRONDB_PASSWORD: "secret" });
    const ended = saidBy(child);
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
    const first = await Promise.race([
      new Promise<string>((resolve) => lines.once("line", resolve)),
      ended.then(({ text }) => {
        throw new Error(`The server ended before it was ready: ${text}`);
      }),
    ]);
    const ready = JSON.parse(first) as { ready: boolean; rest: number };
    expect(ready.ready).toBe(true);
    const [, command = "[]"] = /CMD (\[.*\])$/.exec(wordsOf(image, "HEALTHCHECK")[0] ?? "") ?? [];
    const [, ...args] = JSON.parse(command) as string[];
    const check = (port: number) =>
      new Promise((resolve) => {
        spawn(process.execPath, args, { env: environment({ CHRONDB_REST_PORT: String(port) }) }).once("close", resolve);
      });
    expect(await check(ready.rest)).toBe(0);
    expect(await check(1)).toBe(1);
    child.kill("SIGTERM");
    expect((await ended).code).toBe(0);
  });
});
