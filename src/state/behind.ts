// Applying behind the log: changes by key are decided in memory (recent.ts), made durable in the log by the writer, and brought to the
// database a moment later by a thread (apply-thread.ts), in large transactions. Measured beside applying in place in DESIGN.md.
//
// The database has one writer at a time: this thread's connection writes only while nothing is on its way to the other one.
import { Worker } from "node:worker_threads";
import { assert } from "../base/assert.ts";
import { ChronError, ERROR_KINDS, type ErrorCode, messageOf } from "../base/errors.ts";
import type { Limits } from "../base/limits.ts";
import type { ApplyThreadData, FromApplyThread } from "./apply-thread.ts";
import { makeRing, RingWriter } from "./ring.ts";

export interface BehindParts {
  readonly path: string;
  readonly limits: Limits;
  /** The last applied entry. */
  readonly sequence: number;
  /** Changes by key within a second that are worth a thread: fewer are applied in place. */
  readonly worthAThread?: number | undefined;
  /** Entries up to `sequence` are in the database; `catalogue`: so is another catalogue. */
  readonly onApplied: (sequence: number, catalogue: boolean) => void;
  /** The thread failed; what it had not applied is in the log, and a restart brings it back. */
  readonly onFailure: (error: ChronError) => void;
}

const WORTH_A_THREAD = 200;
/** How long a read may hold this thread for what is on its way; milliseconds. Only a thread that hangs takes as long. */
const PATIENCE_MS = 60_000;
/** How often it looks meanwhile whether the thread still lives; milliseconds. */
const LOOK_MS = 100;

export class Behind {
  readonly #parts: BehindParts;
  /** Made with the thread: most tenants never need them. */
  #ring: RingWriter | null = null;
  #thread: Worker | null = null;
  #ready = false;
  #failure: ChronError | null = null;
  #ended: Promise<void> = Promise.resolve();
  #second = 0;
  #notedInSecond = 0;
  /** Groups on their way, oldest first: where each ends in the ring, and its last entry. */
  #onTheirWay: { readonly end: number; readonly sequence: number }[] = [];
  #applied: number;
  #put: number;
  #catalogue = 0;
  #waiting: { readonly end: number; readonly resolve: () => void; readonly reject: (error: ChronError) => void }[] = [];

  constructor(parts: BehindParts) {
    this.#parts = parts;
    this.#applied = parts.sequence;
    this.#put = parts.sequence;
  }

  get ready(): boolean {
    return this.#ready;
  }

  /** The last entry in the database, as far as it was noticed. */
  get applied(): number {
    return this.#applied;
  }

  /** Whether something is on its way. */
  get busy(): boolean {
    return this.#onTheirWay.length > 0;
  }

