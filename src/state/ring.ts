// Log records on their way from the writer's thread to the thread that applies them: a ring of bytes in shared memory with one
// writer and one reader. Positions are byte counts modulo 2^32, so their difference is what lies between them. A record that
// does not fit before the end begins at the start again; a length of 0 says so.
import { assert } from "../base/assert.ts";
import { recordLength } from "../log/record.ts";

/** Places in the control words. */
const WRITTEN = 0;
const READ = 1;
/** Somebody waits for the ring to become empty: no dawdling. */
const URGENT = 2;
const STATE = 3;
/** How often the database was written by the other side. */
const EPOCH = 4;
/** The catalogue's version as of what was read, for the other side to notice. */
const CATALOGUE = 5;
/** The WAL is to be started over after the next commit. */
const START_OVER = 6;
const WORDS = 8;

const RUNNING = 0;
const CLOSING = 1;
const FAILED = 2;

const HEADER_BYTES = 4;
const LOOK_MS = 1000;
/** Records between two looks whether somebody waits, and in a batch while somebody does. */
const HURRIED_LOOK = 64;
const HURRIED_RECORDS = 4_096;

export interface RingMemory {
  readonly control: SharedArrayBuffer;
  readonly bytes: SharedArrayBuffer;
}

export function makeRing(bytes: number): RingMemory {
  assert(Number.isInteger(Math.log2(bytes)) && bytes <= 0x4000_0000, "a ring's size is a power of two, at most 1 GiB");
  return { control: new SharedArrayBuffer(WORDS * 4), bytes: new SharedArrayBuffer(bytes) };
}

abstract class RingEnd {
  protected readonly control: Int32Array;
  protected readonly bytes: Buffer;

  constructor(memory: RingMemory) {
    this.control = new Int32Array(memory.control);
    this.bytes = Buffer.from(memory.bytes);
  }

  protected load(word: number): number {
    return Atomics.load(this.control, word) >>> 0;
  }
}

/** The writer's end. */
export class RingWriter extends RingEnd {
  /** Bytes written and not yet given back by the reader. */
  get used(): number {
    return (this.load(WRITTEN) - this.load(READ)) >>> 0;
  }

  get size(): number {
    return this.bytes.length;
  }

  /** Position up to which the reader is done. */
  get done(): number {
    return this.load(READ);
  }

  get catalogue(): number {
    return Atomics.load(this.control, CATALOGUE);
  }

  get failed(): boolean {
    return Atomics.load(this.control, STATE) === FAILED;
  }

  /** Whether records of `bytes` together, none longer than `largest`, surely fit. */
  fits(bytes: number, largest: number): boolean {
    // Up to the largest record can be lost where the ring begins anew.
    return this.used + bytes + largest + HEADER_BYTES <= this.bytes.length;
  }

  /** Puts records in; the reader sees them at once. Answers the position after the last. The caller has asked `fits`. */
  put(records: readonly Buffer[]): number {
    const { bytes } = this;
    let position = this.load(WRITTEN);
    for (const record of records) {
      let at = position & (bytes.length - 1);
      if (at + record.length > bytes.length) {
        const rest = bytes.length - at;
        if (rest >= HEADER_BYTES) bytes.writeUInt32BE(0, at);
        position = (position + rest) >>> 0;
        at = 0;
      }
      record.copy(bytes, at);
      position = (position + record.length) >>> 0;
    }
    assert((position - this.load(READ)) >>> 0 <= bytes.length, "records are put where there is room");
    Atomics.store(this.control, WRITTEN, position | 0);
    Atomics.notify(this.control, WRITTEN);
    return position;
  }

  /** The database was written on this side: the reader must look again before its next commit. */
  bumpEpoch(): void {
    Atomics.add(this.control, EPOCH, 1);
  }

  hurry(): void {
    if (Atomics.exchange(this.control, URGENT, 1) === 0) Atomics.notify(this.control, URGENT);
    // It may be asleep for want of records, or dawdling; both are woken.
    Atomics.notify(this.control, WRITTEN);
  }

  startOver(): void {
    Atomics.store(this.control, START_OVER, 1);
    this.hurry();
  }

  /** Holds this thread until the reader has moved on, at most `ms`. */
  waitForReader(done: number, ms: number): void {
    Atomics.wait(this.control, READ, done | 0, ms);
  }

  close(): void {
    Atomics.compareExchange(this.control, STATE, RUNNING, CLOSING);
    this.hurry();
  }
}

/** The reader's end. */
export class RingReader extends RingEnd {
  /** Waits for records, then up to `dawdleMs` more for many of them (unless hurried); false once the ring is closed and empty. */
  wait(dawdleMs: number, enough: number): boolean {
    for (;;) {
      const written = Atomics.load(this.control, WRITTEN);
      const waiting = (written - Atomics.load(this.control, READ)) >>> 0;
      const closing = Atomics.load(this.control, STATE) !== RUNNING;
      if (waiting > 0) {
        if (waiting < enough && !closing) Atomics.wait(this.control, URGENT, 0, dawdleMs);
        return true;
      }
      if (closing) return false;
      if (Atomics.load(this.control, START_OVER) === 1) return true;
      Atomics.store(this.control, URGENT, 0);
      // Closing does not change the word waited on and may fall just between: hence not for ever.
      Atomics.wait(this.control, WRITTEN, written, LOOK_MS);
    }
  }

  get epoch(): number {
    return Atomics.load(this.control, EPOCH);
  }

  /** Whether the WAL is to be started over; asked once. */
  takeStartOver(): boolean {
    return Atomics.exchange(this.control, START_OVER, 0) === 1;
  }

  /**
   * Hands each record that is there (at most `maximum`) to `take`, as a view into the ring, and answers the position after the last.
   * Ends early when somebody begins to wait meanwhile. Nothing is given back before `done`.
   */
  read(maximum: number, take: (ring: Buffer, at: number) => void): number {
    const { bytes } = this;
    const written = this.load(WRITTEN);
    let position = this.load(READ);
    const leisurely = Atomics.load(this.control, URGENT) === 0;
    const most = leisurely ? maximum : Math.min(maximum, HURRIED_RECORDS);
    for (let count = 0; position !== written && count < most; count++) {
      if (leisurely && count % HURRIED_LOOK === HURRIED_LOOK - 1 && Atomics.load(this.control, URGENT) === 1) break;
      let at = position & (bytes.length - 1);
      const rest = bytes.length - at;
      if (rest < HEADER_BYTES || recordLength(bytes, at) === 0) {
        position = (position + rest) >>> 0;
        at = 0;
      }
      take(bytes, at);
      position = (position + recordLength(bytes, at)) >>> 0;
    }
    return position;
  }

  /** Records up to `position` are applied. Answers whether nothing is left. */
  done(position: number, catalogue: number): boolean {
    Atomics.store(this.control, CATALOGUE, catalogue);
    Atomics.store(this.control, READ, position | 0);
    Atomics.notify(this.control, READ);
    return (Atomics.load(this.control, WRITTEN) | 0) === (position | 0);
  }

  fail(): void {
    Atomics.store(this.control, STATE, FAILED);
    Atomics.notify(this.control, READ);
  }
}
