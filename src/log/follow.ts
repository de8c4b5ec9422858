// Reads a log from its files, in order, across segments: in the writer's process (CommitLog.read, recovery of state) and in
// others (the archive). It only goes as far as it is told is durable, so it never sees an entry that a crash could take back.
//
//   const follower = new LogFollower({ directory, files, after: 120 });
//   for (const entry of follower.read(180)) …      // entries 121 to 180
//   for (const entry of follower.read(200)) …      // goes on with 181
import { assert } from "../base/assert.ts";
import { ChronError } from "../base/errors.ts";
import type { Files } from "../base/files.ts";
import type { Entry } from "./entry.ts";
import { RecordCursor } from "./reader.ts";
import { corrupt, listSegments, RECORDS_START, readSegmentHeader, type SegmentHeader, segmentFile } from "./segment.ts";

export interface FollowerOptions {
  readonly directory: string;
  readonly files: Files;
  /** The last sequence that is not wanted any more; 0 = from the first. */
  readonly after: number;
}

export class LogFollower {
  readonly #options: FollowerOptions;
  #after: number;
  #segment: SegmentHeader | undefined;
  #cursor: RecordCursor | undefined;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#after = options.after;
  }

  /** The last sequence given out (or asked to be left out). */
  get after(): number {
    return this.#after;
  }

  /**
   * The entries after the last one given out, up to and including `durable`, which must be on disk (CommitLog.durable of the
   * writer). Throws CORRUPT naming file and byte; NOT_FOUND when the log no longer reaches back that far. May be left early
   * and called again; a second walk at the same time is not possible.
   */
  *read(durable: number): Generator<Entry, void, void> {
    while (this.#after < durable) {
      this.#find();
      const entry = this.#here().entry();
      this.#here().advance();
      this.#after++;
      yield entry;
    }
  }

  /** Up to `maximum` entries of `read(durable)`. */
  take(durable: number, maximum: number): Entry[] {
    const entries: Entry[] = [];
    if (maximum > 0) {
      for (const entry of this.read(durable)) if (entries.push(entry) >= maximum) break;
    }
    return entries;
  }

  close(): void {
    this.#cursor?.file.close();
    this.#cursor = undefined;
  }

  #here(): RecordCursor {
    assert(this.#cursor !== undefined, "the follower stands in a segment");
    return this.#cursor;
  }

  /** Stands on the record of entry `after + 1`. */
  #find(): void {
    const wanted = this.#after + 1;
    if (this.#cursor === undefined) this.#start(wanted);
    while (!this.#here().find(wanted)) {
      const { file, offset, salt } = this.#here();
      // Damage, or the end of this segment, which the next one's header proves?
      if (readSegmentHeader(file).salt !== salt) throw recycled(file.path);
      const next = (this.#segment?.number ?? 0) + 1;
      const nextFile = segmentFile(this.#options.directory, next);
      if (this.#options.files.stat(nextFile) === undefined) throw damaged(file.path, offset, wanted);
      this.close();
      if (this.#enter(next).firstSequence !== wanted) {
        this.close();
        throw damaged(file.path, offset, wanted);
      }
    }
  }

  #start(wanted: number): void {
    const { files, directory } = this.#options;
    const segments = listSegments(files, directory);
    const first = segments[0];
    if (first === undefined) throw new ChronError("NOT_FOUND", `There is no log in ${directory}.`);
    if (first.firstSequence > wanted) {
      throw new ChronError(
        "NOT_FOUND",
        `The log in ${directory} begins with entry ${first.firstSequence}, and entry ${wanted} is needed: it was recycled. ` +
          'Rebuild from a clone with "chrondb rebuild".',
        { first: first.firstSequence, wanted },
      );
    }
    const holder = segments.findLast((segment) => segment.firstSequence <= wanted);
    assert(holder !== undefined, "a segment that begins at or before the wanted entry");
    this.#enter(holder.number);
    for (let sequence = holder.firstSequence; sequence < wanted; sequence++) {
      if (!this.#here().find(sequence)) {
        const { file, offset } = this.#here();
        this.close();
        throw damaged(file.path, offset, sequence);
      }
      this.#here().advance();
    }
  }

  #enter(number: number): SegmentHeader {
    const { files, directory } = this.#options;
    const file = files.open(segmentFile(directory, number), "read");
    try {
      this.#segment = readSegmentHeader(file);
    } catch (thrown) {
      file.close();
      throw thrown;
    }
    this.#cursor = new RecordCursor(file, this.#segment.salt, RECORDS_START);
    return this.#segment;
  }
}

function damaged(file: string, byte: number, sequence: number): ChronError {
  return corrupt(file, byte, `the record of entry ${sequence} is not there or does not match its checksum`);
}

function recycled(file: string): ChronError {
  return new ChronError(
    "NOT_FOUND",
    `The log segment ${file} was recycled while it was being read; a reader must hold a retention slot.`,
  );
}
