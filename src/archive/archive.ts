// The archive as the main process sees it: starts the process that does the work (process.ts), starts it again when it dies,
// tells it how far the log is durable, and lets others wait for commits.
//
//   const archive = await openArchive({ directory, branch: "main", committerName, committerEmail });
//   archive.durable(12); await archive.waitFor(12, 1000);      // "5f3c…"
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ChronError, ERROR_KINDS, type ErrorCode } from "../base/errors.ts";
import { systemFiles } from "../base/files.ts";
import { DEFAULT_LIMITS } from "../base/limits.ts";
import type { CheckReport } from "./check.ts";
import { CommitMap } from "./commit-map.ts";
import type { Archive, ArchiveOptions } from "./contract.ts";
import type { FollowerLimits } from "./follower.ts";
import type { ChildOptions, FoundCommit, FromChild, ToChild } from "./messages.ts";
import { archivePaths } from "./paths.ts";
import { ensureRepository } from "./repository.ts";

const PROGRAM = fileURLToPath(new URL("./process.ts", import.meta.url));
const RESTART_FIRST_MS = 50;
const RESTART_MAXIMUM_MS = 10_000;
/** Closing waits as long as publications keep coming; after this long without one, it gives up. */
const CLOSE_SILENCE_MS = 60_000;
const STDERR_KEPT = 4_000;
/**
 * How long the child may not know of what is durable, while nobody waits for it and while somebody does. A message costs the
 * server's thread 13 us and, entry by entry, the child twice the time a commit takes in a batch; batches of notes are cut
 * at 100 ms at the earliest anyway. Milliseconds.
 */
const TELL_MS = 80;
const TELL_WAITED_MS = 4;

interface Waiter {
  readonly sequence: number;
  readonly resolve: () => void;
}

interface Request {
  readonly resolve: (message: FromChild) => void;
  readonly reject: (reason: ChronError) => void;
}

/**
 * Opens (or makes) the repository and starts following. Resolves once the archive's process has looked at what is there;
 * rejects when it refuses to start (CORRUPT, LOCKED, STORAGE_FAILED).
 */
export async function openArchive(options: ArchiveOptions & { readonly limits?: FollowerLimits }): Promise<Archive> {
  ensureRepository(options);
  const archive = new FollowedArchive(options);
  await archive.start();
  return archive;
}

class FollowedArchive implements Archive {
  readonly #options: ChildOptions;
  readonly #publishedListeners: ((sequence: number) => void)[] = [];
  readonly #problemListeners: ((problem: string) => void)[] = [];
  readonly #waiters = new Set<Waiter>();
  readonly #requests = new Map<number, Request>();
  #map: CommitMap | null = null;
  #child: ChildProcess | null = null;
  #ready = false;
  #published = 0;
  #bytes = 0;
  #durable = 0;
  #told = 0;
  /** The last entry whose commit somebody waits for; the last one the child knows of. */
  #wanted = 0;
  #wantedTold = 0;
  #telling: { readonly within: number; readonly cancel: () => void } | null = null;
  #idle: number | null = null;
  #nextRequest = 1;
  #closing = false;
  #restartMs = RESTART_FIRST_MS;
  #restart: NodeJS.Timeout | null = null;
  #stderr = "";
  #lastProblem: { code: ErrorCode; message: string } | null = null;
  #heard: () => void = () => undefined;

