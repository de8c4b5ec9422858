// Walks the records of one segment through a large window: one system call for thousands of records.
import { messageOf } from "../base/errors.ts";
import type { OpenFile } from "../base/files.ts";
import { decodeEntry } from "./codec.ts";
import type { Entry } from "./entry.ts";
import { RECORD_HEADER_BYTES, recordChecks, recordLength, recordSequence, unreadable } from "./record.ts";
import { corrupt, RECORDS_START } from "./segment.ts";

const WINDOW_BYTES = 1024 * 1024;

/**
 * Stands on a record of a segment. After `find` says true, `buffer`, `at` and `length` are that record, until the next call.
 */
export class RecordCursor {
  readonly file: OpenFile;
  readonly salt: number;
  /** Byte in the file where the next record is looked for. */
  offset: number;
  buffer: Buffer = Buffer.allocUnsafeSlow(WINDOW_BYTES);
  at = 0;
  length = 0;
  #windowStart = 0;
  #windowBytes = 0;

  constructor(file: OpenFile, salt: number, offset = RECORDS_START) {
    this.file = file;
    this.salt = salt;
    this.offset = offset;
  }

  /**
   * Whether the record of entry `sequence` is at `offset`, whole. A window read earlier may be older than the file (a follower
   * reads while the writer writes), so what fails in it is looked at once more afresh.
   */
  find(sequence: number): boolean {
    if (this.#inWindow(RECORD_HEADER_BYTES) && this.#isRecord(sequence)) return true;
    this.#fill(WINDOW_BYTES);
    if (!this.#inWindow(RECORD_HEADER_BYTES)) return false;
    const length = recordLength(this.buffer, this.at);
    // A length is only believed as far as the file goes; garbage must not allocate gigabytes.
    if (length > WINDOW_BYTES && this.offset + length <= this.file.size()) this.#fill(length);
    return this.#isRecord(sequence);
  }

  /** To the next record. */
  advance(): void {
    this.offset += this.length;
  }

  /** The entry here. Throws CORRUPT where the checksum is right and the content is not (or is of a newer ChronDB). */
  entry(): Entry {
    const reason = unreadable(this.buffer, this.at);
    if (reason !== null) throw corrupt(this.file.path, this.offset, `the record ${reason}`);
    try {
      return decodeEntry(this.buffer, this.at);
    } catch (thrown) {
      throw corrupt(this.file.path, this.offset, `the record matches its checksum but does not decode (${messageOf(thrown)})`);
    }
  }

  #inWindow(bytes: number): boolean {
    this.at = this.offset - this.#windowStart;
    return this.at >= 0 && this.at + bytes <= this.#windowBytes;
  }

  #isRecord(sequence: number): boolean {
    const length = recordLength(this.buffer, this.at);
    if (length < RECORD_HEADER_BYTES || !this.#inWindow(length)) return false;
    this.length = length;
    return recordSequence(this.buffer, this.at) === sequence && recordChecks(this.buffer, this.at, length, this.salt);
  }

  #fill(bytes: number): void {
    if (this.buffer.length < bytes) this.buffer = Buffer.allocUnsafeSlow(bytes);
    // A huge record was read; do not keep its window for the small ones.
    else if (this.buffer.length > WINDOW_BYTES && bytes === WINDOW_BYTES) this.buffer = Buffer.allocUnsafeSlow(WINDOW_BYTES);
    this.#windowStart = this.offset;
    this.#windowBytes = this.file.read(this.buffer, this.offset);
    this.at = 0;
  }
}
