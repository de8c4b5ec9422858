// The log over segment files: the only thing that writes them. DESIGN.md says why each sync stands where it does.
import { assert } from "../base/assert.ts";
import { type Clock, systemClock } from "../base/clock.ts";
import { ChronError } from "../base/errors.ts";
import { type Files, type OpenFile, storageError } from "../base/files.ts";
import { DEFAULT_LIMITS } from "../base/limits.ts";
import { type Random, systemRandom } from "../base/random.ts";
import { decodeRecordHead } from "./codec.ts";
import type { CommitLog, LogPosition, RetentionSlot } from "./commit-log.ts";
import type { Entry } from "./entry.ts";
import { LogFollower } from "./follow.ts";
import { recordLength, recordSequence, sealRecord } from "./record.ts";
import { lostLog, recover } from "./recover.ts";
import { encodeSegmentHeader, RECORDS_START, type Segment, segmentFile } from "./segment.ts";
import { Spares } from "./spares.ts";

const STAGING_BYTES = 1024 * 1024;
/** A log begins small: most tenants stay so, and opening one should not write 64 MiB. */
const FIRST_SEGMENT_BYTES = 4 * 1024 * 1024;

export interface LogOptions {
  /** Made when missing. */
  readonly directory: string;
  readonly files: Files;
  readonly limits?: { readonly logSegmentBytes?: number; readonly recordBytes?: number };
  /** Milliseconds of every sync that a writer waited for. */
  readonly onSync?: (ms: number) => void;
  /** Something failed that costs nothing now, e.g. preparing a segment ahead. */
  readonly onProblem?: (doing: string, thrown: unknown) => void;
  /** What the last entry was when the log itself is gone (rebuilt from a clone): the new log goes on after it. */
  readonly startAfter?: { readonly sequence: number; readonly time: number };
  /** The last sequence that state or archive hold: a log that ends before it is damaged, not torn. */
  readonly known?: number;
  readonly random?: Random;
  readonly clock?: Clock;
}

/** Opens the log of a directory, making or recovering it. Throws CORRUPT, DISK_FULL, STORAGE_FAILED. */
export function openLog(options: LogOptions): SegmentedLog {
  try {
    return new SegmentedLog(options);
  } catch (thrown) {
    throw storageError(thrown, `Opening the log in ${options.directory}`);
  }
}

export class SegmentedLog implements CommitLog {
  readonly #files: Files;
  readonly #directory: string;
  readonly #segmentBytes: number;
  readonly #recordBytes: number;
  readonly #onSync: (ms: number) => void;
  readonly #random: Random;
  readonly #clock: Clock;
  readonly #spares: Spares;
  readonly #segments: Segment[];
  readonly #released: Record<RetentionSlot, number> = { state: 0, archive: 0 };
  #file: OpenFile;
  /** Size of the active segment; bytes used of it. */
  #size: number;
  #offset: number;
  #last: { sequence: number; time: number };
  #durable: LogPosition;
  #failed: ChronError | undefined;
  #closed = false;
  #syncing: OpenFile | undefined;
  #staging: Buffer | undefined;
  /** Whole records after a torn one that opening cut off; 0 nearly always. */
  readonly cut: number;

