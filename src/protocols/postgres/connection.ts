// One TCP connection: from the first byte through startup and authentication to the session, and to its end. Owns the socket;
// everything above it sees messages only.
import type { Socket } from "node:net";
import type { Clock } from "../../base/clock.ts";
import { ChronError, messageOf } from "../../base/errors.ts";
import type { Limits } from "../../base/limits.ts";
import type { Random } from "../../base/random.ts";
import type { Caller, Service } from "../../core/contract.ts";
import type { Events } from "../../observability/events.ts";
import { SqlError, type SqlErrorFields, type SqlSession } from "../../sql/contract.ts";
import { Channel, type Link } from "./channel.ts";
import type { Outbox } from "./outbox.ts";
import { errorReport, tellError } from "./report.ts";
import { MECHANISM, type PgAuthenticator, ScramExchange } from "./scram.ts";
import { Session } from "./session.ts";
import type { Sessions } from "./sessions.ts";
import { readStartup, type StartupRequest } from "./startup.ts";
import {
  decodeStartup,
  type FrontendMessage,
  foreignProtocol,
  Input,
  Output,
  ProtocolError,
  type StartupPacket,
} from "./wire/index.ts";

/** What all connections of the door share. */
export interface Shared {
  readonly service: Service;
  readonly openSession: (caller: Caller, startup: Record<string, string>) => SqlSession;
  readonly auth: PgAuthenticator;
  readonly events: Events;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly random: Random;
  readonly sessions: Sessions;
  readonly outbox: Outbox;
}

/** Bytes read ahead while a statement runs (reading on is how a hang-up is seen). */
const READ_AHEAD_BYTES = 1024 * 1024;
/** Milliseconds one connection may work through waiting messages before others get their turn; asked every so many messages. */
const TURN_MS = 4;
const TURN_MESSAGES = 16;
/** Milliseconds a refused peer gets to read why. */
const LINGER_MS = 1000;

type Phase =
  | { readonly name: "startup" }
  | { readonly name: "authentication"; readonly request: StartupRequest; readonly scram: ScramExchange; readonly first: boolean }
  | { readonly name: "session"; readonly session: Session; readonly sql: SqlSession; readonly pid: number }
  | { readonly name: "closed" };

export class Connection implements Link {
  readonly output = new Output();
  /** Resolves once the socket and the SQL session are closed. */
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #shared: Shared;
  readonly #name: string;
  readonly #address: string;
  readonly #input = new Input();
  #phase: Phase = { name: "startup" };
  /** Answered once each, so that a peer cannot keep asking. */
  #askedTls = false;
  #askedGss = false;
  /** A handler is at work: no further message is taken. */
  #busy = false;
  #ended = false;
  #draining = false;
  #reason = "the client went away";
  /** When the last byte came; when the connection was opened. */
  #lastData: number;
  readonly #opened: number;
  #wakeDrained: (() => void) | null = null;
  #idleTimer: NodeJS.Timeout | null = null;
  /** A handler that waits for the next message. */
  #reader: { resolve: (message: FrontendMessage | null) => void; reject: (thrown: unknown) => void } | null = null;
  #sessionClosed: Promise<void> = Promise.resolve();

