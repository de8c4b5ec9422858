// The only writer of a tenant. It takes what is waiting as one group, opens one SQLite transaction for it, decides and applies
// each transaction in order, appends the group to the log, syncs once, commits, and only then answers. Readers use other
// connections, so nobody sees what is not durable; a crash between sync and commit is healed by replay.
//
// Groups form with setImmediate (flushing on nextTick never forms one: 4k/s instead of 19k/s). One waiting write is synced on
// this thread, several in the thread pool, so that reads go on meanwhile.
import type { Clock } from "../base/clock.ts";
import { ChronError, messageOf } from "../base/errors.ts";
import type { Limits } from "../base/limits.ts";
import type { Random } from "../base/random.ts";
import { encodeEntryWithHead, encodeHead } from "../log/codec.ts";
import type { CommitLog } from "../log/commit-log.ts";
import type { Effect, EntryHead } from "../log/entry.ts";
import type { Events } from "../observability/events.ts";
import { NotInMemory, type StateStore } from "../state/store.ts";
import type { Caller, Committed, Intent, RowRules } from "./contract.ts";
import { Transaction, type WriteTxParts } from "./write-tx.ts";

interface Job {
  readonly caller: Caller;
  readonly intent: Intent;
  /** Null for a sliced change. */
  readonly change: ((tx: Transaction) => unknown) | null;
  readonly slices: ((tx: Transaction) => Generator<void, unknown>) | null;
  /** An entry is written even without effects. */
  readonly always: boolean;
  /** May be decided in memory; no longer so once that failed. */
  byKey: boolean;
  readonly resolve: (committed: Committed<unknown>) => void;
  readonly reject: (thrown: unknown) => void;
  readonly since: number;
}

interface Outcome {
  readonly job: Job;
  readonly value: unknown;
  readonly version: number;
  readonly changed: boolean;
}

export interface WriterParts {
  readonly tenant: string;
  readonly log: CommitLog;
  readonly state: StateStore;
  readonly rules: RowRules;
  readonly events: Events;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly random: Random;
  /** Sequence published by the archive, for backpressure. */
  readonly archived: () => number;
  /** Called after each group, and when nothing was waiting for a while (see archive/contract.ts). */
  readonly onDurable: (sequence: number) => void;
  readonly onIdle: (micros: number) => void;
  /** Storage failed in a way that only a restart heals. */
  readonly onFatal: (error: ChronError) => void;
  readonly readOnlyReason: () => string | null;
}

/** Milliseconds of silence after which the archive is told that nothing is waiting. */
const IDLE_MS = 110;
/** Up to this long a group's sync may hold the main thread; milliseconds. Beyond, it goes to the thread pool. */
const QUICK_SYNC_MS = 1;
/** How long after a change or read that needs the database groups are decided in place; milliseconds. Going to and fro costs a wait. */
const IN_PLACE_MS = 25;
/** Milliseconds one slice of a large change may hold the main thread. */
const SLICE_MS = 4;

export class Writer {
  readonly #parts: WriterParts;
  /** For groups decided in place, on the database, and in memory. */
  readonly #inPlace: WriteTxParts;
  readonly #inMemory: WriteTxParts;
  /** Until then groups are decided in place; milliseconds. */
  #inPlaceUntil = 0;
  #queue: Job[] = [];
  /** How long a sync takes lately; milliseconds. */
  #syncMs = 2 * QUICK_SYNC_MS;
  #running = false;
  #scheduled = false;
  /** Writers wait for the archive to catch up. */
  #held = false;
  #closed: ChronError | null = null;
  /** Every later entry has a time greater than this. */
  #floor: number;
  #applied: number;
  #idleTimer: NodeJS.Timeout | null = null;
  #whenDrained: (() => void)[] = [];