  get largestRecord(): number {
    return (this.#ring?.size ?? 0) >>> 3;
  }

  fits(bytes: number): boolean {
    return (
      this.#ring?.fits(bytes + this.largestRecord, this.largestRecord) === true &&
      this.#put - this.#applied < this.#parts.limits.applyLagEntries
    );
  }

  /** Counts a change by key at `now` (milliseconds), and starts the thread when they come often. */
  note(now: number): void {
    if (this.#thread !== null || this.#failure !== null) return;
    const second = Math.floor(now / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#notedInSecond = 0;
    }
    if (++this.#notedInSecond >= (this.#parts.worthAThread ?? WORTH_A_THREAD)) this.#start();
  }

  /** Hands durable records to the thread. */
  hand(records: readonly Buffer[], last: number): void {
    assert(this.#ring, "a group in memory needs the thread");
    this.#put = last;
    this.#onTheirWay.push({ end: this.#ring.put(records), sequence: last });
  }

  /** This side has written the database, up to `sequence`. */
  wrote(sequence: number): void {
    assert(!this.busy, "one side writes at a time");
    this.#put = sequence;
    this.#applied = sequence;
    this.#ring?.bumpEpoch();
  }

  /** Notices how far the thread is. */
  look(): void {
    const ring = this.#ring;
    if (this.#onTheirWay.length === 0 || ring === null) return;
    const done = ring.done;
    // After `done`, so that it is at least as new as what is done.
    const catalogue = ring.catalogue;
    let count = 0;
    for (const group of this.#onTheirWay) {
      // Signed, since positions wrap around.
      if (((group.end - done) | 0) > 0) break;
      this.#applied = group.sequence;
      count++;
    }
    if (count === 0) return;
    this.#onTheirWay = count === this.#onTheirWay.length ? [] : this.#onTheirWay.slice(count);
    const changed = catalogue !== this.#catalogue;
    this.#catalogue = catalogue;
    this.#parts.onApplied(this.#applied, changed);
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = waiting.filter((waiter) => ((waiter.end - done) | 0) > 0);
    for (const waiter of waiting) if (((waiter.end - done) | 0) <= 0) waiter.resolve();
  }

  /** Resolves when all that is on its way is in the database; null when nothing is. */
  settled(): Promise<void> | null {
    this.look();
    if (this.#failure !== null) return Promise.reject(this.#failure);
    const last = this.#onTheirWay.at(-1);
    if (last === undefined) return null;
    this.#ring?.hurry();
    return new Promise((resolve, reject) => this.#waiting.push({ end: last.end, resolve, reject }));
  }

  /** The same, holding this thread. Throws STORAGE_FAILED. */
  settleNow(): void {
    this.look();
    const ring = this.#ring;
    for (let held = 0; this.busy && ring !== null; held += LOOK_MS) {
      if (ring.failed || held >= PATIENCE_MS) {
        throw this.#failure ?? stopped(this.#parts.path, "its thread does not answer");
      }
      ring.hurry();
      ring.waitForReader(ring.done, LOOK_MS);
      this.look();
    }
  }

  /** The WAL is to be started over by whoever writes; false = that is this side. */
  startOver(): boolean {
    if (!this.#ready || !this.busy || this.#ring === null) return false;
    this.#ring.startOver();
    return true;
  }

  /** Applies what is on its way and ends the thread. */
  async close(): Promise<void> {
    if (this.#ring === null) return;
    this.#ring.close();
    this.#thread?.ref();
    await this.#ended;
    this.look();
  }

  #start(): void {
    const { path, limits } = this.#parts;
    const memory = makeRing(2 ** Math.floor(Math.log2(limits.stateRingBytes)));
    this.#ring = new RingWriter(memory);
    const data: ApplyThreadData = { path, limits, ring: memory };
    const thread = new Worker(new URL("./apply-thread.ts", import.meta.url), { workerData: data, env: {} });
    // What it has not applied is in the log: it need not keep a process alive.
    thread.unref();
    thread.on("message", (message: FromApplyThread) => this.#heard(message));
    thread.on("error", (error) => this.#failed("", messageOf(error)));
    this.#ended = new Promise((resolve) => thread.once("exit", () => resolve()));
    this.#thread = thread;
  }

  #heard(message: FromApplyThread): void {
    if (message.type === "ready") this.#ready = this.#failure === null;
    else if (message.type === "applied") this.look();
    else this.#failed(message.code, message.message);
  }

  #failed(code: string, message: string): void {
    if (this.#failure !== null) return;
    this.#ready = false;
    this.#failure = Object.hasOwn(ERROR_KINDS, code)
      ? new ChronError(code as ErrorCode, message)
      : stopped(this.#parts.path, message);
    for (const waiter of this.#waiting) waiter.reject(this.#failure);
    this.#waiting = [];
    this.#parts.onFailure(this.#failure);
  }
}

function stopped(path: string, why: string): ChronError {
  return new ChronError(
    "STORAGE_FAILED",
    `The state database ${path} could not take what the log holds (${why}). Nothing is lost: the server applies it when it starts again.`,
  );
}
