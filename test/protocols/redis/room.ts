// A Redis door on a free port over a real tenant (log and state in a scratch directory), and a client that speaks raw RESP so
// that tests see exactly what was sent.
import { connect, type Socket } from "node:net";
import { type Clock, systemClock } from "../../../src/base/clock.ts";
import { ChronError } from "../../../src/base/errors.ts";
import { DEFAULT_LIMITS, type Limits } from "../../../src/base/limits.ts";
import { systemRandom } from "../../../src/base/random.ts";
import type { Service } from "../../../src/core/contract.ts";
import type { Authenticator } from "../../../src/protocols/redis/authenticator.ts";
import { type RedisDoor, startRedisDoor } from "../../../src/protocols/redis/index.ts";
import { openRoom, type Room } from "../../core/room.ts";
import { type RecordedEvents, recordedEvents } from "../../support/recorded-events.ts";
import { parseReply, type Value } from "./replies.ts";

export const OPEN: Authenticator = { open: true, password: async () => "" };

/** Knows one user, `app` with password `secret`, whom `default` means too. */
export const GUARDED: Authenticator = {
  open: false,
  async password(user, password) {
    if ((user === "app" || user === "default") && password === "secret") return "app";
    throw new ChronError("WRONG_CREDENTIALS", "The user or the password is wrong.");
  },
};

export interface DoorRoom {
  readonly door: RedisDoor;
  readonly events: RecordedEvents;
  readonly room: Room;
  connect(): Promise<Client>;
  close(): Promise<void>;
}

export interface DoorOptions {
  readonly auth?: Authenticator;
  readonly limits?: Partial<Limits>;
  readonly clock?: Clock;
  readonly slowMs?: number;
  readonly port?: number;
}

export async function openDoor(options: DoorOptions = {}): Promise<DoorRoom> {
  const limits: Limits = { ...DEFAULT_LIMITS, ...options.limits };
  const room = await openRoom({ limits });
  const service: Service = {
    tenants: ["chrondb"],
    tenant: () => room.tenant,
    readOnlyReason: () => null,
    status: () => ({
      version: "9.9.9",
      startedAtMs: 0,
      dataDirectory: room.directory,
      defaultBranch: "main",
      tenants: [],
      disk: { freeBytes: 1, totalBytes: 1 },
    }),
  };
  const events = recordedEvents();
  const door = await startRedisDoor({
    service,
    settings: { enabled: true, host: "127.0.0.1", port: options.port ?? 0 },
    auth: options.auth ?? OPEN,
    events,
    limits,
    clock: options.clock ?? systemClock,
    random: systemRandom,
    version: "9.9.9",
    ...(options.slowMs === undefined ? {} : { slowMs: options.slowMs }),
  }).catch(async (thrown: unknown) => {
    await room.tenant.close();
    room.remove();
    throw thrown;
  });
  return {
    door,
    events,
    room,
    connect: () => Client.connect(door.port),
    async close() {
      await door.close();
      await room.tenant.close();
      room.remove();
    },
  };
}

/** Arguments as a request. */
export function request(...args: readonly (string | Buffer)[]): Buffer {
  const parts: Buffer[] = [Buffer.from(`*${args.length}\r\n`)];
  for (const arg of args) {
    const bytes = typeof arg === "string" ? Buffer.from(arg, "utf8") : arg;
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from("\r\n"));
  }
  return Buffer.concat(parts);
}

export class Client {
  readonly socket: Socket;
  closed = false;
  #received = Buffer.alloc(0);
  #waiting: (() => void)[] = [];

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake();
    });
    socket.on("error", () => this.#wake());
    socket.on("close", () => {
      this.closed = true;
      this.#wake();
    });
  }

  static connect(port: number): Promise<Client> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: "127.0.0.1", noDelay: true });
      socket.once("error", reject);
      socket.once("connect", () => {
        socket.off("error", reject);
        resolve(new Client(socket));
      });
    });
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const each of waiting) each();
  }

  /** One command, one reply. */
  async call(...args: readonly (string | Buffer)[]): Promise<Value> {
    this.socket.write(request(...args));
    return this.reply();
  }

  /** Several commands in one packet, and their replies. */
  async pipeline(...commands: readonly (readonly (string | Buffer)[])[]): Promise<Value[]> {
    this.socket.write(Buffer.concat(commands.map((command) => request(...command))));
    const replies: Value[] = [];
    for (const _ of commands) replies.push(await this.reply());
    return replies;
  }

  send(bytes: string | Buffer): void {
    this.socket.write(bytes);
  }

  async reply(): Promise<Value> {
    for (;;) {
      const parsed = parseReply(this.#received, 0);
      if (parsed !== undefined) {
        this.#received = this.#received.subarray(parsed.next);
        return parsed.value;
      }
      if (this.closed) throw new Error(`The connection closed; unparsed: ${this.#received.toString("latin1")}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Everything up to the server's closing of the connection. */
  async rest(): Promise<string> {
    while (!this.closed) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.#received.toString("latin1");
  }

  /** What has come and is not read, after the loop had `ms` to bring it. */
  async peek(ms: number): Promise<string> {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return this.#received.toString("latin1");
  }

  close(): void {
    this.socket.destroy();
  }
}
