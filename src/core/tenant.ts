// One tenant: its log, state, archive and writer, put together. Opening heals whatever the last run left: the log is the truth,
// entries that state has not seen are applied, and the archive resumes from what it had published.
import { join } from "node:path";
import type { Archive } from "../archive/contract.ts";
import type { Clock } from "../base/clock.ts";
import { ChronError } from "../base/errors.ts";
import type { Limits } from "../base/limits.ts";
import type { Random } from "../base/random.ts";
import type { CommitLog } from "../log/commit-log.ts";
import type { Events } from "../observability/events.ts";
import type { StateStore } from "../state/store.ts";
import { verifyTenant } from "./commands/verify.ts";
import type {
  Caller,
  Committed,
  HistoryItem,
  Intent,
  PastState,
  ReadView,
  RowRules,
  Tenant,
  VerifyReport,
  WriteTx,
} from "./contract.ts";
import { startSweeper } from "./expiry-sweeper.ts";
import { historyItems } from "./history.ts";
import { LatestView, PastView } from "./read-view.ts";
import { parseReference } from "./reference.ts";
import { Writer } from "./writer.ts";

export interface TenantParts {
  readonly name: string;
  /** The bare repository; log and state lie in its `.chrondb` folder. */
  readonly directory: string;
  readonly branch: string;
  readonly log: CommitLog;
  readonly state: StateStore;
  readonly archive: Archive;
  readonly rules: RowRules;
  readonly events: Events;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly random: Random;
  readonly readOnlyReason: () => string | null;
  readonly onFatal: (error: ChronError) => void;
}

/** Entries between two checkpoints of the state, and the most milliseconds. */
const CHECKPOINT_ENTRIES = 50_000;
const CHECKPOINT_MS = 5_000;
const LAG_REPORT_MS = 500;
const REPLAY_GROUP = 1_000;

export class TenantRuntime implements Tenant {
  readonly name: string;
  readonly #parts: TenantParts;
  readonly #writer: Writer;
  readonly #latest: LatestView;
  readonly #stopSweeper: () => Promise<void>;
  readonly #timers: NodeJS.Timeout[] = [];
  #checkpointed = 0;
  #checkpointing: Promise<void> = Promise.resolve();
  #problem: string | null = null;

