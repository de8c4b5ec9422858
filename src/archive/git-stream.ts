// Talking to the system's git over pipes: one process that answers object after object, and lines of a long output. Only used
// to read clones, which may hold anything git can make (other packs, loose objects, alternates); our own packs we read alone.
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { ChronError } from "../base/errors.ts";

// A user's settings must not change what git prints.
const STEADY = [
  "--no-replace-objects",
  "-c",
  "core.quotePath=false",
  "-c",
  "i18n.logOutputEncoding=UTF-8",
  "-c",
  "log.showSignature=false",
  "-c",
  "core.commitGraph=false",
];
const STDERR_KEPT = 2_000;

function start(directory: string, args: readonly string[]): { child: ChildProcessWithoutNullStreams; ended: Promise<void> } {
  const child = spawn("git", [...STEADY, "--git-dir", directory, ...args], { stdio: ["pipe", "pipe", "pipe"] });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(-STDERR_KEPT);
  });
  const ended = new Promise<void>((resolve, reject) => {
    child.on("error", (error) => {
      reject(
        new ChronError(
          "NOT_SUPPORTED",
          `Reading a clone needs the git program, which could not be started: ${error.message}. Install git.`,
        ),
      );
    });
    child.on("close", (code, signal) => {
      if (code === 0 || signal === "SIGTERM") resolve();
      else reject(new ChronError("CORRUPT", `git ${args[0]} of ${directory} failed: ${stderr.trim() || `exit code ${code}`}.`));
    });
  });
  // Awaited later, or not at all when the reader stops early.
  ended.catch(() => undefined);
  // git may end before it has read all we ask; its exit says why.
  child.stdin.on("error", () => undefined);
  return { child, ended };
}

/** Runs git and yields its output in pieces ending in `end` (which is cut off). Throws CORRUPT when git fails. */
export async function* gitPieces(directory: string, args: readonly string[], end: number): AsyncGenerator<Buffer> {
  const { child, ended } = start(directory, args);
  child.stdin.end();
  try {
    let left: Buffer[] = [];
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      let from = 0;
      for (let at = chunk.indexOf(end); at >= 0; at = chunk.indexOf(end, from)) {
        const piece = chunk.subarray(from, at);
        yield left.length === 0 ? piece : Buffer.concat([...left, piece]);
        left = [];
        from = at + 1;
      }
      if (from < chunk.length) left.push(chunk.subarray(from));
    }
    await ended;
    if (left.length > 0) yield Buffer.concat(left);
  } finally {
    child.kill("SIGTERM");
  }
}

/** `git cat-file --batch`: objects by any name git knows (`<hash>`, `<commit>:<path>`), answered in the order asked. */
export class ObjectStream {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<void>;
  readonly #waiting: { resolve: (content: Buffer | undefined) => void; reject: (reason: unknown) => void }[] = [];
  #chunks: Buffer[] = [];
  #length = 0;
  /** Bytes that have to be there before anything more can be answered. */
  #needed = 1;

  constructor(directory: string) {
    const { child, ended } = start(directory, ["cat-file", "--batch"]);
    this.#child = child;
    this.#ended = ended;
    child.stdout.on("data", (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#length += chunk.length;
      if (this.#length >= this.#needed) this.#answer();
    });
    const fail = (reason: unknown): void => {
      for (const { reject } of this.#waiting.splice(0)) reject(reason);
    };
    ended.then(() => fail(new ChronError("CORRUPT", `git cat-file of ${directory} ended early.`)), fail);
  }

  /** Content of an object; undefined when there is none of that name. */
  read(name: string): Promise<Buffer | undefined> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#child.stdin.write(`${name}\n`);
    });
  }

  #answer(): void {
    const bytes = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks);
    let from = 0;
    this.#needed = 1;
    while (from < bytes.length) {
      const end = bytes.indexOf(10, from);
      if (end < 0) break;
      const size = /^[0-9a-f]{40} \w+ (\d+)$/.exec(bytes.toString("latin1", from, end))?.[1];
      if (size === undefined) {
        this.#waiting.shift()?.resolve(undefined);
        from = end + 1;
        continue;
      }
      const after = end + 1 + Number(size) + 1;
      if (after > bytes.length) {
        this.#needed = after - from;
        break;
      }
      this.#waiting.shift()?.resolve(Buffer.from(bytes.subarray(end + 1, after - 1)));
      from = after;
    }
    this.#chunks = from < bytes.length ? [bytes.subarray(from)] : [];
    this.#length = bytes.length - from;
  }

  async close(): Promise<void> {
    this.#child.stdin.end();
    await this.#ended;
  }

  /** Ends it whatever it is doing. */
  stop(): void {
    this.#child.kill("SIGTERM");
  }
}

/** Runs git to its end. Throws CORRUPT with what it said when it fails. */
export async function gitRun(directory: string, args: readonly string[]): Promise<void> {
  for await (const _ of gitPieces(directory, args, 10));
}
