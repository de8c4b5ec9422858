// The room's interface: small enough for a second implementation on a replicated log.
import type { Entry } from "./entry.ts";

/** Where a record ends, for a follower that reads the segment files itself. */
export interface LogPosition {
  readonly sequence: number;
  readonly segment: number;
  readonly offset: number;
}

/** A consumer that still needs entries after `sequence`; segments it needs are not recycled. */
export type RetentionSlot = "state" | "archive";

export interface CommitLog {
  /** The last entry that is in the log (durable or not); sequence 0, time 0 when empty. */
  readonly last: { readonly sequence: number; readonly time: number };
  /** The end of what is on disk for certain. Followers read up to here and no further. */
  readonly durable: LogPosition;

  /**
   * Writes records (from codec.ts `encodeEntry`) after the last one, in order, without waiting for the disk.
   * Rolls to a new segment when the current one is full. Throws DISK_FULL or LIMIT_EXCEEDED with nothing
   * written and the log usable, STORAGE_FAILED after which it is not. The records are handed over and written into.
   */
  append(records: readonly Buffer[], last: { sequence: number; time: number }): void;
  /** fsync on this thread. Right for a single waiting writer. A failure is never retried: the log is closed for writing. */
  syncNow(): void;
  /** fsync in the thread pool. Right for a group. One at a time. */
  sync(): Promise<void>;

  /** Durable entries with sequence > `after`, in order. Throws CORRUPT naming segment and byte on damage. */
  read(after: number): Iterable<Entry>;

  /** Says that `slot` no longer needs entries up to and including `sequence`; recycles segments nobody needs. */
  release(slot: RetentionSlot, sequence: number): void;
  close(): void;
}
