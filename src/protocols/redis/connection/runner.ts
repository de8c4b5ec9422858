// Runs one command of a connection by its kind. Reads and connection commands run at once; writes are handed to the writer
// without waiting for one another, so that a pipeline shares its fsyncs; a read after an unacknowledged write of the same
// connection waits for it.
import { ChronError, limitOf } from "../../../base/errors.ts";
import type { Caller } from "../../../core/contract.ts";
import { NotInMemory } from "../../../state/store.ts";
import type { Command, Context, Words } from "../command.ts";
import type { Door } from "../door.ts";
import { errorReply } from "../refusals.ts";
import type { Found } from "../registry.ts";
import { error, NONE, type Reply } from "../reply.ts";
import { intentOf, slowWords, writeMetadata } from "../words.ts";
import type { Multi } from "./multi.ts";
import type { Outbox } from "./outbox.ts";
import { HalfDone } from "./transaction.ts";

const EXECABORT = error("EXECABORT Transaction discarded because of previous errors.");

export interface RunnerParts {
  readonly door: Door;
  readonly context: Context;
  readonly outbox: Outbox;
  readonly multi: Multi;
  readonly caller: Caller;
  /** The command that was waited for has answered: the connection goes on. */
  readonly goOn: () => void;
}

export class Runner {
  /** In whose name commands run. */
  caller: Caller;
  readonly #door: Door;
  readonly #context: Context;
  readonly #outbox: Outbox;
  readonly #multi: Multi;
  readonly #goOn: () => void;
  #now = 0;
  #busy = false;
  #closed = false;

  constructor(parts: RunnerParts) {
    this.caller = parts.caller;
    this.#door = parts.door;
    this.#context = parts.context;
    this.#outbox = parts.outbox;
    this.#multi = parts.multi;
    this.#goOn = parts.goOn;
  }

  /** A command that waits is running. */
  get busy(): boolean {
    return this.#busy;
  }

  /** The connection is gone: what still runs is not answered. */
  close(): void {
    this.#closed = true;
  }

  /** A turn of the connection begins. */
  begin(now: number): void {
    this.#now = now;
  }

  /** Monotonic milliseconds when the last command ended: one look at the clock a command. */
  get now(): number {
    return this.#now;
  }

