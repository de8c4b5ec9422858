// Sends bytes as written by a test and reads what comes back, message by message.
import { connect, type Socket } from "node:net";

export interface Received {
  readonly type: string;
  readonly body: Buffer;
}

export class RawClient {
  readonly #socket: Socket;
  #bytes = Buffer.alloc(0);
  #wake: (() => void) | null = null;
  closed = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      this.#wake?.();
    });
    socket.on("error", () => this.#wake?.());
    socket.on("close", () => {
      this.closed = true;
      this.#wake?.();
    });
  }

  static async open(port: number): Promise<RawClient> {
    const socket = connect({ port, host: "127.0.0.1" });
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return new RawClient(socket);
  }

  /** Opened and past startup; in open mode. */
  static async ready(port: number, parameters: Record<string, string> = {}): Promise<RawClient> {
    const client = await RawClient.open(port);
    client.send(startup({ user: "ada", database: "chrondb", ...parameters }));
    await client.until("Z");
    return client;
  }

  send(...parts: Buffer[]): void {
    this.#socket.write(Buffer.concat(parts));
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** The next message; null once the server has closed. */
  async message(): Promise<Received | null> {
    for (;;) {
      if (this.#bytes.length >= 5) {
        const length = this.#bytes.readInt32BE(1) + 1;
        if (this.#bytes.length >= length) {
          const received = { type: this.#bytes.toString("latin1", 0, 1), body: Buffer.from(this.#bytes.subarray(5, length)) };
          this.#bytes = this.#bytes.subarray(length);
          return received;
        }
      }
      if (this.closed) return null;
      await this.#more();
    }
  }

  /** Messages up to and including one of this type. */
  async until(type: string): Promise<Received[]> {
    const all: Received[] = [];
    for (;;) {
      const next = await this.message();
      if (next === null) throw new Error(`closed before ${type}; got ${types(all)}`);
      all.push(next);
      if (next.type === type) return all;
    }
  }

  /** Everything up to the close. */
  async rest(): Promise<Received[]> {
    const all: Received[] = [];
    for (let next = await this.message(); next !== null; next = await this.message()) all.push(next);
    return all;
  }

  /** Bytes as they came, at least `count`, or all until the close. */
  async bytes(count: number): Promise<Buffer> {
    while (this.#bytes.length < count && !this.closed) await this.#more();
    const taken = this.#bytes.subarray(0, count);
    this.#bytes = this.#bytes.subarray(taken.length);
    return taken;
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

/** `1 2 T D C Z` */
export function types(messages: readonly Received[]): string {
  return messages.map((message) => message.type).join(" ");
}

/** Fields of an ErrorResponse or NoticeResponse by code. */
export function fieldsOf(message: Received | undefined): Record<string, string> {
  const fields: Record<string, string> = {};
  if (message === undefined) return fields;
  for (const part of message.body.toString("utf8").split("\0")) if (part !== "") fields[part.charAt(0)] = part.slice(1);
  return fields;
}

/** Values of a DataRow: text, null, or hex of what is not printable. */
export function rowOf(message: Received): (string | null)[] {
  const values: (string | null)[] = [];
  let at = 2;
  for (let left = message.body.readInt16BE(0); left > 0; left--) {
    const length = message.body.readInt32BE(at);
    at += 4;
    if (length < 0) values.push(null);
    else {
      const bytes = message.body.subarray(at, at + length);
      values.push(/^[\x20-\x7e]*$/.test(bytes.toString("latin1")) ? bytes.toString() : `\\x${bytes.toString("hex")}`);
      at += length;
    }
  }
  return values;
}

function packet(type: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
}

const int16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
};

export const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};

const cstring = (text: string): Buffer => Buffer.from(`${text}\0`);

export function untyped(code: number, body: Buffer = Buffer.alloc(0)): Buffer {
  return Buffer.concat([int32(body.length + 8), int32(code), body]);
}

export function startup(parameters: Record<string, string>, version = 196_608): Buffer {
  const pairs = Object.entries(parameters).flatMap(([name, value]) => [cstring(name), cstring(value)]);
  return untyped(version, Buffer.concat([...pairs, Buffer.from([0])]));
}

export const SSL = untyped(80_877_103);
export const GSS = untyped(80_877_104);
export const SYNC = packet("S", Buffer.alloc(0));
export const FLUSH = packet("H", Buffer.alloc(0));
export const TERMINATE = packet("X", Buffer.alloc(0));
export const query = (text: string): Buffer => packet("Q", cstring(text));
export const parse = (name: string, text: string, oids: number[] = []): Buffer =>
  packet("P", Buffer.concat([cstring(name), cstring(text), int16(oids.length), ...oids.map(int32)]));
export const describeStatement = (name: string): Buffer => packet("D", cstring(`S${name}`));
export const describePortal = (name: string): Buffer => packet("D", cstring(`P${name}`));
export const execute = (portal = "", max = 0): Buffer => packet("E", Buffer.concat([cstring(portal), int32(max)]));
export const closeStatement = (name: string): Buffer => packet("C", cstring(`S${name}`));
export const closePortal = (name: string): Buffer => packet("C", cstring(`P${name}`));
export const raw = packet;

export function bind(
  portal: string,
  statement: string,
  values: (string | Buffer | null)[] = [],
  formats: number[] = [],
  results: number[] = [],
): Buffer {
  const parts = values.flatMap((value) => {
    if (value === null) return [int32(-1)];
    const bytes = Buffer.from(value);
    return [int32(bytes.length), bytes];
  });
  return packet(
    "B",
    Buffer.concat([
      cstring(portal),
      cstring(statement),
      int16(formats.length),
      ...formats.map(int16),
      int16(values.length),
      ...parts,
      int16(results.length),
      ...results.map(int16),
    ]),
  );
}