  /** See openLog, which turns what the file system throws into refusals. */
  constructor(options: LogOptions) {
    this.#files = options.files;
    this.#directory = options.directory;
    this.#segmentBytes = options.limits?.logSegmentBytes ?? DEFAULT_LIMITS.logSegmentBytes;
    this.#recordBytes = options.limits?.recordBytes ?? DEFAULT_LIMITS.recordBytes;
    this.#onSync = options.onSync ?? (() => undefined);
    this.#random = options.random ?? systemRandom;
    this.#clock = options.clock ?? systemClock;
    const start = options.startAfter ?? { sequence: 0, time: 0 };
    const known = Math.max(options.known ?? 0, start.sequence);
    const found = recover(this.#files, this.#directory, known);
    if (found === undefined && known > start.sequence) throw lostLog(this.#directory, known);
    this.#files.makeDirectory(this.#directory);
    this.#spares = new Spares(this.#files, this.#directory, this.#segmentBytes, options.onProblem ?? (() => undefined));
    if (found !== undefined) {
      this.#segments = [...found.segments];
      this.#file = found.file;
      this.#offset = found.offset;
      this.#last = { ...found.last };
      this.cut = found.cut;
    } else {
      this.#segments = [];
      this.#last = { ...start };
      this.#offset = RECORDS_START;
      this.#file = this.#begin(Math.min(this.#segmentBytes, FIRST_SEGMENT_BYTES), start.time);
      this.cut = 0;
    }
    this.#size = this.#file.size();
    this.#durable = this.#position();
  }

  get last(): { readonly sequence: number; readonly time: number } {
    return this.#last;
  }

  get durable(): LogPosition {
    return this.#durable;
  }

  /** Bytes of all segment files. */
  get bytes(): number {
    return this.#segments.reduce((sum, segment) => sum + (this.#files.stat(segment.file)?.size ?? 0), 0);
  }

  append(records: readonly Buffer[], last: { sequence: number; time: number }): void {
    this.#check();
    const first = records[0];
    assert(first !== undefined, "an append has records");
    assert(recordSequence(first, 0) === this.#last.sequence + 1, "records follow the last one without a gap");
    assert(last.sequence === this.#last.sequence + records.length, "the last record has the last sequence");
    assert(last.time > this.#last.time, "time moves forward");
    // Everything that can be refused is, before anything is written: space for all of the group, or none of it.
    const sizes = this.#segmentsNeeded(records);
    try {
      this.#spares.prepare(sizes);
    } catch (thrown) {
      const refusal = storageError(thrown, `Making a log segment in ${this.#directory}`);
      if (refusal.code !== "DISK_FULL") this.#failed = refusal;
      throw refusal;
    }
    this.#guard(`Writing the log in ${this.#directory}`, () => this.#write(records, last));
  }

  syncNow(): void {
    this.#check();
    const started = this.#clock.elapsed();
    this.#guard(`Syncing the log in ${this.#directory}`, () => this.#file.syncData());
    this.#durable = this.#position();
    this.#onSync(this.#clock.elapsed() - started);
  }

  async sync(): Promise<void> {
    this.#check();
    assert(this.#syncing === undefined, "one sync at a time");
    const started = this.#clock.elapsed();
    const file = this.#file;
    const end = this.#position();
    this.#syncing = file;
    try {
      await file.syncDataLater();
    } catch (thrown) {
      throw this.#fail(`Syncing the log in ${this.#directory}`, thrown);
    } finally {
      this.#syncing = undefined;
      // It was replaced or the log was closed meanwhile; a descriptor in use must not be closed.
      if (file !== this.#file || this.#closed) file.close();
    }
    if (end.sequence > this.#durable.sequence) this.#durable = end;
    this.#onSync(this.#clock.elapsed() - started);
  }

  /** A follower of this log in this process, from the entry after `after`. */
  *read(after: number): Generator<Entry, void, void> {
    const follower = new LogFollower({ directory: this.#directory, files: this.#files, after });
    try {
      yield* follower.read(this.#durable.sequence);
    } finally {
      follower.close();
    }
  }

  release(slot: RetentionSlot, sequence: number): void {
    this.#released[slot] = Math.max(this.#released[slot], Math.min(sequence, this.#durable.sequence));
    const needless = Math.min(...Object.values(this.#released));
    let changed = false;
    for (;;) {
      const [oldest, next] = this.#segments;
      if (oldest === undefined || next === undefined || next.firstSequence > needless + 1) break;
      try {
        this.#spares.recycle(oldest.file, this.#segmentBytes);
      } catch (thrown) {
        throw storageError(thrown, `Recycling the log segment ${oldest.file}`);
      }
      this.#segments.shift();
      changed = true;
    }
    if (changed) this.#guard(`Syncing the directory ${this.#directory}`, () => this.#files.syncDirectory(this.#directory));
  }

  /** Syncs what was appended and closes. Safe to call twice, and after a failure. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#spares.close();
    try {
      if (this.#failed === undefined && this.#durable.sequence < this.#last.sequence) this.#file.syncData();
    } catch (thrown) {
      throw this.#fail(`Syncing the log in ${this.#directory}`, thrown);
    } finally {
      if (this.#syncing !== this.#file) this.#file.close();
    }
  }

  /** Resolves when nothing touches the directory any more; for whoever closes the log to remove or move it. */
  settled(): Promise<void> {
    return this.#spares.settled();
  }

  #position(): LogPosition {
    return { sequence: this.#last.sequence, segment: this.#segments.at(-1)?.number ?? 0, offset: this.#offset };
  }

  #check(): void {
    if (this.#failed !== undefined) throw this.#failed;
    assert(!this.#closed, "the log is open");
  }

  /** Runs what must succeed or close the log: what is on disk after a failed write or sync is known to nobody. */
  #guard(doing: string, act: () => void): void {
    try {
      act();
    } catch (thrown) {
      throw this.#fail(doing, thrown);
    }
  }

  #fail(doing: string, thrown: unknown): ChronError {
    const cause = storageError(thrown, doing);
    this.#failed ??= new ChronError(
      "STORAGE_FAILED",
      `${cause.message} The log takes no more writes until the server is restarted.`,
    );
    return this.#failed;
  }

  /** Sizes of the segments this group will roll into. Throws LIMIT_EXCEEDED for a record that is too large. */
  #segmentsNeeded(records: readonly Buffer[]): number[] {
    const sizes: number[] = [];
    let offset = this.#offset;
    let size = this.#size;
    for (const record of records) {
      assert(recordLength(record, 0) === record.length, "a record is as long as it says");
      if (record.length > this.#recordBytes) {
        throw new ChronError(
          "LIMIT_EXCEEDED",
          `The transaction needs a log record of ${record.length} bytes; the limit recordBytes is ${this.#recordBytes}. Split it.`,
          { limit: "recordBytes" },
        );
      }
      if (offset + record.length > size) {
        size = this.#sizeFor(record);
        sizes.push(size);
        offset = RECORDS_START;
      }
      offset += record.length;
    }
    return sizes;
  }

  #sizeFor(record: Buffer): number {
    return Math.max(this.#segmentBytes, RECORDS_START + record.length);
  }

  #write(records: readonly Buffer[], last: { sequence: number; time: number }): void {
    let staged = 0;
    const flush = (): void => {
      if (staged === 0) return;
      const staging = this.#stagingBuffer();
      this.#file.write(staged === staging.length ? staging : staging.subarray(0, staged), this.#offset - staged);
      staged = 0;
    };
    let before: Buffer | undefined;
    for (const record of records) {
      if (this.#offset + record.length > this.#size) {
        flush();
        this.#roll(this.#sizeFor(record), before === undefined ? this.#last.time : decodeRecordHead(before, 0).time);
      }
      before = record;
      sealRecord(record, this.#last.sequence - this.#durable.sequence, this.#salt());
      if (records.length === 1 || record.length > STAGING_BYTES / 4) {
        flush();
        this.#file.write(record, this.#offset);
      } else {
        if (staged + record.length > STAGING_BYTES) flush();
        record.copy(this.#stagingBuffer(), staged);
        staged += record.length;
      }
      this.#offset += record.length;
      this.#last.sequence++;
    }
    flush();
    this.#last.time = last.time;
    if (this.#offset > this.#size / 2) this.#spares.ahead(this.#segmentBytes);
  }

  /** Syncs the active segment whole, so that only the last one can ever have a torn tail, and goes on in a new one. */
  #roll(size: number, previousTime: number): void {
    const full = this.#file;
    full.syncData();
    this.#durable = this.#position();
    this.#file = this.#begin(size, previousTime);
    this.#size = size;
    this.#offset = RECORDS_START;
    if (this.#syncing !== full) full.close();
  }

  /** A new segment after the last one; its header is on disk before it has its name. */
  #begin(size: number, previousTime: number): OpenFile {
    const spare = this.#spares.take(size);
    const number = (this.#segments.at(-1)?.number ?? 0) + 1;
    const salt = this.#random.bytes(4).readUInt32BE(0);
    const header = { number, firstSequence: this.#last.sequence + 1, previousTime, salt };
    const blank = this.#files.open(spare, "write");
    try {
      blank.write(encodeSegmentHeader(header), 0);
      blank.sync();
    } finally {
      blank.close();
    }
    const file = segmentFile(this.#directory, number);
    this.#files.rename(spare, file);
    this.#files.syncDirectory(this.#directory);
    this.#segments.push({ ...header, file });
    return this.#files.open(file, "write");
  }

  #stagingBuffer(): Buffer {
    this.#staging ??= Buffer.allocUnsafeSlow(STAGING_BYTES);
    return this.#staging;
  }

  #salt(): number {
    return this.#segments.at(-1)?.salt ?? 0;
  }
}
