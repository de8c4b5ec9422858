// One connection: who the client is, and the turn it takes: requests in, commands run in order, replies out. The parts are in
// connection/: input (reading), outbox (ordering and sending), runner (one command), multi (MULTI). Whatever makes a connection
// wait also stops it from being read, so nothing piles up.
import type { Socket } from "node:net";
import type { Caller } from "../../core/contract.ts";
import { Input } from "./connection/input.ts";
import { Multi } from "./connection/multi.ts";
import { Outbox } from "./connection/outbox.ts";
import type { ReplyMode } from "./connection/reply-mode.ts";
import { Runner } from "./connection/runner.ts";
import type { OpenSocket } from "./connection/shared-read.ts";
import { StallWatch } from "./connection/stall.ts";
import type { Watched } from "./connection/transaction.ts";
import type { Door } from "./door.ts";
import type { Found } from "./registry.ts";
import { type ErrorReply, error, QUEUED, type Reply } from "./reply.ts";
import type { Protocol } from "./resp/writer.ts";

/** Milliseconds one connection may run commands before others get their turn. */
const TURN_MS = 4;
/** Milliseconds an ended connection may take to read its last replies. */
const LAST_WORDS_MS = 2_000;

const NOAUTH = error("NOAUTH Authentication required.");

export class Session {
  readonly id: number;
  readonly address: string;
  readonly localAddress: string;
  readonly connectedAt: number;
  name = "";
  library = { name: "", version: "" };
  /** The name that authenticated; `default` in open development mode. */
  user = "default";
  noEvict = false;
  /** Of the last command, for CLIENT LIST. */
  lastCommand = "";
  readonly #door: Door;
  readonly #socket: Socket;
  readonly #input: Input;
  readonly #outbox: Outbox;
  readonly #multi: Multi;
  readonly #runner: Runner;
  readonly #stall: StallWatch;
  #authenticated: boolean;
  /** A command found but not yet allowed to run. */
  #stash: Found | null = null;
  /** More was read than one turn may run; the rest follows in a later turn of the event loop. */
  #yielded = false;
  #working = false;
  /** No more requests are taken; the connection ends once what is due is sent. */
  #ending = false;
  #endedAt: number | null = null;
  #closed = false;
  #reason = "the client hung up";

