// The room's interface, as the main process sees it. The work happens in a child process (process.ts) that reads the log's
// segment files by itself and writes packs, notes and refs; this side only tells it how far the log is durable.
import type { Entry } from "../log/entry.ts";

export interface ArchiveOptions {
  /** The bare repository; the log lies in `<directory>/.chrondb/log`. */
  readonly directory: string;
  readonly branch: string;
  readonly committerName: string;
  readonly committerEmail: string;
}

/** One tenant's git repository, followed. */
export interface Archive {
  /** The last sequence whose commit, note and refs are published and synced. */
  readonly published: number;
  /** Told after every group: entries up to `sequence` are durable. Cheap; messages to the child are coalesced. */
  durable(sequence: number): void;
  /**
   * Told when nothing is waiting: every later entry will have a time greater than `micros`, so a note batch whose first entry
   * is older than the batch window may be sealed. (So batch boundaries are a pure function of the log.)
   */
  idle(micros: number): void;
  /** The commit of a sequence if published (a read of the commit map, 20 bytes a sequence). */
  commitOf(sequence: number): string | undefined;
  /** Resolves with the commit once published; rejects TIMEOUT after `timeoutMs`. */
  waitFor(sequence: number, timeoutMs: number): Promise<string>;
  /** Commits whose hash starts with `prefix` (7 to 40 hex digits), at most two, with their sequence. */
  findCommit(prefix: string): Promise<{ commit: string; sequence: number }[]>;
  /** Checks objects, notes, refs and the commit map against the log; a clear sentence for each finding. */
  check(): Promise<{ ok: boolean; messages: string[]; refs: Record<string, string> }>;
  /** Bytes of packs and indexes. */
  bytes(): number;
  /** Called when the child dies and is restarted, and with every publication. */
  onPublished(listener: (sequence: number) => void): void;
  onProblem(listener: (problem: string) => void): void;
  /** Publishes everything durable, then ends the child. */
  close(): Promise<void>;
}

/** Reads a repository (live or a stock `git clone --mirror`) back into the entries it was made from, oldest first. */
export type ReadClone = (directory: string, options: { branch: string }) => AsyncIterable<Entry>;
