// One connection: requests in, replies out, in order. Reads and connection commands run at once; writes are submitted without
// waiting for one another, so that a pipeline shares its fsyncs; a read after an unacknowledged write of the same connection
// waits for it. Whatever makes a connection wait also stops it from being read, so nothing piles up.
import type { Socket } from "node:net";
import { ChronError } from "../../base/errors.ts";
import type { Caller } from "../../core/contract.ts";
import type { Command, Context, Words } from "./command.ts";
import type { Door } from "./door.ts";
import { errorReply } from "./refusals.ts";
import type { Found } from "./registry.ts";
import { type ErrorReply, error, NONE, QUEUED, type Reply } from "./reply.ts";
import { ReplyMode } from "./reply-mode.ts";
import { ReplyQueue } from "./reply-queue.ts";
import { RequestReader } from "./resp/reader.ts";
import type { Protocol } from "./resp/writer.ts";
import { StallWatch } from "./stall.ts";
import { HalfDone, Transaction, type Watched } from "./transaction.ts";
import { intentOf, slowWords, writeMetadata } from "./words.ts";

/** Milliseconds one connection may run commands before others get their turn. */
const TURN_MS = 4;
/** Milliseconds an ended connection may take to read its last replies. */
const LAST_WORDS_MS = 2_000;

const NOAUTH = error("NOAUTH Authentication required.");
const NOT_IN_MULTI = error("ERR Command not allowed inside a transaction");
const EXECABORT = error("EXECABORT Transaction discarded because of previous errors.");

export class Session {
  readonly id: number;
  readonly address: string;
  readonly localAddress: string;
  readonly connectedAt: number;
  /** Monotonic milliseconds of the last bytes that came. */
  lastHeard: number;
  name = "";
  library = { name: "", version: "" };
  protocol: Protocol = 2;
  /** The name that authenticated; `default` in open development mode. */
  user = "default";
  noEvict = false;
  /** Of the last command, for CLIENT LIST. */
  lastCommand = "";
  readonly #door: Door;
  readonly #socket: Socket;
  readonly #reader: RequestReader;
  readonly #queue = new ReplyQueue();
  readonly #context: Context;
  #caller: Caller;
  #authenticated: boolean;
  #transaction: Transaction | null = null;
  #watched: Watched[] = [];
  /** A command found but not yet allowed to run. */
  #stash: Found | null = null;
  /** A command that waits is running. */
  #busy = false;
  /** More was read than one turn may run; the rest follows in a later turn of the event loop. */
  #yielded = false;
  #working = false;
  #paused = false;
  /** No more requests are taken; the connection ends once what is due is sent. */
  #ending = false;
  /** The client has sent its last byte, or the server is draining: what has arrived is still answered. */
  #lastInput = false;
  #endedAt: number | null = null;
  #closed = false;
  #reason = "the client hung up";
  /** Whether CLIENT REPLY asked for silence. */
  readonly replies = new ReplyMode();
  readonly #stall: StallWatch;