  private constructor(parts: TenantParts) {
    this.name = parts.name;
    this.#parts = parts;
    const { state, archive, clock } = parts;
    this.#latest = new LatestView(
      state.reader,
      () => Math.floor(clock.micros() / 1000),
      () => state.catalog(),
    );
    this.#writer = new Writer({
      tenant: parts.name,
      log: parts.log,
      state,
      rules: parts.rules,
      events: parts.events,
      limits: parts.limits,
      clock,
      random: parts.random,
      archived: () => archive.published,
      onDurable: (sequence) => archive.durable(sequence),
      onIdle: (micros) => archive.idle(micros),
      onFatal: parts.onFatal,
      readOnlyReason: parts.readOnlyReason,
    });
    archive.onPublished((sequence) => parts.log.release("archive", Math.max(0, sequence - parts.limits.logRetainEntries)));
    archive.onProblem((problem) => {
      this.#problem = problem;
    });
    this.#stopSweeper = startSweeper({
      caller: this.systemCaller(),
      reader: state.reader,
      clock,
      events: parts.events,
      write: (caller, intent, change) => this.writeByKey(caller, intent, change),
    });
    this.#every(CHECKPOINT_MS / 5, () => this.#checkpointIfDue());
    this.#every(LAG_REPORT_MS, () => this.#reportLag());
  }

  /** Replays what state has not seen, then serves. */
  static async open(parts: TenantParts): Promise<TenantRuntime> {
    replay(parts);
    parts.archive.durable(parts.log.last.sequence);
    const tenant = new TenantRuntime(parts);
    if (parts.log.last.sequence === 0) {
      const intent: Intent = {
        operation: "initialize-repository",
        message: "Initial empty commit",
        flags: ["system", "init"],
        requestId: "",
        metadata: {},
      };
      await tenant.#writer.submit(tenant.systemCaller(), intent, () => undefined, true);
    }
    return tenant;
  }

  systemCaller(): Caller {
    return Object.freeze({
      tenant: this.name,
      branch: this.#parts.branch,
      origin: "system",
      principal: "",
      user: "",
      address: "",
    });
  }

  read<T>(_caller: Caller, read: (view: ReadView) => T): T {
    // The writer commits on this same thread, so a synchronous closure sees one state without a transaction.
    return read(this.#latest);
  }

  readAt<T>(_caller: Caller, past: PastState, read: (view: ReadView) => T): T {
    return read(new PastView(this.#parts.state.reader, past, () => this.#parts.state.catalog()));
  }

  write<T>(caller: Caller, intent: Intent, change: (tx: WriteTx) => T): Promise<Committed<T>> {
    return this.#writer.submit(caller, intent, change);
  }

  writeByKey<T>(caller: Caller, intent: Intent, change: (tx: WriteTx) => T): Promise<Committed<T>> {
    return this.#writer.submitByKey(caller, intent, change);
  }

  settled(): Promise<void> | null {
    return this.#writer.settled();
  }

  writeSliced<T>(caller: Caller, intent: Intent, change: (tx: WriteTx) => Generator<void, T>): Promise<Committed<T>> {
    return this.#writer.submitSliced(caller, intent, change);
  }

  async resolve(_caller: Caller, text: string): Promise<PastState> {
    const reference = parseReference(text);
    const { reader } = this.#parts.state;
    await this.settled();
    switch (reference.kind) {
      case "sequence":
        return this.#pastOf(reference.sequence, text);
      case "commit": {
        await this.archived();
        const found = await this.#parts.archive.findCommit(reference.prefix);
        const [first, second] = found;
        if (second !== undefined) {
          throw new ChronError(
            "AMBIGUOUS_REFERENCE",
            `${JSON.stringify(text)} is the start of several commits; give more of its digits.`,
            {
              readings: found.map(({ commit }) => commit),
            },
          );
        }
        if (first === undefined) throw unknownReference(text, "no commit starts with it");
        return this.#pastOf(first.sequence, text);
      }
      case "time": {
        const now = this.#parts.clock.micros();
        if (reference.micros > now)
          throw new ChronError("INVALID_REFERENCE", `${JSON.stringify(text)} lies in the future; a past state is asked for.`);
        await this.#writer.settle(reference.micros);
        await this.settled();
        const sequence = reader.sequenceAt(reference.micros);
        if (sequence === 0) throw unknownReference(text, "it is before the first commit");
        return { sequence, nowMs: Math.floor(reference.micros / 1000) };
      }
      case "name":
        if (reference.of !== "tag" && reference.name === this.#parts.branch) return this.#pastOf(reader.sequence(), text);
        throw unknownReference(text, reference.of === "tag" ? "there is no such tag" : "there is no such branch or tag");
    }
  }

  async history(_caller: Caller, table: string, id: string, options: { before?: number; limit: number }): Promise<HistoryItem[]> {
    await this.settled();
    return historyItems(this.#parts.state.reader, (sequence) => this.commitOf(sequence), table, id, options);
  }

  async commitOf(sequence: number): Promise<string> {
    return (
      this.#parts.archive.commitOf(sequence) ?? (await this.#parts.archive.waitFor(sequence, this.#parts.limits.archiveWaitMs))
    );
  }

  commitIfPublished(sequence: number): string | undefined {
    return this.#parts.archive.commitOf(sequence);
  }

  async archived(): Promise<void> {
    const sequence = this.#writer.applied;
    if (sequence > this.#parts.archive.published) await this.#parts.archive.waitFor(sequence, this.#parts.limits.archiveWaitMs);
  }

  async verify(): Promise<VerifyReport> {
    await this.archived();
    await this.settled();
    return verifyTenant(this.#parts);
  }

  /** Facts for the service's status. */
  facts(): {
    documents: number;
    sequence: number;
    durable: number;
    archived: number;
    archiveBytes: number;
    problem: string | null;
  } {
    return {
      documents: this.#parts.state.documents(),
      sequence: this.#writer.applied,
      durable: this.#parts.log.durable.sequence,
      archived: this.#parts.archive.published,
      archiveBytes: this.#parts.archive.bytes(),
      problem: this.#problem,
    };
  }

  /** Answers what was taken, publishes it to git, and closes every part. */
  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.#stopSweeper();
    await this.#writer.close();
    await this.#parts.archive.close();
    await this.#checkpointing;
    await this.#parts.state.settled();
    await this.#checkpoint();
    await this.#parts.state.close();
    this.#parts.log.close();
  }

  #pastOf(sequence: number, text: string): PastState {
    const head = this.#parts.state.reader.head(sequence);
    if (head === undefined) {
      throw unknownReference(text, `the last entry is ${this.#parts.state.reader.sequence()} and the first is 1`);
    }
    return { sequence, nowMs: Math.floor(head.time / 1000) };
  }

  #every(ms: number, run: () => void): void {
    const timer = setInterval(run, ms);
    timer.unref();
    this.#timers.push(timer);
  }

  #lastCheckpointAt = 0;
  #checkpointIfDue(): void {
    const behind = this.#writer.applied - this.#checkpointed;
    if (behind === 0) return;
    const now = this.#parts.clock.elapsed();
    if (behind < CHECKPOINT_ENTRIES && now - this.#lastCheckpointAt < CHECKPOINT_MS) return;
    this.#lastCheckpointAt = now;
    this.#checkpointing = this.#checkpointing.then(() => this.#checkpoint());
  }

  async #checkpoint(): Promise<void> {
    try {
      this.#checkpointed = await this.#parts.state.checkpoint();
      this.#parts.log.release("state", this.#checkpointed);
    } catch (thrown) {
      // The log keeps what state could not sync, so nothing is lost; it is tried again at the next turn.
      this.#parts.events.error("the state database could not be checkpointed", thrown);
    }
  }

  #reportLag(): void {
    const { log, archive } = this.#parts;
    this.#parts.events.lag(this.name, {
      log: log.last.sequence - log.durable.sequence,
      apply: log.durable.sequence - this.#parts.state.applied,
      archive: log.durable.sequence - archive.published,
      queued: this.#writer.waiting,
    });
  }
}

function unknownReference(text: string, why: string): ChronError {
  return new ChronError("UNKNOWN_REFERENCE", `${JSON.stringify(text)} names no state of this database: ${why}.`);
}

/** Applies the entries that the log has and state has not: the same `apply` as live writes. */
function replay(parts: TenantParts): void {
  const { log, events } = parts;
  const { writer } = parts.state;
  const from = writer.sequence();
  if (from > log.last.sequence) {
    throw new ChronError(
      "CORRUPT",
      `The state of tenant "${parts.name}" has entry ${from} but the log in ${join(parts.directory, ".chrondb", "log")} ends at ${log.last.sequence}; ` +
        "part of the log was removed. Put it back, or run `chrondb rebuild` to take the state from the git archive.",
    );
  }
  if (from === log.last.sequence) return;
  let inGroup = 0;
  let count = 0;
  for (const { head, effects } of log.read(from)) {
    if (inGroup === 0) writer.begin();
    writer.apply(head.sequence, effects);
    writer.finish(head);
    count++;
    if (++inGroup === REPLAY_GROUP) {
      writer.commit();
      inGroup = 0;
    }
  }
  if (inGroup > 0) writer.commit();
  events.info("replayed the log into the state", { tenant: parts.name, entries: count });
}
