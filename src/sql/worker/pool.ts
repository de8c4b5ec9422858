// The query workers: a server keeps one ready, others start when needed. Each runs one statement at a time; further statements
// wait in a bounded queue. Cancelling kills the worker (4 ms to die, 55 ms for the next to be ready); nothing of other sessions runs in it.
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Limits } from "../../base/limits.ts";
import type { Events } from "../../observability/events.ts";
import { SqlError } from "../contract.ts";
import { sqlError } from "../errors.ts";
import type { StatementRun, WorkerJob, WorkerRows, Workers } from "../execute/contract.ts";
import type { Raw } from "../types/type.ts";
import { plainFacts } from "./facts.ts";
import type { FromWorker, ToWorker } from "./messages.ts";

const PROGRAM = fileURLToPath(new URL("process.ts", import.meta.url));

type Answer = Exclude<FromWorker, { kind: "ready" }>;

interface Pending {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (thrown: unknown) => void;
}

class QueryWorker {
  readonly child: ChildProcess;
  readonly ready: Promise<void>;
  ended = false;
  /** It did start; one that cannot is not tried again unasked. */
  started = false;
  #pending: Pending | null = null;
  #cancelled = false;

  constructor(onEnd: (worker: QueryWorker) => void) {
    this.child = fork(PROGRAM, { serialization: "advanced", stdio: ["ignore", "ignore", "inherit", "ipc"] });
    let isReady: () => void = () => undefined;
    let isNot: (thrown: unknown) => void = () => undefined;
    this.ready = new Promise((resolve, reject) => {
      isReady = resolve;
      isNot = reject;
    });
    // Nobody may be waiting for it yet.
    this.ready.catch(() => undefined);
    this.child.on("message", (message: FromWorker) => {
      if (message.kind === "ready") {
        this.started = true;
        isReady();
      } else this.#settle((pending) => pending.resolve(message));
    });
    this.child.on("error", isNot);
    this.child.on("exit", (code, signal) => {
      this.ended = true;
      const reason = this.#cancelled
        ? sqlError("57014", "canceling statement due to user request")
        : sqlError(
            "58000",
            `the query worker ended unexpectedly (${signal ?? code}); the statement may need more memory than there is`,
          );
      isNot(reason);
      this.#settle((pending) => pending.reject(reason));
      onEnd(this);
    });
  }

  ask(message: ToWorker): Promise<Answer> {
    if (this.ended) return Promise.reject(sqlError("57014", "canceling statement due to user request"));
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      this.child.send(message);
    });
  }

  tell(message: ToWorker): void {
    if (!this.ended) this.child.send(message);
  }

  kill(): void {
    this.#cancelled = true;
    this.child.kill("SIGKILL");
  }

  #settle(how: (pending: Pending) => void): void {
    const pending = this.#pending;
    this.#pending = null;
    if (pending !== null) how(pending);
  }
}

export interface WorkerPool extends Workers {
  /** Starts a worker now, and another when that one is killed. */
  warm(): void;
  close(): Promise<void>;
}

export function createWorkerPool(limits: Limits, events: Events): WorkerPool {
  const idle: QueryWorker[] = [];
  const all = new Set<QueryWorker>();
  const waiting: ((worker: QueryWorker) => void)[] = [];
  let closed = false;
  /** One worker is kept ready, so that no statement waits for a process to start. */
  let warm = false;

  const spawn = (): QueryWorker => {
    const worker = new QueryWorker((gone) => {
      all.delete(gone);
      const at = idle.indexOf(gone);
      if (at >= 0) idle.splice(at, 1);
      // Its place is free: the next in the queue gets a new one.
      const next = waiting.shift();
      if (closed) return;
      if (next !== undefined) next(spawn());
      else if (warm && all.size === 0 && gone.started) idle.push(spawn());
    });
    all.add(worker);
    return worker;
  };
  const release = (worker: QueryWorker): void => {
    if (worker.ended || worker.child.killed) return;
    const next = waiting.shift();
    if (next !== undefined) next(worker);
    else idle.push(worker);
  };
  const acquire = (): Promise<QueryWorker> => {
    const free = idle.pop();
    if (free !== undefined) return Promise.resolve(free);
    if (all.size < limits.queryWorkers) return Promise.resolve(spawn());
    if (waiting.length >= limits.queryQueue) {
      events.limitReached("queryQueue");
      return Promise.reject(
        sqlError("53400", `${waiting.length} statements are waiting for a query worker already`, {
          hint: "Try again in a moment, or raise limits.query_workers.",
        }),
      );
    }
    return new Promise((resolve) => waiting.push(resolve));
  };

  return {
    warm: () => {
      warm = true;
      if (!closed && all.size === 0) idle.push(spawn());
    },
    async start(job: WorkerJob, run: Pick<StatementRun, "onCancel" | "checkCancelled">): Promise<WorkerRows> {
      const worker = await acquire();
      let open = true;
      const free = (): void => {
        if (!open) return;
        open = false;
        release(worker);
      };
      try {
        run.checkCancelled();
        run.onCancel(() => {
          if (open) worker.kill();
        });
        await worker.ready;
        const { path, sql, parameters, types, style, facts } = job;
        const started = await worker.ask({
          kind: "start",
          path,
          sql,
          parameters,
          types,
          style,
          facts: facts === null ? null : plainFacts(facts),
        });
        if (started.kind === "failed") throw new SqlError(started.error);
      } catch (thrown) {
        free();
        throw thrown;
      }
      return {
        async next(max: number): Promise<{ rows: Raw[][]; done: boolean }> {
          if (!open) return { rows: [], done: true };
          let answer: Answer;
          try {
            answer = await worker.ask({ kind: "next", max });
          } catch (thrown) {
            free();
            throw thrown;
          }
          if (answer.kind === "rows") {
            if (answer.done) free();
            return answer;
          }
          free();
          throw answer.kind === "failed"
            ? new SqlError(answer.error)
            : sqlError("58000", "internal error: a query worker answered out of turn");
        },
        close: () => {
          if (!open) return;
          worker.tell({ kind: "close" });
          free();
        },
      };
    },
    async close() {
      closed = true;
      const ends = [...all].map(
        (worker) => new Promise<void>((resolve) => (worker.ended ? resolve() : worker.child.once("exit", () => resolve()))),
      );
      for (const worker of all) worker.kill();
      await Promise.all(ends);
    },
  };
}