  constructor(socket: Socket, shared: Shared, name: string, onClosed: (connection: Connection) => void) {
    this.#socket = socket;
    this.#shared = shared;
    this.#name = name;
    this.#address = socket.remoteAddress ?? "";
    this.#opened = shared.clock.elapsed();
    this.#lastData = this.#opened;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 60_000);
    shared.events.connectionOpened("postgresql", name, this.#address);
    socket.on("data", (chunk: Buffer) => this.#received(chunk));
    socket.on("end", () => this.#hungUp());
    socket.on("drain", () => this.#wakeDrained?.());
    socket.on("error", (problem) => {
      this.#reason = messageOf(problem);
    });
    this.closed = new Promise((resolve) => {
      socket.on("close", () => {
        this.#release();
        shared.events.connectionClosed("postgresql", name, this.#reason);
        resolve(this.#sessionClosed.then(() => onClosed(this)));
      });
    });
  }

  // --- Link: what the session sees of the connection

  flush(): void {
    if (this.output.pending === 0) return;
    const bytes = this.output.take();
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  drained(): Promise<void> | undefined {
    if (this.#socket.writableLength <= this.#shared.limits.outputBufferBytes) return undefined;
    return new Promise((resolve, reject) => {
      this.#wakeDrained = () => {
        this.#wakeDrained = null;
        if (this.#phase.name !== "closed") return resolve();
        reject(new SqlError({ sqlstate: "57014", message: "the client hung up while rows were being sent" }));
      };
    });
  }

  idle(ms: number, status: "I" | "T" | "E"): void {
    if (this.#idleTimer !== null) clearTimeout(this.#idleTimer);
    this.#idleTimer = null;
    if (ms === 0) return;
    const since = this.#lastData;
    this.#idleTimer = setTimeout(() => {
      this.#idleTimer = null;
      if (this.#busy || this.#phase.name !== "session" || this.#lastData !== since) return;
      if (status === "I") this.#fatal("57P05", "terminating connection due to idle-session timeout");
      else this.#fatal("25P03", "terminating connection due to idle-in-transaction timeout");
    }, ms);
  }

  read(): Promise<FrontendMessage | null> {
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
      this.#feed();
    });
  }

  /** Gives a handler that reads the next message, once it has come. */
  #feed(): void {
    const reader = this.#reader;
    if (reader === null) return;
    try {
      const message = this.#input.next(this.#shared.limits.pgMessageBytes);
      if (message === null && !this.#ended && this.#phase.name === "session") {
        if (this.#socket.isPaused()) this.#socket.resume();
        return;
      }
      this.#reader = null;
      reader.resolve(message);
    } catch (thrown) {
      this.#reader = null;
      reader.reject(thrown);
    }
  }

  peekType(): number {
    return this.#input.peekType();
  }

  // --- For the listener

  /** Ends a connection that keeps silent in the middle of a message or before it is authenticated. */
  checkIdle(now: number): void {
    const { messageIdleMs } = this.#shared.limits;
    const waiting = this.#phase.name === "startup" || this.#phase.name === "authentication";
    if (waiting && now - this.#opened > messageIdleMs) {
      this.#shared.events.limitReached("messageIdleMs");
      this.#fatal("08P01", "canceling authentication due to timeout (limit messageIdleMs)");
    } else if (!waiting && !this.#busy && this.#input.buffered > 0 && now - this.#lastData > messageIdleMs) {
      this.#shared.events.limitReached("messageIdleMs");
      this.#fatal("08P01", `a message was begun and not finished for ${messageIdleMs} ms (limit messageIdleMs)`);
    }
  }

  /** Sends the client away at the first moment nothing it asked for is outstanding. */
  drain(): void {
    this.#draining = true;
    if (!this.#busy) this.#pump();
  }

  destroy(): void {
    this.#reason = "the server closed the connection";
    this.#socket.destroy();
  }

  // --- Bytes in

  #received(chunk: Buffer): void {
    if (this.#phase.name === "closed") return;
    this.#lastData = this.#shared.clock.elapsed();
    this.#input.push(chunk);
    if (!this.#busy) this.#pump();
    else if (this.#reader !== null) this.#feed();
    else if (this.#input.buffered > READ_AHEAD_BYTES) this.#socket.pause();
  }

  /** The peer has sent its last byte. What it asked for before an orderly goodbye is done; anything else is cancelled. */
  #hungUp(): void {
    this.#ended = true;
    if (this.#phase.name === "session" && this.#busy) {
      if (this.#reader === null && this.#input.endsWithTerminate()) return;
      this.#phase.sql.cancel();
      this.#input.discard();
      this.#feed();
      return;
    }
    this.#pump();
  }

  /** Takes messages until none is whole, one needs waiting for, or the turn is over. */
  #pump(): void {
    const { clock } = this.#shared;
    const began = clock.elapsed();
    for (let count = 1; ; count++) {
      const taken = this.#step();
      if (taken === false) break;
      if (taken !== true) return this.#await(taken);
      if (this.output.pending > 64 * 1024) this.flush();
      const slow = this.drained();
      if (slow !== undefined) return this.#await(slow);
      if (count % TURN_MESSAGES === 0 && clock.elapsed() - began > TURN_MS) {
        this.flush();
        return this.#await(new Promise((resolve) => setImmediate(resolve)));
      }
    }
    if (this.output.pending > 0) this.#shared.outbox.add(this);
    if (this.#phase.name === "closed") return;
    if (this.#ended) this.#close("the client hung up");
    else if (this.#draining) this.#sendAway();
    else if (this.#socket.isPaused()) this.#socket.resume();
  }

  #await(work: Promise<void>): void {
    this.#busy = true;
    // What earlier messages were answered must not wait for a slow one; for one that ends in this turn, one write will do.
    if (this.output.pending > 0) setImmediate(() => this.#busy && this.flush());
    work.then(
      () => {
        this.#busy = false;
        this.#pump();
      },
      (thrown: unknown) => {
        this.#busy = false;
        this.#crashed(thrown);
      },
    );
  }

  /** True: a message was taken; false: there is none; a promise: it is being worked on. */
  #step(): boolean | Promise<void> {
    try {
      switch (this.#phase.name) {
        case "startup":
          return this.#startupStep();
        case "authentication":
          return this.#authenticationStep();
        case "session":
          return this.#sessionStep(this.#phase.session);
        case "closed":
          return false;
      }
    } catch (thrown) {
      this.#crashed(thrown);
      return false;
    }
  }

  #sessionStep(session: Session): boolean | Promise<void> {
    let message: ReturnType<Input["next"]>;
    const type = this.#input.peekType();
    try {
      message = this.#input.next(this.#shared.limits.pgMessageBytes);
    } catch (thrown) {
      if (!(thrown instanceof ProtocolError) || thrown.lost) throw thrown;
      session.malformed(type, thrown);
      return true;
    }
    if (message === null) return false;
    if (message.type === "terminate") {
      this.#close("the client said goodbye");
      return false;
    }
    return session.handle(message) ?? true;
  }

  // --- Startup and authentication

  #startupStep(): boolean {
    const foreign = foreignProtocol(this.#input.head(4));
    if (foreign !== null) return this.#refuseForeign(foreign);
    const body = this.#input.nextStartup(this.#shared.limits.pgStartupBytes);
    if (body === null) return false;
    const packet = decodeStartup(body);
    switch (packet.type) {
      case "ssl":
        return this.#declineEncryption("SSL", this.#askedTls, () => {
          this.#askedTls = true;
        });
      case "gssenc":
        return this.#declineEncryption("GSSAPI", this.#askedGss, () => {
          this.#askedGss = true;
        });
      case "cancel":
        this.#shared.sessions.cancel(packet.pid, packet.secret);
        this.#close("a cancel request");
        return false;
      case "startup":
        this.#begin(packet);
        return true;
    }
  }

  #declineEncryption(what: string, before: boolean, remember: () => void): boolean {
    if (before) throw new ProtocolError(`a second ${what} request`, { lost: true });
    remember();
    // Bytes sent before the answer could have been slipped in by someone between us and the client.
    if (this.#input.buffered > 0) {
      throw new ProtocolError(`received unencrypted data after ${what} request`, { lost: true });
    }
    this.output.bytes("N");
    return true;
  }

  #refuseForeign(what: "tls" | "http"): boolean {
    const said = "This port speaks the PostgreSQL protocol";
    this.#shared.events.connectionRefused("postgresql", this.#address, `${what} bytes`);
    if (what === "tls") {
      this.#fatal("08P01", `${said} without TLS; connect with sslmode=disable or prefer.`);
      return false;
    }
    const body = `${said}, not HTTP. The REST port is another one.\n`;
    this.output.bytes(
      `HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
    );
    this.#close("an HTTP request");
    return false;
  }

  #begin(packet: Extract<StartupPacket, { type: "startup" }>): void {
    const request = readStartup(packet);
    if (packet.minor > 0 || request.unknownOptions.length > 0) this.output.negotiateVersion(0, request.unknownOptions);
    if (this.#draining) throw refusal({ sqlstate: "57P03", message: "the database system is shutting down" });
    if (this.#shared.sessions.size >= this.#shared.limits.pgConnections) {
      this.#shared.events.limitReached("pgConnections");
      this.#shared.events.connectionRefused("postgresql", this.#address, "too many connections");
      throw refusal({ sqlstate: "53300", message: "sorry, too many clients already (limit pgConnections)" });
    }
    if (this.#shared.auth.open) return this.#open(request, "");
    this.output.authenticationSasl([MECHANISM]);
    const scram = new ScramExchange(request.user, this.#shared.auth, this.#shared.random);
    this.#phase = { name: "authentication", request, scram, first: true };
  }

  #authenticationStep(): boolean {
    const phase = this.#phase;
    if (phase.name !== "authentication") return false;
    const message = this.#input.next(this.#shared.limits.pgStartupBytes);
    if (message === null) return false;
    if (message.type === "terminate") {
      this.#close("the client left before authenticating");
      return false;
    }
    if (message.type !== "password") throw new ProtocolError("expected SASL response", { lost: true });
    if (phase.first) {
      this.output.authenticationSaslContinue(phase.scram.first(message.body));
      this.#phase = { ...phase, first: false };
      return true;
    }
    try {
      this.output.authenticationSaslFinal(phase.scram.final(message.body));
    } catch (thrown) {
      this.#shared.events.authenticationFailed("postgresql", this.#address, phase.request.user);
      throw thrown;
    }
    this.#open(phase.request, phase.request.user);
    return true;
  }

  #open(request: StartupRequest, principal: string): void {
    const { service, openSession, sessions, limits, clock, events } = this.#shared;
    try {
      service.tenant(request.database);
    } catch (thrown) {
      if (!(thrown instanceof ChronError) || thrown.code !== "UNKNOWN_TENANT") throw thrown;
      throw refusal({ sqlstate: "3D000", message: `database "${request.database}" does not exist` });
    }
    const caller: Caller = Object.freeze({
      tenant: request.database,
      branch: service.status().defaultBranch,
      origin: "sql",
      principal,
      user: request.user,
      address: this.#address,
    });
    const { pid, secret } = sessions.add({ cancel: () => this.#cancel() });
    let sql: SqlSession;
    try {
      sql = openSession(caller, {
        ...request.settings,
        user: request.user,
        database: request.database,
        backend_pid: String(pid),
      });
    } catch (thrown) {
      sessions.remove(pid);
      throw thrown;
    }
    const channel = new Channel({ sql, link: this, limits, clock, events });
    this.#phase = { name: "session", session: new Session(channel), sql, pid };
    sql.onNotification(() => {
      // A busy session is told when it is ready.
      if (!this.#busy && channel.notifications()) this.flush();
    });
    this.output.authenticationOk();
    for (const [name, value] of sql.takeReported()) this.output.parameterStatus(name, value);
    this.output.backendKeyData(pid, secret);
    channel.notices();
    channel.ready();
  }

  /** A CancelRequest named this session: it stops what runs, and means nothing when nothing does. */
  #cancel(): void {
    if (this.#phase.name !== "session" || !this.#busy) return;
    this.#phase.sql.cancel();
    const reader = this.#reader;
    this.#reader = null;
    reader?.reject(new SqlError({ sqlstate: "57014", message: "canceling statement due to user request" }));
  }

  // --- The end

  /** Whatever has come whole is answered; a pipeline without its Sync has not asked for its commit yet, so it is undone. */
  #sendAway(): void {
    if (this.#phase.name === "session") this.#fatal("57P01", "terminating connection due to administrator command");
    else if (this.#phase.name !== "closed") this.#fatal("57P03", "the database system is shutting down");
  }

  /** Something a handler did not turn into an answer: the connection cannot go on. */
  #crashed(thrown: unknown): void {
    if (this.#phase.name === "closed") return;
    const told = tellError(thrown);
    if (told.internal) this.#shared.events.error("A PostgreSQL connection failed", thrown, { connection: this.#name });
    if (thrown instanceof ProtocolError) this.#shared.events.connectionRefused("postgresql", this.#address, thrown.message);
    if (told.fields.limit !== undefined) this.#shared.events.limitReached(told.fields.limit);
    this.#fatal(told.fields.sqlstate, told.fields.message, told.fields);
  }

  #fatal(sqlstate: string, message: string, fields?: SqlErrorFields): void {
    this.output.error(errorReport({ ...fields, sqlstate, message }, "FATAL"));
    this.#close(message);
  }

  /** Sends what is written, then ends; the peer gets a moment to read it before the socket is taken away. */
  #close(reason: string): void {
    if (this.#phase.name === "closed") return;
    this.flush();
    this.#reason = reason;
    this.#release();
    this.#input.discard();
    this.#socket.end();
    if (this.#ended) return;
    this.#socket.resume();
    const linger = setTimeout(() => this.#socket.destroy(), LINGER_MS);
    linger.unref();
    this.#socket.once("end", () => clearTimeout(linger));
  }

  /** Gives up the session, stopping what it runs. Safe to call twice. */
  #release(): void {
    const phase = this.#phase;
    this.#phase = { name: "closed" };
    this.idle(0, "I");
    this.#wakeDrained?.();
    this.#feed();
    if (phase.name !== "session") return;
    this.#shared.sessions.remove(phase.pid);
    if (this.#busy) phase.sql.cancel();
    phase.session.dispose();
    this.#sessionClosed = phase.sql
      .close()
      .catch((thrown: unknown) => this.#shared.events.error("A SQL session did not close", thrown));
  }
}

function refusal(fields: SqlErrorFields): SqlError {
  return new SqlError({ severity: "FATAL", ...fields });
}
