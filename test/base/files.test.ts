// What every `Files` promises, on the real file system and on the one the log's tests crash; then what only one of them can show.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { ChronError } from "../../src/base/errors.ts";
import { type Files, replaceFile, storageError, systemFiles } from "../../src/base/files.ts";
import { FaultyFiles, systemError } from "../support/faulty-files.ts";

const root = mkdtempSync(path.join(tmpdir(), "chrondb-files-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let count = 0;
function fresh(files: Files): string {
  const directory = path.join(root, `d${count++}`);
  files.makeDirectory(directory);
  return directory;
}

describe.each<[string, () => Files]>([
  ["the system", () => systemFiles],
  ["memory", () => new FaultyFiles()],
])("files of %s", (_, make) => {
  const files = make();

  test("write at an offset, append, read, shorten", async () => {
    const file = path.join(fresh(files), "f");
    const handle = files.open(file, "create");
    handle.write(Buffer.from("hello"), 3);
    handle.append(Buffer.from("!"));
    handle.syncData();
    handle.sync();
    await handle.syncDataLater();
    expect(handle.size()).toBe(9);
    const into = Buffer.alloc(20, 46);
    expect(handle.read(into, 2)).toBe(7);
    expect(into.toString("latin1", 0, 8)).toBe("\0hello!.");
    expect(handle.read(into, 9)).toBe(0);
    handle.truncate(5);
    handle.close();
    expect(files.readFile(file)?.toString("latin1")).toBe("\0\0\0he");
    expect(files.stat(file)).toEqual({ size: 5, directory: false, mode: 0o600 });
  });

  test("create refuses what is there, read and write what is not", () => {
    const directory = fresh(files);
    files.open(path.join(directory, "a"), "create").close();
    expect(() => files.open(path.join(directory, "a"), "create")).toThrow("EEXIST");
    expect(() => files.open(path.join(directory, "b"), "write")).toThrow("ENOENT");
    expect(() => files.open(path.join(directory, "b"), "read")).toThrow("ENOENT");
    expect(files.readFile(path.join(directory, "b"))).toBeUndefined();
    expect(files.stat(path.join(directory, "b"))).toBeUndefined();
  });

  test("rename, unlink, list in order; a directory that is not there has no names", () => {
    const directory = fresh(files);
    for (const name of ["b", "a", "c"]) files.open(path.join(directory, name), "create").close();
    files.rename(path.join(directory, "c"), path.join(directory, "0"));
    files.unlink(path.join(directory, "a"));
    files.syncDirectory(directory);
    expect(files.list(directory)).toEqual(["0", "b"]);
    expect(files.list(path.join(directory, "none"))).toEqual([]);
  });

  test("preallocated files are zeros of that size, now or in the thread pool; abandoned ones are gone", async () => {
    const directory = fresh(files);
    const size = 1_500_000;
    files.preallocate(path.join(directory, "now"), size);
    expect(files.readFile(path.join(directory, "now"))?.equals(Buffer.alloc(size))).toBe(true);
    expect(await files.preallocateLater(path.join(directory, "later"), size, () => false)).toBe(true);
    expect(files.readFile(path.join(directory, "later"))?.equals(Buffer.alloc(size))).toBe(true);
    expect(await files.preallocateLater(path.join(directory, "never"), size, () => true)).toBe(false);
    expect(files.list(directory)).toEqual(["later", "now"]);
  });

  test("replaceFile replaces, whatever an earlier attempt left", () => {
    const directory = fresh(files);
    const file = path.join(directory, "f");
    files.open(`${file}.new`, "create").close();
    replaceFile(files, file, Buffer.from("one"));
    replaceFile(files, file, Buffer.from("two"));
    expect(files.readFile(file)?.toString()).toBe("two");
    expect(files.list(directory)).toEqual(["f"]);
  });

  test("a lock is exclusive until it is released", () => {
    const file = path.join(fresh(files), "lock");
    const lock = files.lock(file);
    expect(() => files.lock(file)).toThrow(ChronError);
    lock.release();
    lock.release();
    files.lock(file).release();
  });

  test("space is known", () => {
    const { freeBytes, totalBytes } = files.space(fresh(files));
    expect(freeBytes).toBeGreaterThan(0);
    expect(totalBytes).toBeGreaterThanOrEqual(freeBytes);
  });
});

describe("locks between processes", () => {
  /** A process that takes the lock, lets go of the answer, which must not matter, and does nothing; resolves when it says so. */
  async function owner(file: string): Promise<{ pid: number; kill(): Promise<void> }> {
    const module = new URL("../../src/base/files.ts", import.meta.url).href;
    const program = `const { systemFiles } = await import(${JSON.stringify(module)}); systemFiles.lock(${JSON.stringify(file)}); globalThis.gc(); process.stdout.write("held"); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ["--expose-gc", "--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    await new Promise((resolve, reject) => {
      child.stdout.once("data", resolve);
      child.once("exit", () => reject(new Error("the owner ended before it held the lock")));
    });
    return {
      pid: child.pid ?? 0,
      kill: () => {
        child.kill("SIGKILL");
        return exited;
      },
    };
  }

  test("another process is refused, naming the owner; a killed owner leaves nothing behind", async () => {
    const file = path.join(fresh(systemFiles), "lock");
    const first = await owner(file);
    expect(() => systemFiles.lock(file)).toThrow(new RegExp(`process ${first.pid}\\)`));
    await first.kill();
    const lock = systemFiles.lock(file);
    expect(systemFiles.readFile(`${file}.pid`)?.toString()).toBe(`${process.pid}\n`);
    // Our own refused attempts must not have let go of it for others (closing any descriptor of the file would).
    expect(() => systemFiles.lock(file)).toThrow("Another server");
    await expect(owner(file)).rejects.toThrow("before it held");
    lock.release();
    const second = await owner(file);
    await second.kill();
  }, 20_000);
});

describe("errors", () => {
  test.each([
    ["ENOSPC", "DISK_FULL", /disk is full: Writing x failed .*Free some space/],
    ["EIO", "STORAGE_FAILED", /^Writing x failed: EIO.*restart/],
  ] as const)("%s is %s", (code, refusal, message) => {
    const error = storageError(systemError(code, "f"), "Writing x");
    expect(error.code).toBe(refusal);
    expect(error.message).toMatch(message);
  });

  test("a refusal stays what it is", () => {
    const refusal = new ChronError("CORRUPT", "Bad.");
    expect(storageError(refusal, "Opening")).toBe(refusal);
  });
});

describe("the file system that crashes", () => {
  const keepNothing = (): boolean => false;

  test("loses what was not synced, keeps what was", () => {
    const files = new FaultyFiles();
    const handle = files.open("/d/f", "create");
    handle.write(Buffer.from("synced"), 0);
    handle.sync();
    files.syncDirectory("/d");
    handle.write(Buffer.from("UN"), 0);
    files.open("/d/g", "create").sync();
    files.crash(keepNothing);
    expect(files.readFile("/d/f")?.toString()).toBe("synced");
    expect(files.list("/d")).toEqual(["f"]);
    expect(() => handle.write(Buffer.from("x"), 0)).toThrow("EBADF");
  });

  test("a failed sync loses what it should have written, although it can still be read", () => {
    const files = new FaultyFiles();
    files.preallocate("/d/f", 4);
    files.syncDirectory("/d");
    const handle = files.open("/d/f", "write");
    handle.write(Buffer.from("new!"), 0);
    files.fault = (operation) => (operation === "sync" ? systemError("EIO", "/d/f") : undefined);
    expect(() => handle.syncData()).toThrow("EIO");
    files.fault = () => undefined;
    handle.syncData();
    expect(files.readFile("/d/f")?.toString()).toBe("new!");
    files.crash(keepNothing);
    expect(files.readFile("/d/f")).toEqual(Buffer.alloc(4));
  });
});