  constructor(options: ArchiveOptions & { readonly limits?: FollowerLimits }) {
    const { directory, branch, committerName, committerEmail } = options;
    const { archiveTreeBytes, archivePackBytes, archiveMergedPackBytes } = options.limits ?? DEFAULT_LIMITS;
    this.#options = {
      directory,
      branch,
      committerName,
      committerEmail,
      limits: { archiveTreeBytes, archivePackBytes, archiveMergedPackBytes },
    };
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#spawn((problem) => (problem === null ? resolve() : reject(problem)));
    });
  }

  /** Process id of the archive's process; for tests and diagnosis. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get published(): number {
    return this.#published;
  }

  durable(sequence: number): void {
    if (sequence <= this.#durable) return;
    this.#durable = sequence;
    // A later silence is announced anew.
    this.#idle = null;
    this.#tellWithin(this.#waiters.size > 0 ? TELL_WAITED_MS : TELL_MS);
  }

  idle(micros: number): void {
    this.#idle = micros;
    this.#tellWithin(0);
  }

  commitOf(sequence: number): string | undefined {
    if (sequence < 1 || sequence > this.#published) return undefined;
    this.#map ??= new CommitMap(systemFiles, archivePaths(this.#options.directory).commitMap, "read");
    return this.#map.get(sequence);
  }

  async waitFor(sequence: number, timeoutMs: number): Promise<string> {
    if (sequence > this.#published) await this.#publication(sequence, timeoutMs);
    const commit = this.commitOf(sequence);
    if (commit !== undefined) return commit;
    throw new ChronError("NOT_FOUND", `Entry ${sequence} has no commit: it only touched tables that are not versioned.`, {
      sequence,
    });
  }

  #publication(sequence: number, timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiters.delete(waiter);
        const behind = sequence - this.#published;
        reject(
          new ChronError(
            "TIMEOUT",
            `The commit of entry ${sequence} was not published within ${timeoutMs} ms (${behind} entries are before it); ask again later.`,
            {
              sequence,
              published: this.#published,
            },
          ),
        );
      }, timeoutMs);
      const waiter: Waiter = {
        sequence,
        resolve: () => {
          clearTimeout(timer);
          resolve();
        },
      };
      this.#waiters.add(waiter);
      this.#wanted = Math.max(this.#wanted, sequence);
      this.#tellWithin(0);
    });
  }

  async findCommit(prefix: string): Promise<FoundCommit[]> {
    if (!/^[0-9a-f]{7,40}$/.test(prefix)) {
      throw new ChronError(
        "INVALID_REFERENCE",
        `${JSON.stringify(prefix)} is no commit hash: that is 7 to 40 digits of 0-9 and a-f.`,
      );
    }
    const answer = await this.#ask((request) => ({ type: "find", request, prefix }));
    return answer.type === "found" ? answer.commits : [];
  }

  async check(): Promise<CheckReport> {
    const answer = await this.#ask((request) => ({ type: "check", request }));
    return answer.type === "checked" ? answer.report : { ok: false, messages: ["The archive did not answer a check."], refs: {} };
  }

  bytes(): number {
    return this.#bytes;
  }

  onPublished(listener: (sequence: number) => void): void {
    this.#publishedListeners.push(listener);
  }

  onProblem(listener: (problem: string) => void): void {
    this.#problemListeners.push(listener);
  }

  async close(): Promise<void> {
    this.#closing = true;
    if (this.#restart !== null) {
      // It died a moment ago; what is durable is still to be published.
      clearTimeout(this.#restart);
      this.#restart = null;
      await this.start().catch((thrown: unknown) => this.#problem(String(thrown)));
    }
    const child = this.#child;
    if (child !== null) {
      await new Promise<void>((resolve) => {
        let silence: NodeJS.Timeout;
        const listen = (): void => {
          clearTimeout(silence);
          silence = setTimeout(() => child.kill("SIGKILL"), CLOSE_SILENCE_MS);
        };
        silence = setTimeout(() => child.kill("SIGKILL"), CLOSE_SILENCE_MS);
        this.#heard = listen;
        child.once("exit", () => {
          clearTimeout(silence);
          resolve();
        });
        this.#telling?.cancel();
        this.#telling = null;
        this.#tell(child);
        child.send({ type: "close" } satisfies ToChild);
      });
    }
    for (const waiter of this.#waiters) waiter.resolve();
    this.#waiters.clear();
    this.#map?.close();
    this.#map = null;
  }

  #spawn(started: (problem: ChronError | null) => void): void {
    this.#ready = false;
    this.#stderr = "";
    this.#lastProblem = null;
    const child = fork(PROGRAM, [JSON.stringify(this.#options)], {
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      execArgv: ["--disable-warning=ExperimentalWarning"],
    });
    this.#child = child;
    let tell: ((problem: ChronError | null) => void) | null = started;
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_KEPT);
    });
    child.on("message", (message: FromChild) => {
      this.#heard();
      if (message.type === "published" && !this.#ready) {
        this.#ready = true;
        this.#told = 0;
        this.#wantedTold = 0;
        this.#tellWithin(0);
        this.#receive(message);
        tell?.(null);
        tell = null;
      } else this.#receive(message);
    });
    child.on("error", (error) =>
      this.#problem(`The archive's process for ${this.#options.directory} could not be used: ${error.message}.`),
    );
    child.on("exit", (code, signal) => {
      this.#child = null;
      this.#ready = false;
      const problem = this.#died(code, signal);
      if (tell !== null) {
        tell(
          problem ??
            new ChronError("STORAGE_FAILED", `The archive's process for ${this.#options.directory} ended before it was ready.`),
        );
        tell = null;
        return;
      }
      if (this.#closing) return;
      this.#restartLater();
    });
  }

  /** Sooner the first time; later and later while starts bring nothing to publication. */
  #restartLater(): void {
    this.#restart = setTimeout(() => {
      this.#restart = null;
      this.#spawn((again) => {
        if (again !== null && !this.#closing) this.#restartLater();
      });
    }, this.#restartMs);
    this.#restartMs = Math.min(this.#restartMs * 2, RESTART_MAXIMUM_MS);
  }

  /** Says why the process ended, to those who wait and those who listen; null when it ended as it should. */
  #died(code: number | null, signal: NodeJS.Signals | null): ChronError | null {
    if (this.#closing && code === 0) return null;
    const known = this.#lastProblem;
    const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
    const why = known?.message ?? `It ended with ${how}. ${this.#stderr.trim()}`.trim();
    const error = new ChronError(
      known?.code ?? "STORAGE_FAILED",
      `The archive's process for ${this.#options.directory} stopped and is started again. ${why}`,
    );
    for (const request of this.#requests.values()) request.reject(error);
    this.#requests.clear();
    this.#problem(error.message);
    return error;
  }

  #problem(message: string): void {
    for (const listener of this.#problemListeners) listener(message);
  }

  #receive(message: FromChild): void {
    switch (message.type) {
      case "published":
        this.#bytes = message.bytes;
        this.#advance(message.sequence);
        break;
      case "found":
      case "checked":
        this.#requests.get(message.request)?.resolve(message);
        this.#requests.delete(message.request);
        break;
      case "refused":
        this.#requests.get(message.request)?.reject(new ChronError(errorCode(message.code), message.message));
        this.#requests.delete(message.request);
        break;
      case "problem":
        this.#lastProblem = { code: errorCode(message.code), message: message.message };
        break;
    }
  }

  #advance(sequence: number): void {
    // A process that starts again sees what the last one published; it never falls behind it.
    if (sequence > this.#published) {
      this.#published = sequence;
      this.#restartMs = RESTART_FIRST_MS;
    }
    for (const waiter of this.#waiters) {
      if (waiter.sequence > this.#published) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
    for (const listener of this.#publishedListeners) listener(this.#published);
  }

  /** However often we are told something, the child hears it once in that time (0 = at the end of this turn of the loop). */
  #tellWithin(ms: number): void {
    const pending = this.#telling;
    if (pending !== null) {
      if (pending.within <= ms) return;
      pending.cancel();
    }
    const tell = (): void => {
      this.#telling = null;
      if (this.#child !== null && this.#ready) this.#tell(this.#child);
    };
    if (ms === 0) {
      const immediate = setImmediate(tell);
      this.#telling = { within: 0, cancel: () => clearImmediate(immediate) };
    } else {
      const timer = setTimeout(tell, ms);
      this.#telling = { within: ms, cancel: () => clearTimeout(timer) };
    }
  }

  #tell(child: ChildProcess): void {
    if (!child.connected) return;
    if (this.#durable > this.#told) {
      this.#told = this.#durable;
      child.send({ type: "durable", sequence: this.#durable } satisfies ToChild);
    }
    if (this.#wanted > Math.max(this.#wantedTold, this.#published)) {
      this.#wantedTold = this.#wanted;
      child.send({ type: "wanted", sequence: this.#wanted } satisfies ToChild);
    }
    // Kept until something is written again, so that a process that starts later hears it too.
    if (this.#idle !== null) child.send({ type: "idle", micros: this.#idle } satisfies ToChild);
  }

  #ask(message: (request: number) => ToChild): Promise<FromChild> {
    const child = this.#child;
    if (child === null || !child.connected) {
      return Promise.reject(
        new ChronError(
          "STORAGE_FAILED",
          `The archive's process for ${this.#options.directory} is being restarted; try again in a moment.`,
        ),
      );
    }
    const request = this.#nextRequest++;
    return new Promise((resolve, reject) => {
      this.#requests.set(request, { resolve, reject });
      child.send(message(request));
    });
  }
}

function errorCode(code: string): ErrorCode {
  return Object.hasOwn(ERROR_KINDS, code) ? (code as ErrorCode) : "INTERNAL";
}