  constructor(door: Door, socket: Socket) {
    this.#door = door;
    this.#socket = socket;
    this.id = door.nextId();
    this.address = `${socket.remoteAddress ?? ""}:${socket.remotePort ?? 0}`;
    this.localAddress = `${socket.localAddress ?? ""}:${socket.localPort ?? 0}`;
    this.connectedAt = door.clock.elapsed();
    this.lastHeard = this.connectedAt;
    this.#stall = new StallWatch(this.connectedAt);
    this.#reader = new RequestReader(door.limits);
    this.#context = { door, session: this };
    this.#authenticated = door.auth.open;
    this.#reader.authenticated = this.#authenticated;
    this.#caller = this.#makeCaller("");
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.#hear(chunk));
    socket.on("drain", () => this.#work());
    socket.on("end", () => {
      this.#lastInput = true;
      this.#work();
    });
    socket.on("error", (thrown) => {
      this.#reason = `the connection failed: ${thrown.message}`;
    });
    socket.on("close", () => this.#gone());
  }

  // What commands ask of their connection.

  get authenticated(): boolean {
    return this.#authenticated;
  }

  /** Takes a principal that the authenticator has confirmed. */
  signIn(user: string, principal: string): void {
    this.user = user;
    this.#authenticated = true;
    this.#reader.authenticated = true;
    this.#caller = this.#makeCaller(principal);
  }

  /** RESET: everything back to how a connection begins. */
  reset(): void {
    this.discard();
    this.name = "";
    this.protocol = 2;
    this.user = "default";
    this.noEvict = false;
    this.replies.reset();
    this.#authenticated = this.#door.auth.open;
    this.#reader.authenticated = this.#authenticated;
    this.#caller = this.#makeCaller("");
  }

  /** Commands queued by MULTI; -1 outside. */
  get queued(): number {
    return this.#transaction?.commands.length ?? -1;
  }

  beginTransaction(): void {
    this.#transaction = new Transaction();
  }

  /** Forgets MULTI's queue and the watched keys. */
  discard(): void {
    this.#transaction = null;
    this.#watched = [];
  }

  get watched(): readonly Watched[] {
    return this.#watched;
  }

  watch(watched: Watched): void {
    this.#watched.push(watched);
  }

  unwatch(): void {
    this.#watched = [];
  }

  /** Ends the connection once the replies before it are sent. */
  end(reason: string): void {
    this.#ending = true;
    this.#reason = reason;
  }

  /** Closes the connection at once. */
  kill(reason: string): void {
    this.#reason = reason;
    this.#socket.destroy();
  }

  /** Bytes held of requests that are not complete, and of a transaction that is not run. */
  get heldBytes(): number {
    return this.#reader.held + (this.#transaction?.bytes ?? 0);
  }

  /** Bytes encoded and not yet taken by the client. */
  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  get pendingReplies(): number {
    return this.#queue.pending;
  }

  // What the door asks of a connection.

  /** Takes no more requests than have arrived, answers those, and ends. */
  drain(): void {
    this.#reason = "the server is shutting down";
    this.#lastInput = true;
    this.#socket.pause();
    this.#paused = true;
    this.#work();
  }

  /** Sends what has become due and goes on. */
  proceed(): void {
    this.#work();
  }

  /** Once a second: silence and stalls that have lasted too long. */
  sweep(now: number): void {
    const idle = this.#door.limits.messageIdleMs;
    if (this.#endedAt !== null) {
      if (now - this.#endedAt > LAST_WORDS_MS) this.#socket.destroy();
      return;
    }
    if (this.#stall.isStalled(this.#socket, now, idle)) {
      this.#door.events.limitReached("messageIdleMs");
      this.kill("the client does not read its replies");
      return;
    }
    if (this.#blocked() || now - this.lastHeard <= idle) return;
    if (this.#reader.halfway) this.#expire(`ERR Protocol error: the request was not completed within ${idle} milliseconds`);
    else if (!this.#authenticated) this.#expire(`ERR not authenticated within ${idle} milliseconds`);
  }

  // The work itself.

  #hear(chunk: Buffer): void {
    if (this.#ending) return;
    this.lastHeard = this.#door.clock.elapsed();
    this.#door.stats.inputBytes += chunk.length;
    this.#reader.push(chunk);
    if (this.#blocked()) {
      this.#paused = true;
      this.#socket.pause();
    } else this.#work();
  }

  #blocked(): boolean {
    return this.#stash !== null || this.#busy || this.#yielded || this.#overflowing();
  }

  /** The client is behind with reading, or too many of its writes are under way. */
  #overflowing(): boolean {
    return (
      this.#socket.writableLength > this.#door.limits.outputBufferBytes ||
      this.#queue.pending >= this.#door.limits.redisPipelineDepth
    );
  }

  #work(): void {
    // A command may settle something synchronously; the loop that is running sees it.
    if (this.#working || this.#closed || this.#endedAt !== null) return;
    this.#working = true;
    this.#queue.drain(this.#door.writer, this.protocol);
    this.#run();
    this.#working = false;
    this.#send();
    if (this.#isDone()) this.#finish();
    else if (this.#paused && !this.#blocked() && !this.#lastInput) {
      this.#paused = false;
      this.#socket.resume();
    }
  }

  #run(): void {
    const door = this.#door;
    const started = door.clock.elapsed();
    while (!this.#ending && !this.#busy && !this.#yielded && !this.#overflowing()) {
      let found = this.#stash;
      this.#stash = null;
      if (found === null) {
        const request = this.#reader.next();
        if (request === undefined) {
          this.#checkProblem();
          return;
        }
        door.stats.commands++;
        const lookup = door.registry.find(request.name, request.args);
        this.replies.begin();
        if ("type" in lookup) {
          this.#refuse(request.name.toLowerCase() === "exec" ? this.#refusedExec(lookup) : lookup);
          continue;
        }
        found = lookup;
        this.lastCommand = found.name;
        if (!this.#mayRun(found)) continue;
      }
      try {
        if (!this.#start(found)) {
          this.#stash = found;
          return;
        }
      } catch (thrown) {
        this.#reply(this.#failed(thrown));
      }
      if (door.writer.size > door.limits.outputBufferBytes) this.#send();
      if (door.clock.elapsed() - started > TURN_MS) {
        this.#yielded = true;
        setImmediate(() => {
          this.#yielded = false;
          this.#work();
        });
      }
    }
  }

  /** False when the command was answered here: not authenticated, or queued by MULTI. */
  #mayRun(found: Found): boolean {
    const { command } = found;
    if (!this.#authenticated && !command.flags.includes("no_auth")) {
      this.#refuse(NOAUTH);
      return false;
    }
    const transaction = this.#transaction;
    if (transaction === null || command.kind === "exec" || ("immediate" in command && command.immediate === true)) return true;
    if (command.kind === "wait" || (command.kind === "session" && command.notInMulti === true)) {
      this.#refuse(NOT_IN_MULTI);
      return false;
    }
    const { redisQueuedCommands, redisQueuedBytes } = this.#door.limits;
    if (transaction.commands.length >= redisQueuedCommands || transaction.bytes >= redisQueuedBytes) {
      const limit = transaction.commands.length >= redisQueuedCommands ? "redisQueuedCommands" : "redisQueuedBytes";
      this.#door.events.limitReached(limit);
      this.#refuse(
        error(
          `ERR MULTI holds ${redisQueuedCommands} commands and ${redisQueuedBytes} bytes at most (limit ${limit}); split the transaction.`,
        ),
      );
      return false;
    }
    transaction.add(found);
    this.#reply(QUEUED);
    return false;
  }

  /** False when the command must wait for the replies before it. Throws what the command throws. */
  #start(found: Found): boolean {
    const { command, args } = found;
    switch (command.kind) {
      case "read": {
        if (this.#queue.pending > 0) return false;
        const started = this.#door.clock.elapsed();
        const reply = this.#door.tenant.read(this.#caller, (view) => command.run(view, args, this.#context));
        const ms = this.#door.clock.elapsed() - started;
        this.#door.events.read("redis", ms, 1);
        if (ms >= this.#door.slowMs) this.#slow(found, ms);
        this.#reply(reply);
        return true;
      }
      case "write":
        this.#submit(found, command.words, (tx) => command.run(tx, args, this.#context));
        return true;
      case "sliced-write":
        this.#settle(
          this.#door.tenant.writeSliced(this.#caller, intentOf(command.words, writeMetadata(found)), (tx) =>
            command.run(tx, args, this.#context),
          ),
        );
        return true;
      case "session":
        if (command.barrier === true && this.#queue.pending > 0) return false;
        this.#reply(command.run(this, args, this.#context));
        return true;
      case "exec":
        return this.#exec(found);
      case "sliced-read":
        if (this.#queue.pending > 0) return false;
        this.#readSliced(found);
        return true;
      case "wait":
        if (this.#queue.pending > 0) return false;
        this.#wait(command, args);
        return true;
    }
  }

  /** Hands a write to the writer; its reply comes when it is durable. */
  #submit(found: Found, words: Words, run: Parameters<Door["tenant"]["write"]>[2]): void {
    const { tenant, clock, slowMs } = this.#door;
    this.#settle(
      tenant.write(this.#caller, intentOf(words, writeMetadata(found)), (tx) => {
        const started = clock.elapsed();
        const reply = run(tx);
        const ms = clock.elapsed() - started;
        if (ms >= slowMs) this.#slow(found, ms);
        return reply;
      }),
    );
  }

  #settle(committed: Promise<{ readonly value: unknown }>): void {
    const place = this.#queue.reserve();
    const silent = this.replies.silent;
    committed.then(
      (done) => this.#fill(place, silent ? NONE : (done.value as Reply)),
      (thrown: unknown) => {
        const reply = this.#failed(thrown);
        this.#fill(place, silent ? NONE : reply);
      },
    );
  }

  #fill(place: number, reply: Reply): void {
    if (this.#queue.fill(place, reply) && !this.#closed) this.#door.schedule(this);
  }

  #exec(found: Found): boolean {
    const transaction = this.#transaction;
    if (transaction === null) {
      this.#reply(error("ERR EXEC without MULTI"));
      return true;
    }
    const writes = transaction.writes;
    if (!transaction.aborted && !writes && this.#queue.pending > 0) return false;
    const watched = this.#watched;
    this.discard();
    const fail = (thrown: unknown): Reply => this.#failed(thrown);
    if (transaction.aborted) this.#reply(EXECABORT);
    else if (!writes)
      this.#reply(this.#door.tenant.read(this.#caller, (view) => transaction.read(view, watched, this.#context, fail)));
    else {
      const { words, metadata } = transaction.words();
      this.#settle(
        this.#door.tenant.write(this.#caller, intentOf(words, metadata), (tx) => {
          const started = this.#door.clock.elapsed();
          const reply = transaction.write(tx, watched, this.#context, fail);
          const ms = this.#door.clock.elapsed() - started;
          if (ms >= this.#door.slowMs) this.#slow(found, ms);
          return reply;
        }),
      );
    }
    return true;
  }

  /** A malformed EXEC ends the transaction. */
  #refusedExec({ text }: ErrorReply): Reply {
    this.discard();
    return error(`EXECABORT Transaction discarded because of: ${text.replace(/^ERR /, "")}`);
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
        reply = "step" in slices ? this.#door.tenant.read(this.#caller, (view) => slices.step(view)) : slices;
      } catch (thrown) {
        reply = this.#failed(thrown);
      }
      if (reply === undefined) setImmediate(turn);
      else this.#unwait(reply);
    };
    turn();
  }

  #wait(command: Extract<Command, { kind: "wait" }>, args: readonly Buffer[]): void {
    this.#busy = true;
    command.run({ ...this.#context, tenant: this.#door.tenant, caller: this.#caller }, args).then(
      (reply) => this.#unwait(reply),
      (thrown: unknown) => this.#unwait(this.#failed(thrown)),
    );
  }

  #unwait(reply: Reply): void {
    this.#busy = false;
    if (this.#closed) return;
    if (this.#working) {
      this.#reply(reply);
      return;
    }
    // Through the queue: the shared writer may only be used within #work.
    if (!this.replies.silent) this.#queue.push(reply);
    this.#work();
  }

  #reply(reply: Reply): void {
    if (this.replies.silent) return;
    if (this.#queue.pending > 0) this.#queue.push(reply);
    else this.#door.writer.write(reply, this.protocol);
  }

  /** Answers an error found before a command could run, which also spoils a transaction being queued. */
  #refuse(reply: Reply): void {
    if (this.#transaction !== null) this.#transaction.aborted = true;
    this.#door.stats.errors++;
    this.#reply(reply);
  }

  /** The reply for something thrown; a bug is logged and named as one, without its inside. */
  #failed(thrown: unknown): Reply {
    this.#door.stats.errors++;
    if (thrown instanceof HalfDone) return thrown.reply;
    if (thrown instanceof ChronError) return errorReply(thrown);
    this.#door.events.error("a Redis command failed unexpectedly", thrown, {
      connection: String(this.id),
      command: this.lastCommand,
    });
    return error("ERR internal error: the command failed for a reason that is in the server's log; nothing was changed.");
  }

  #slow(found: Found, ms: number): void {
    const words = slowWords(found);
    this.#door.slowlog.add({
      at: Math.floor(this.#door.nowMs() / 1000),
      micros: Math.round(ms * 1000),
      words,
      address: this.address,
      client: this.name,
    });
    this.#door.events.slow("redis", words.slice(0, 3).join(" "), ms);
  }

  #checkProblem(): void {
    const { problem } = this.#reader;
    if (problem === null || this.#ending) return;
    const reason = problem.stranger === null ? problem.text : `another protocol spoke: ${problem.stranger}`;
    this.#door.events.warn("a Redis connection broke the protocol", {
      connection: String(this.id),
      address: this.address,
      problem: problem.text,
    });
    this.#door.stats.errors++;
    // A client that breaks the protocol is told even where it asked for silence.
    this.#queue.push(error(problem.text));
    this.#queue.drain(this.#door.writer, this.protocol);
    this.end(reason);
  }

  #expire(text: string): void {
    this.#door.events.limitReached("messageIdleMs");
    this.#queue.push(error(text));
    this.end(text);
    this.#work();
  }

  #isDone(): boolean {
    if (this.#queue.pending > 0 || this.#busy || this.#yielded) return false;
    return this.#ending || (this.#lastInput && this.#stash === null && !this.#overflowing());
  }

  #finish(): void {
    this.#endedAt = this.#door.clock.elapsed();
    this.#ending = true;
    // A paused socket would not see the client's own end.
    this.#socket.end();
    this.#socket.resume();
  }

  /** Hands the encoded replies to the socket as one write. */
  #send(): void {
    const chunks = this.#door.writer.take();
    if (chunks.length === 0 || this.#closed) return;
    const [only] = chunks;
    if (chunks.length === 1 && only !== undefined) {
      this.#door.stats.outputBytes += only.length;
      this.#socket.write(only);
      return;
    }
    this.#socket.cork();
    for (const chunk of chunks) {
      this.#door.stats.outputBytes += chunk.length;
      this.#socket.write(chunk);
    }
    this.#socket.uncork();
  }

  #gone(): void {
    this.#closed = true;
    this.discard();
    this.#stash = null;
    this.#door.sessions.delete(this.id);
    this.#door.events.connectionClosed("redis", String(this.id), this.#reason);
  }

  #makeCaller(principal: string): Caller {
    return Object.freeze({
      tenant: this.#door.tenant.name,
      branch: this.#door.branch,
      origin: "redis",
      principal,
      user: "",
      address: this.address,
    });
  }
}
