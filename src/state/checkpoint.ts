// Copies the WAL into the database behind the writer's back (checkpoint-worker.ts), and starts the WAL over when it has grown past
// its bound: under steady writes a passive checkpoint never finds the moment when everything is copied.
import { statSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { ChronError } from "../base/errors.ts";
import type { Limits } from "../base/limits.ts";
import type { CheckpointAnswer } from "./checkpoint-worker.ts";

interface CheckpointParts {
  readonly path: string;
  readonly limits: Limits;
  /** The last committed sequence. */
  readonly committed: () => number;
  /** Starts the WAL over on the writer's connection, now or after the group that is open. */
  readonly startOver: () => void;
}

/** Passes of the worker before the rest is left to `startOver`: each leaves only what was written during the one before. */
const PASSES = 3;

export class Checkpointer {
  readonly #parts: CheckpointParts;
  #worker: Worker | null = null;
  #running: Promise<number> | null = null;
  #next: Promise<number> | null = null;

  constructor(parts: CheckpointParts) {
    this.#parts = parts;
  }

  /** Answers the sequence up to which state is durable. Calls during a run share the run after it. */
  run(): Promise<number> {
    if (this.#running === null) {
      this.#running = this.#run().finally(() => {
        this.#running = null;
      });
      return this.#running;
    }
    this.#next ??= this.#running.then(
      () => this.#again(),
      () => this.#again(),
    );
    return this.#next;
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#running, this.#next]);
    const worker = this.#worker;
    this.#worker = null;
    await worker?.terminate();
  }

  #again(): Promise<number> {
    this.#next = null;
    return this.run();
  }

  async #run(): Promise<number> {
    const sequence = this.#parts.committed();
    let answer = await this.#pass();
    if (this.#walBytes() > this.#parts.limits.stateWalBytes) {
      for (let pass = 1; pass < PASSES && answer.copied < answer.frames; pass++) answer = await this.#pass();
      this.#parts.startOver();
    }
    return sequence;
  }

  #pass(): Promise<CheckpointAnswer> {
    const worker = this.#started();
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        worker.off("message", answered);
        worker.off("error", failed);
        worker.off("exit", ended);
        worker.unref();
      };
      const answered = (answer: CheckpointAnswer): void => {
        settle();
        if (answer.problem === "") resolve(answer);
        else reject(this.#failure(answer.problem));
      };
      const failed = (error: Error): void => {
        settle();
        this.#worker = null;
        reject(this.#failure(error.message));
      };
      const ended = (): void => failed(new Error("the checkpoint thread ended"));
      worker.ref();
      worker.on("message", answered);
      worker.on("error", failed);
      worker.on("exit", ended);
      worker.postMessage(null);
    });
  }

  #started(): Worker {
    this.#worker ??= new Worker(new URL("./checkpoint-worker.ts", import.meta.url), {
      workerData: { path: this.#parts.path },
      env: {},
    });
    return this.#worker;
  }

  #walBytes(): number {
    return statSync(`${this.#parts.path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  }

  #failure(problem: string): ChronError {
    return new ChronError(
      "STORAGE_FAILED",
      `The state database ${this.#parts.path} cannot be checkpointed: ${problem}. Nothing is lost, the log keeps what it needs; check the disk.`,
    );
  }
}