  constructor(parts: WriterParts) {
    this.#parts = parts;
    const { state, rules, limits } = parts;
    this.#inPlace = {
      state: state.writer,
      definition: (table) => state.writerCatalog().tables.get(table)?.definition ?? null,
      catalog: () => state.writerCatalog(),
      rules,
      limits,
    };
    this.#inMemory = {
      state: state.memory,
      definition: (table) => state.definition(table),
      catalog: () => state.memory.catalog(),
      rules,
      limits,
    };
    this.#floor = parts.log.last.time;
    this.#applied = parts.log.last.sequence;
    // What a run before this one left unpublished must not wait for the next write.
    this.#armIdle();
  }

  /** The last sequence that is durable and visible. */
  get applied(): number {
    return this.#applied;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  submit<T>(caller: Caller, intent: Intent, change: (tx: Transaction) => T, always = false): Promise<Committed<T>> {
    return this.#enqueue(caller, intent, change, null, always, false) as Promise<Committed<T>>;
  }

  submitByKey<T>(caller: Caller, intent: Intent, change: (tx: Transaction) => T): Promise<Committed<T>> {
    this.#parts.state.memory.note(this.#parts.clock.elapsed());
    return this.#enqueue(caller, intent, change, null, false, true) as Promise<Committed<T>>;
  }

  /**
   * Resolves when the database has all that is visible now, and nothing newer will be decided in memory for a moment, so that
   * whoever reads next need not wait; null when it is so already.
   */
  settled(): Promise<void> | null {
    const settled = this.#parts.state.settled();
    if (settled !== null) this.#stayInPlace();
    return settled === null ? null : this.#settleAll(settled);
  }

  async #settleAll(settled: Promise<void>): Promise<void> {
    await settled;
    for (let again = this.#parts.state.settled(); again !== null; again = this.#parts.state.settled()) {
      this.#stayInPlace();
      await again;
    }
  }

  #stayInPlace(): void {
    this.#inPlaceUntil = this.#parts.clock.elapsed() + IN_PLACE_MS;
  }

  submitSliced<T>(caller: Caller, intent: Intent, slices: (tx: Transaction) => Generator<void, T>): Promise<Committed<T>> {
    return this.#enqueue(caller, intent, null, slices, false, false) as Promise<Committed<T>>;
  }

  /**
   * Resolves once no entry with time <= micros can still become visible: raises the clock's floor and lets the group that is
   * under way end. (So an answer AS OF a time never changes.)
   */
  async settle(micros: number): Promise<void> {
    this.#floor = Math.max(this.#floor, micros);
    if (this.#running) await new Promise<void>((resolve) => this.#whenDrained.push(resolve));
  }

  /** Takes no more; resolves when what was taken is answered. */
  async close(): Promise<void> {
    this.#closed ??= new ChronError("SHUTTING_DOWN", "The server is shutting down; connect again in a moment.");
    while (this.#running || this.#queue.length > 0) await new Promise<void>((resolve) => this.#whenDrained.push(resolve));
    if (this.#idleTimer !== null) clearTimeout(this.#idleTimer);
    this.#raiseIdle();
  }

  #enqueue(
    caller: Caller,
    intent: Intent,
    change: Job["change"],
    slices: Job["slices"],
    always: boolean,
    byKey: boolean,
  ): Promise<Committed<unknown>> {
    const refused = this.#refusal();
    if (refused !== null) return Promise.reject(refused);
    return new Promise((resolve, reject) => {
      this.#queue.push({ caller, intent, change, slices, always, byKey, resolve, reject, since: this.#parts.clock.elapsed() });
      this.#schedule();
    });
  }

  #refusal(): ChronError | null {
    if (this.#closed !== null) return this.#closed;
    const reason = this.#parts.readOnlyReason();
    if (reason !== null) return new ChronError("DISK_FULL", reason);
    if (this.#queue.length >= this.#parts.limits.writerQueue) {
      return new ChronError(
        "OVERLOADED",
        `${this.#queue.length} writes are waiting already (limit writerQueue); try again in a moment.`,
        {
          limit: "writerQueue",
        },
      );
    }
    return null;
  }

  #schedule(): void {
    if (this.#running || this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      // Backpressure: durable writes can outrun git and the database, so both lags are bounded.
      const late = this.#tooFarBehind();
      if (late !== null) {
        // Once for each time that writers are held, not for each look.
        if (!this.#held) this.#parts.events.limitReached(late);
        this.#held = true;
        this.#scheduled = true;
        setTimeout(
          () => {
            this.#scheduled = false;
            this.#schedule();
          },
          late === "archiveLagEntries" ? 10 : 2,
        );
        return;
      }
      this.#held = false;
      this.#running = true;
      this.#turn().then(
        () => this.#ended(),
        (thrown: unknown) => {
          this.#fatal(thrown);
          this.#ended();
        },
      );
    });
  }

  /** The limit that makes writers wait now. */
  #tooFarBehind(): "archiveLagEntries" | "applyLagEntries" | null {
    const { archived, limits, state } = this.#parts;
    if (this.#closed === null && this.#applied - archived() > limits.archiveLagEntries) return "archiveLagEntries";
    return this.#decidesInMemory() && !state.memory.fits(0) ? "applyLagEntries" : null;
  }

  #ended(): void {
    this.#running = false;
    if (this.#queue.length > 0) this.#schedule();
    else this.#armIdle();
    const waiting = this.#whenDrained;
    this.#whenDrained = [];
    for (const resolve of waiting) resolve();
  }

  /** Whether the next group is decided in memory: its first change is by key, and nothing asked for the database just now. */
  #decidesInMemory(): boolean {
    const { memory } = this.#parts.state;
    return memory.ready && this.#queue[0]?.byKey === true && this.#parts.clock.elapsed() >= this.#inPlaceUntil;
  }

  /** One group. */
  async #turn(): Promise<void> {
    const { log, events, clock } = this.#parts;
    const { memory } = this.#parts.state;
    const inMemory = this.#decidesInMemory();
    const state = inMemory ? memory : this.#parts.state.writer;
    const txParts = inMemory ? this.#inMemory : this.#inPlace;
    const settled = inMemory ? null : this.#parts.state.settled();
    if (settled !== null) await settled;
    const started = clock.elapsed();
    const outcomes: Outcome[] = [];
    const records: Buffer[] = [];
    let sequence = this.#applied;
    let time = this.#floor;
    let bytes = 0;
    let taken = 0;
    state.begin();
    try {
      for (;;) {
        const job = this.#queue[taken];
        if (job === undefined || taken >= this.#parts.limits.writerGroup || bytes >= this.#parts.limits.writerGroupBytes) break;
        if (inMemory && (!job.byKey || !memory.fits(bytes))) break;
        if (!job.byKey) this.#stayInPlace();
        taken++;
        const at = Math.max(clock.micros(), time + 1);
        const tx = new Transaction(txParts, sequence + 1, at);
        let value: unknown;
        const mark = memory.mark();
        try {
          value = job.change !== null ? job.change(tx) : await this.#slices(job, tx);
          tx.finish();
          // It may have caught what it was told, and gone on with less than it asked for.
          if (memory.exceeded) throw new NotInMemory();
        } catch (thrown) {
          if (memory.exceeded) {
            tx.abandon();
            taken = this.#again(job, mark, taken);
            break;
          }
          // After such a failure SQLite may have ended the transaction by itself: there is no savepoint to go back to.
          if (isStorageFailure(thrown)) throw thrown;
          tx.abandon();
          if (inMemory) memory.backTo(mark);
          job.reject(thrown);
          continue;
        }
        const effects = tx.settled();
        if (effects.length === 0 && !job.always) {
          outcomes.push({ job, value, version: sequence, changed: false });
          continue;
        }
        const head = headOf(job, tx, this.#parts.random);
        const encoded = encodeHead(head);
        const record = encodeEntryWithHead(encoded, head.sequence, effects);
        if (inMemory && record.length > memory.largestRecord) {
          taken = this.#again(job, mark, taken);
          break;
        }
        sequence++;
        time = at;
        state.finish(head, encoded, record);
        records.push(record);
        bytes += record.length;
        outcomes.push({ job, value, version: sequence, changed: true });
        countEffects(events, job.caller.origin, effects);
      }
      this.#queue.splice(0, taken);
    } catch (thrown) {
      // SQLite could not take the group (a full disk, a damaged file): nothing was logged, so nothing happened.
      state.rollback();
      const refusal = storageRefusal(thrown);
      for (const job of this.#queue.splice(0, taken)) job.reject(refusal);
      if (refusal.code !== "DISK_FULL") throw refusal;
      events.error("a group of writes was refused", thrown);
      return;
    }
    if (records.length > 0) {
      try {
        log.append(records, { sequence, time });
      } catch (thrown) {
        // Where the log had no room for it (and is still good), nothing of the group happened.
        const isRefusal = thrown instanceof ChronError && (thrown.code === "DISK_FULL" || thrown.code === "LIMIT_EXCEEDED");
        if (!isRefusal) throw this.#unconfirmed(outcomes, thrown);
        state.rollback();
        for (const { job } of outcomes) job.reject(thrown);
        events.error("a group of writes was refused", thrown);
        return;
      }
      try {
        const syncStarted = clock.elapsed();
        // A disk that confirms quickly is waited for here: handing the sync to the thread pool costs more than it frees.
        if (taken === 1 || this.#syncMs < QUICK_SYNC_MS) log.syncNow();
        else await log.sync();
        const syncMs = clock.elapsed() - syncStarted;
        this.#syncMs += (syncMs - this.#syncMs) / 16;
        events.fsync(syncMs);
        state.commit();
      } catch (thrown) {
        throw this.#unconfirmed(outcomes, thrown);
      }
      this.#applied = sequence;
      this.#floor = Math.max(this.#floor, time);
      this.#parts.onDurable(sequence);
      events.groupWritten(taken, records.length, bytes, clock.elapsed() - started);
    } else {
      state.rollback();
    }
    const now = clock.elapsed();
    for (const { job, value, version, changed } of outcomes) {
      if (changed) events.writeLatency(job.caller.origin, now - job.since);
      job.resolve({ value, version, changed });
    }
  }

  /** Leaves a change that the memory cannot decide at the head of the queue, for a group in place. Answers how many are taken then. */
  #again(job: Job, mark: number, taken: number): number {
    this.#parts.state.memory.backTo(mark);
    job.byKey = false;
    return taken - 1;
  }

  /** Tells a group's writers that log or state failed after the decision: whether it is on disk is known after a restart. */
  #unconfirmed(outcomes: readonly Outcome[], thrown: unknown): ChronError {
    const error = new ChronError(
      "STORAGE_FAILED",
      `The disk did not confirm this write (${messageOf(thrown)}); the server stops, and what the log holds decides when it starts again.`,
    );
    for (const { job } of outcomes) job.reject(error);
    return error;
  }

  async #slices(job: Job, tx: Transaction): Promise<unknown> {
    const slices = (job.slices as NonNullable<Job["slices"]>)(tx);
    for (;;) {
      const until = this.#parts.clock.elapsed() + SLICE_MS;
      do {
        const step = slices.next();
        if (step.done === true) return step.value;
      } while (this.#parts.clock.elapsed() < until);
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  #armIdle(): void {
    if (this.#idleTimer !== null) clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => {
      this.#idleTimer = null;
      if (!this.#running && this.#queue.length === 0) this.#raiseIdle();
    }, IDLE_MS);
    this.#idleTimer.unref();
  }

  #raiseIdle(): void {
    this.#floor = Math.max(this.#floor, this.#parts.clock.micros());
    this.#parts.onIdle(this.#floor);
  }

  #fatal(thrown: unknown): void {
    const error =
      thrown instanceof ChronError ? thrown : new ChronError("STORAGE_FAILED", `The writer failed: ${messageOf(thrown)}.`);
    this.#closed = error;
    for (const job of this.#queue.splice(0)) job.reject(error);
    this.#parts.onFatal(error);
  }
}

