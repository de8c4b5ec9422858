// The way to the thread that packs (pack-thread.ts). Entries lie one after the other in chunks of shared memory, so what crosses
// over is a message for every thousand; chunks come back when they are empty. The pack that was cut is written, synced and
// published by the thread while the next one is built here.
import { Worker } from "node:worker_threads";
import { present } from "../base/assert.ts";
import { ChronError, ERROR_KINDS, type ErrorCode, messageOf } from "../base/errors.ts";
import type { PackSink } from "./pack-body.ts";
import type { PublishedEntries } from "./publication.ts";

const PROGRAM = new URL("./pack-thread.ts", import.meta.url);
const CHUNK = 256 * 1024;
/** Bytes on their way before whoever fills chunks is to wait; a batch of entries may go beyond. */
const BYTES_BEHIND = 24 * 1024 * 1024;
/** Chunks kept to be filled again. */
const CHUNKS_KEPT = 128;
/** Before each entry's bytes: type, length, number of its base (-1 = none). Entries begin at multiples of 4. */
export const ENTRY_WORDS = 3;
export const ENTRY_HEADER = ENTRY_WORDS * 4;

export interface PackThreadOptions {
  readonly repository: string;
  readonly branch: string;
}

/** A pack that was cut: the names of its objects, 20 bytes each, and what is published with it. */
export interface CutPack {
  readonly names: Uint8Array<ArrayBuffer>;
  readonly entries: Omit<PublishedEntries, "records"> & { readonly records: Uint8Array<ArrayBuffer> };
}

export type ToPackThread =
  | { readonly type: "entries"; readonly chunk: SharedArrayBuffer; readonly end: number }
  | { readonly type: "publish"; readonly pack: CutPack };

export type FromPackThread =
  | { readonly type: "emptied"; readonly chunk: SharedArrayBuffer }
  | { readonly type: "published" }
  | { readonly type: "failed"; readonly code: string; readonly message: string };

interface Chunk {
  readonly shared: SharedArrayBuffer;
  readonly bytes: Buffer;
  readonly words: Int32Array;
}

function chunkOf(shared: SharedArrayBuffer): Chunk {
  return { shared, bytes: Buffer.from(shared), words: new Int32Array(shared) };
}

export class PackFeed implements PackSink {
  readonly #options: PackThreadOptions;
  #worker: Worker | null = null;
  #chunk: Chunk | null = null;
  #filled = 0;
  #length = 0;
  #free: Chunk[] = [];
  /** Bytes of chunks that the thread has not emptied yet. */
  #behind = 0;
  #failure: ChronError | null = null;
  #published: { resolve: () => void; reject: (why: ChronError) => void } | null = null;
  #roomy: (() => void) | null = null;

  constructor(options: PackThreadOptions) {
    this.#options = options;
  }

  /** Bytes of the pack so far before they are compressed. */
  get length(): number {
    return this.#length;
  }

  append(type: number, source: Buffer, start: number, length: number, base: number): void {
    const size = ENTRY_HEADER + ((length + 3) & ~3);
    let chunk = this.#chunk;
    if (chunk === null || this.#filled + size > chunk.bytes.length) {
      this.#send();
      chunk = this.#chunk = size <= CHUNK ? this.#next() : chunkOf(new SharedArrayBuffer(size));
    }
    const { words, bytes } = chunk;
    const at = this.#filled >> 2;
    words[at] = type;
    words[at + 1] = length;
    words[at + 2] = base;
    source.copy(bytes, this.#filled + ENTRY_HEADER, start, start + length);
    this.#filled += size;
    this.#length += size;
  }

  /** Whether the thread is so far behind that there is no sense in building on. */
  get crowded(): boolean {
    return this.#behind >= BYTES_BEHIND;
  }

  /** Until the thread has caught up somewhat, or failed. */
  room(): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    if (!this.crowded) return Promise.resolve();
    return new Promise((resolve) => {
      this.#roomy = resolve;
    });
  }

  /** Ends the pack; resolves when it is published. One at a time. */
  publish(pack: CutPack): Promise<void> {
    this.#send();
    this.#length = 0;
    const worker = present(this.#worker, "a thread that has the pack's entries");
    return new Promise((resolve, reject) => {
      if (this.#failure !== null) {
        reject(this.#failure);
        return;
      }
      this.#published = { resolve, reject };
      const moved = [pack.names.buffer, pack.entries.records.buffer];
      worker.postMessage({ type: "publish", pack } satisfies ToPackThread, moved);
    });
  }

  /** Ends the thread; what is not published is lost, as in a crash. */
  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    await worker?.terminate();
  }

  #next(): Chunk {
    return this.#free.pop() ?? chunkOf(new SharedArrayBuffer(CHUNK));
  }

  #send(): void {
    const chunk = this.#chunk;
    if (chunk === null) return;
    this.#worker ??= this.#start();
    this.#worker.postMessage({ type: "entries", chunk: chunk.shared, end: this.#filled } satisfies ToPackThread);
    this.#behind += chunk.bytes.length;
    this.#chunk = null;
    this.#filled = 0;
  }

  #start(): Worker {
    const worker = new Worker(PROGRAM, { workerData: this.#options, env: {} });
    worker.on("message", (message: FromPackThread) => this.#receive(message));
    worker.on("error", (error) =>
      this.#fail(new ChronError("INTERNAL", `The archive's packing thread failed: ${messageOf(error)}.`)),
    );
    worker.on("exit", () => this.#fail(new ChronError("INTERNAL", "The archive's packing thread ended.")));
    return worker;
  }

  #receive(message: FromPackThread): void {
    switch (message.type) {
      case "emptied":
        this.#behind -= message.chunk.byteLength;
        if (this.#free.length < CHUNKS_KEPT && message.chunk.byteLength === CHUNK) this.#free.push(chunkOf(message.chunk));
        if (!this.crowded) this.#wake();
        break;
      case "published": {
        const waiting = this.#published;
        this.#published = null;
        waiting?.resolve();
        break;
      }
      case "failed": {
        const code = Object.hasOwn(ERROR_KINDS, message.code) ? (message.code as ErrorCode) : "INTERNAL";
        this.#fail(new ChronError(code, message.message));
        break;
      }
    }
  }

  #fail(why: ChronError): void {
    if (this.#worker === null) return;
    this.#failure ??= why;
    this.#published?.reject(this.#failure);
    this.#published = null;
    this.#wake();
  }

  #wake(): void {
    this.#roomy?.();
    this.#roomy = null;
  }
}