  /** False when the command must wait for the replies before it. */
  start(found: Found): boolean {
    const started = this.#now;
    try {
      if (!this.#start(found)) return false;
      this.#now = this.#door.clock.elapsed();
      if (found.command.kind === "read" && !this.#busy) this.#measure(found, this.#now - started);
    } catch (thrown) {
      this.#now = this.#door.clock.elapsed();
      this.#outbox.reply(this.#failed(thrown));
    }
    return true;
  }

  #measure(found: Found, ms: number): void {
    this.#door.events.read("redis", ms, 1);
    if (ms >= this.#door.slowMs) this.#slow(found, ms);
  }

  #start(found: Found): boolean {
    const { command, args } = found;
    switch (command.kind) {
      case "read": {
        if (this.#outbox.pending > 0) return false;
        // A read of single keys never waits for the database; others may.
        const settled = command.keys === undefined ? this.#door.tenant.settled() : null;
        if (settled !== null) this.#readLater(found, settled);
        else this.#outbox.reply(this.#door.tenant.read(this.caller, (view) => command.run(view, args, this.#context)));
        return true;
      }
      case "write":
        this.#submit(found, command.words, writeMetadata(found), (tx) => command.run(tx, args, this.#context));
        return true;
      case "sliced-write":
        this.#settle(
          this.#door.tenant.writeSliced(this.caller, intentOf(command.words, writeMetadata(found)), (tx) =>
            command.run(tx, args, this.#context),
          ),
        );
        return true;
      case "session":
        if (command.barrier === true && this.#outbox.pending > 0) return false;
        this.#outbox.reply(command.run(this.#context.session, args, this.#context));
        return true;
      case "exec":
        return this.#exec(found);
      case "sliced-read":
        if (this.#outbox.pending > 0) return false;
        this.#readSliced(found);
        return true;
      case "wait":
        if (this.#outbox.pending > 0) return false;
        this.#wait(command, args);
        return true;
    }
  }

  /** Hands a write to the writer; its reply comes when it is durable. */
  #submit(found: Found, words: Words, metadata: Record<string, unknown>, run: Parameters<Door["tenant"]["write"]>[2]): void {
    const { tenant, clock, slowMs } = this.#door;
    this.#settle(
      tenant.writeByKey(this.caller, intentOf(words, metadata), (tx) => {
        const started = clock.elapsed();
        const reply = run(tx);
        const ms = clock.elapsed() - started;
        if (ms >= slowMs) this.#slow(found, ms);
        return reply;
      }),
    );
  }

  #settle(committed: Promise<{ readonly value: unknown }>): void {
    const place = this.#outbox.reserve();
    const silent = this.#outbox.mode.silent;
    committed.then(
      (done) => this.#fill(place, silent ? NONE : (done.value as Reply)),
      (thrown: unknown) => {
        const reply = this.#failed(thrown);
        this.#fill(place, silent ? NONE : reply);
      },
    );
  }

  #fill(place: number, reply: Reply): void {
    if (this.#outbox.fill(place, reply)) this.#door.schedule(this.#context.session);
  }

  #exec(found: Found): boolean {
    const { transaction, watched } = this.#multi;
    if (transaction === null) {
      this.#outbox.reply(error("ERR EXEC without MULTI"));
      return true;
    }
    const writes = transaction.writes;
    if (!transaction.aborted && !writes && this.#outbox.pending > 0) return false;
    this.#multi.discard();
    const fail = (thrown: unknown): Reply => this.#failed(thrown);
    if (transaction.aborted) this.#outbox.reply(EXECABORT);
    else if (!writes)
      this.#outbox.reply(this.#door.tenant.read(this.caller, (view) => transaction.read(view, watched, this.#context, fail)));
    else {
      const { words, metadata } = transaction.words();
      const failInTurn = (thrown: unknown): Reply => {
        // Not a failure: the writer runs the transaction again, with the database.
        if (thrown instanceof NotInMemory) throw thrown;
        return fail(thrown);
      };
      this.#submit(found, words, metadata, (tx) => transaction.write(tx, watched, this.#context, failInTurn));
    }
    return true;
  }

  #readSliced({ command, args }: Found): void {
    if (command.kind !== "sliced-read") return;
    this.#busy = true;
    const slices = (() => {
      try {
        return command.begin(args, this.#context);
      } catch (thrown) {
        return this.#failed(thrown);
      }
    })();
    const turn = (): void => {
      if (this.#closed) return;
      let reply: Reply | undefined;
      try {
        reply = "step" in slices ? this.#door.tenant.read(this.caller, (view) => slices.step(view)) : slices;
      } catch (thrown) {
        reply = this.#failed(thrown);
      }
      if (reply === undefined) setImmediate(() => this.#whenSettled(turn));
      else this.#unwait(reply);
    };
    this.#whenSettled(turn);
  }

  #readLater(found: Found, settled: Promise<void>): void {
    const { command, args } = found;
    if (command.kind !== "read") return;
    this.#busy = true;
    const read = (): Reply => this.#door.tenant.read(this.caller, (view) => command.run(view, args, this.#context));
    settled.then(read).then(
      (reply) => this.#unwait(reply),
      (thrown: unknown) => this.#unwait(this.#failed(thrown)),
    );
  }

  /** Goes on once a read of more than single keys need not hold the main thread. */
  #whenSettled(goOn: () => void): void {
    const settled = this.#door.tenant.settled();
    if (settled === null) goOn();
    else settled.then(goOn, (thrown: unknown) => this.#unwait(this.#failed(thrown)));
  }

  #wait(command: Extract<Command, { kind: "wait" }>, args: readonly Buffer[]): void {
    this.#busy = true;
    command.run({ ...this.#context, tenant: this.#door.tenant, caller: this.caller }, args).then(
      (reply) => this.#unwait(reply),
      (thrown: unknown) => this.#unwait(this.#failed(thrown)),
    );
  }

  #unwait(reply: Reply): void {
    this.#busy = false;
    if (this.#closed) return;
    if (!this.#outbox.mode.silent) this.#outbox.queue(reply);
    this.#goOn();
  }

  /** The reply for something thrown; a bug is logged and named as one, without its inside. */
  #failed(thrown: unknown): Reply {
    this.#door.stats.errors++;
    if (thrown instanceof HalfDone) return thrown.reply;
    if (thrown instanceof ChronError) {
      const limit = limitOf(thrown);
      if (limit !== null) this.#door.events.limitReached(limit);
      return errorReply(thrown);
    }
    const { session } = this.#context;
    this.#door.events.error("a Redis command failed unexpectedly", thrown, {
      connection: String(session.id),
      command: session.lastCommand,
    });
    return error("ERR internal error: the command failed for a reason that is in the server's log; nothing was changed.");
  }

  #slow(found: Found, ms: number): void {
    const words = slowWords(found);
    const { session } = this.#context;
    this.#door.slowlog.add({
      at: Math.floor(this.#door.nowMs() / 1000),
      micros: Math.round(ms * 1000),
      words,
      address: session.address,
      client: session.name,
    });
    this.#door.events.slow("redis", words.slice(0, 3).join(" "), ms);
  }
}