function headOf(job: Job, tx: Transaction, random: Random): EntryHead {
  const { caller, intent } = job;
  const metadata = JSON.stringify(intent.metadata);
  return {
    sequence: tx.sequence,
    time: tx.time,
    branch: caller.branch,
    txId: random.uuid(),
    origin: caller.origin,
    user: caller.user,
    principal: caller.principal,
    requestId: intent.requestId,
    flags: tx.flags.length === 0 ? intent.flags : [...new Set([...intent.flags, ...tx.flags])],
    operation: intent.operation,
    message: intent.message,
    metadata: metadata === "{}" ? "" : metadata,
  };
}

function countEffects(events: Events, door: string, effects: readonly Effect[]): void {
  let saved = 0;
  let deleted = 0;
  for (const effect of effects) {
    if (effect.op === "put") saved++;
    else if (effect.op === "delete") deleted++;
  }
  if (saved > 0) events.saved(door, saved);
  if (deleted > 0) events.deleted(door, deleted);
}

function sqliteCode(thrown: unknown): string {
  const code = thrown instanceof Error ? (thrown as Error & { code?: unknown }).code : undefined;
  return typeof code === "string" && code.startsWith("SQLITE_") ? code : "";
}

/** SQLite failing as storage, as opposed to refusing a statement. */
function isStorageFailure(thrown: unknown): boolean {
  return /^SQLITE_(FULL|IOERR|CORRUPT|NOTADB|READONLY|CANTOPEN|PROTOCOL|NOMEM)/.test(sqliteCode(thrown));
}

function storageRefusal(thrown: unknown): ChronError {
  const code = sqliteCode(thrown);
  if (code === "SQLITE_FULL")
    return new ChronError("DISK_FULL", "The disk is full; the write was not made. Free some space and try again.");
  if (code.startsWith("SQLITE_CORRUPT") || code === "SQLITE_NOTADB") {
    return new ChronError(
      "CORRUPT",
      `The state database is damaged (${messageOf(thrown)}); stop the server and run \`chrondb rebuild\`.`,
    );
  }
  return thrown instanceof ChronError
    ? thrown
    : new ChronError("STORAGE_FAILED", `The write was not made: ${messageOf(thrown)}.`);
}