  /** `accepted`: a connection that is not being read yet. */
  constructor(door: Door, accepted: Socket, open: OpenSocket) {
    this.#door = door;
    const socket = open(accepted, (buffer, length) => this.#hear(buffer, length));
    this.#socket = socket;
    this.id = door.nextId();
    this.address = `${socket.remoteAddress ?? ""}:${socket.remotePort ?? 0}`;
    this.localAddress = `${socket.localAddress ?? ""}:${socket.localPort ?? 0}`;
    this.connectedAt = door.clock.elapsed();
    this.#stall = new StallWatch(this.connectedAt);
    this.#input = new Input(door, socket);
    this.#outbox = new Outbox(door, socket);
    this.#multi = new Multi(door);
    this.#runner = new Runner({
      door,
      context: { door, session: this },
      outbox: this.#outbox,
      multi: this.#multi,
      caller: this.#makeCaller(""),
      goOn: () => this.#goOn(),
    });
    this.#authenticated = door.auth.open;
    this.#input.reader.authenticated = this.#authenticated;
    socket.on("drain", () => this.#work());
    socket.on("end", () => {
      this.#input.last = true;
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
    this.#input.reader.authenticated = true;
    this.#runner.caller = this.#makeCaller(principal);
  }

  get protocol(): Protocol {
    return this.#outbox.protocol;
  }

  set protocol(protocol: Protocol) {
    this.#outbox.protocol = protocol;
  }

  /** Whether CLIENT REPLY asked for silence. */
  get replies(): ReplyMode {
    return this.#outbox.mode;
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
    this.#input.reader.authenticated = this.#authenticated;
    this.#runner.caller = this.#makeCaller("");
  }

  /** Commands queued by MULTI; -1 outside. */
  get queued(): number {
    return this.#multi.queued;
  }

  beginTransaction(): void {
    this.#multi.begin();
  }

  /** Forgets MULTI's queue and the watched keys. */
  discard(): void {
    this.#multi.discard();
  }

  get watched(): readonly Watched[] {
    return this.#multi.watched;
  }

  watch(watched: Watched): void {
    this.#multi.watch(watched);
  }

  unwatch(): void {
    this.#multi.unwatch();
  }

  /** Ends the connection once the replies before it are sent. */
  end(reason: string): void {
    this.#ending = true;
    this.#reason = reason;
  }

  /** Closes the connection at once. */
  kill(reason: string): void {
    this.#reason = reason;
    this.#outbox.flush();
    this.#socket.destroy();
  }

  // What CLIENT LIST shows.

  /** Monotonic milliseconds of the last bytes that came. */
  get lastHeard(): number {
    return this.#input.lastHeard;
  }

  /** Bytes held of requests that are not complete, and of a transaction that is not run. */
  get heldBytes(): number {
    return this.#input.reader.held + this.#multi.bytes;
  }

  /** Bytes encoded and not yet taken by the client. */
  get unsentBytes(): number {
    return this.#outbox.unsent;
  }

  get pendingReplies(): number {
    return this.#outbox.pending;
  }

  // What the door asks of a connection.

  /** Takes no more requests than have arrived, answers those, and ends. */
  drain(): void {
    this.#reason = "the server is shutting down";
    this.#input.stop();
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
    if (this.#isBlocked() || now - this.lastHeard <= idle) return;
    if (this.#input.reader.halfway)
      this.#expire(`ERR Protocol error: the request was not completed within ${idle} milliseconds (limit messageIdleMs)`);
    else if (!this.#authenticated) this.#expire(`ERR not authenticated within ${idle} milliseconds (limit messageIdleMs)`);
  }

  // The turn itself.

  #hear(buffer: Buffer, length: number): void {
    if (this.#ending) return;
    this.#input.take(buffer, length);
    if (this.#isBlocked()) this.#input.pause();
    else this.#work(this.lastHeard);
  }

  #isBlocked(): boolean {
    return this.#stash !== null || this.#runner.busy || this.#yielded || this.#outbox.overflowing;
  }

  #work(now = this.#door.clock.elapsed()): void {
    // A command may settle something synchronously; the loop that is running sees it.
    if (this.#working || this.#closed || this.#endedAt !== null) return;
    this.#working = true;
    this.#outbox.settle();
    this.#runner.begin(now);
    this.#run(now);
    this.#working = false;
    this.#outbox.send();
    if (this.#isDone()) this.#finish();
    else if (!this.#isBlocked()) this.#input.resume();
  }

  /** A command that was waited for has answered. */
  #goOn(): void {
    if (this.#working) this.#outbox.settle();
    else this.#work();
  }

  #run(started: number): void {
    while (!this.#ending && !this.#runner.busy && !this.#yielded && !this.#outbox.overflowing) {
      const found = this.#stash ?? this.#next();
      if (found === undefined) return;
      this.#stash = null;
      if (found !== null && !this.#runner.start(found)) {
        this.#stash = found;
        return;
      }
      this.#outbox.relieve();
      if (this.#runner.now - started > TURN_MS) this.#yield();
    }
  }

  /** The next command that may run; null when it was answered here; undefined when there is none. */
  #next(): Found | null | undefined {
    const request = this.#input.reader.next();
    if (request === undefined) {
      this.#checkProblem();
      return undefined;
    }
    this.#door.stats.commands++;
    const found = this.#door.registry.find(request.name, request.args);
    this.replies.begin();
    if ("type" in found) return this.#refuse(request.name.toLowerCase() === "exec" ? this.#refusedExec(found) : found);
    this.lastCommand = found.name;
    if (!this.#authenticated && !found.command.flags.includes("no_auth")) return this.#refuse(NOAUTH);
    if (!this.#multi.takes(found)) return found;
    const refused = this.#multi.add(found);
    if (refused !== null) return this.#refuse(refused);
    this.#outbox.reply(QUEUED);
    return null;
  }

  /** Answers an error found before a command could run, which also spoils a transaction being queued. */
  #refuse(reply: Reply): null {
    this.#multi.spoil();
    this.#door.stats.errors++;
    this.#outbox.reply(reply);
    return null;
  }

  /** A malformed EXEC ends the transaction. */
  #refusedExec({ text }: ErrorReply): Reply {
    this.discard();
    return error(`EXECABORT Transaction discarded because of: ${text.replace(/^ERR /, "")}`);
  }

  /** Lets other connections have their turn. */
  #yield(): void {
    this.#yielded = true;
    setImmediate(() => {
      this.#yielded = false;
      this.#work();
    });
  }

  #checkProblem(): void {
    const { problem } = this.#input.reader;
    if (problem === null || this.#ending) return;
    const reason = problem.stranger === null ? problem.text : `another protocol spoke: ${problem.stranger}`;
    this.#door.events.warn("a Redis connection broke the protocol", {
      connection: String(this.id),
      address: this.address,
      problem: problem.text,
    });
    if (problem.limit !== null) this.#door.events.limitReached(problem.limit);
    this.#door.stats.errors++;
    // A client that breaks the protocol is told even where it asked for silence.
    this.#outbox.queue(error(problem.text));
    this.#outbox.settle();
    this.end(reason);
  }

  #expire(text: string): void {
    this.#door.events.limitReached("messageIdleMs");
    this.#outbox.queue(error(text));
    this.end(text);
    this.#work();
  }

  #isDone(): boolean {
    if (this.#outbox.pending > 0 || this.#runner.busy || this.#yielded) return false;
    return this.#ending || (this.#input.last && this.#stash === null && !this.#outbox.overflowing);
  }

  #finish(): void {
    this.#endedAt = this.#door.clock.elapsed();
    this.#ending = true;
    this.#outbox.flush();
    // A paused socket would not see the client's own end.
    this.#socket.end();
    this.#socket.resume();
  }

  #gone(): void {
    this.#closed = true;
    this.discard();
    this.#stash = null;
    this.#outbox.close();
    this.#runner.close();
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
