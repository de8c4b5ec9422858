// Repairing a damaged log when git holds the history up to some entry: only what comes after that is needed from the log, and the
// damage may well lie before it. Makes a new log of it and sets the damaged one aside, never deleting it.
import path from "node:path";
import { type Files, storageError } from "../base/files.ts";
import { encodeEntry } from "./codec.ts";
import type { Entry } from "./entry.ts";
import { RecordCursor } from "./reader.ts";
import { unreadable } from "./record.ts";
import { laterRecords } from "./scan.ts";
import { corrupt, hasSegments, listReadableSegments, type Segment } from "./segment.ts";
import { type LogOptions, openLog, type SegmentedLog } from "./writer.ts";

export interface RepairOptions {
  readonly directory: string;
  readonly files: Files;
  /** The last entry that git holds; 0 and 0 when it holds none. */
  readonly after: { readonly sequence: number; readonly time: number };
  readonly limits?: NonNullable<LogOptions["limits"]>;
}

export interface Repair {
  /** The last entry of the new log; `after` when nothing had to be or could be saved. */
  readonly last: { readonly sequence: number; readonly time: number };
  /** Where the damaged log is now. */
  readonly aside: string;
  /**
   * Entries that git does not have and that are lost: from the first missing one to the last of which there is a trace. null =
   * none. What follows a missing one cannot be kept, since a transaction was made on the state that the ones before it left.
   */
  readonly lost: { readonly from: number; readonly to: number } | null;
}

const GROUP = 1_000;
const GROUP_BYTES = 16 * 1024 * 1024;

/** May be interrupted at any moment and run again. The caller holds the data directory's lock and no log is open. */
export function repairLog(options: RepairOptions): Repair {
  try {
    return repair(options);
  } catch (thrown) {
    throw storageError(thrown, `Repairing the log in ${options.directory}`);
  }
}

function repair({ directory, files, after, limits }: RepairOptions): Repair {
  const fresh = `${directory}.repaired`;
  for (const name of files.list(fresh)) files.unlink(path.join(fresh, name));
  const { aside, isThere } = asideOf(files, directory);
  const log = openLog({ directory: fresh, files, startAfter: after, ...(limits === undefined ? {} : { limits }) });
  let seen: number;
  try {
    seen = copyEntries(files, isThere ? aside : directory, log);
  } finally {
    log.close();
  }
  const last = { ...log.last };
  // A server that refused to start may have made an empty folder of that name.
  if (isThere) for (const name of files.list(directory)) files.unlink(path.join(directory, name));
  else files.rename(directory, aside);
  files.rename(fresh, directory);
  files.syncDirectory(path.dirname(directory));
  return { last, aside, lost: seen > last.sequence ? { from: last.sequence + 1, to: seen } : null };
}

/** The first free `log.damaged-N`; or, when a run ended between its two renames so that there is no log, the last one taken. */
function asideOf(files: Files, directory: string): { aside: string; isThere: boolean } {
  const isThere = !hasSegments(files, directory);
  let number = 1;
  while (files.stat(`${directory}.damaged-${number}`) !== undefined) number++;
  if (isThere && number === 1) throw corrupt(directory, 0, "there is no log to repair");
  return { aside: `${directory}.damaged-${isThere ? number - 1 : number}`, isThere };
}

/** Appends what follows the last entry of `log` without a gap; answers the highest sequence there is a trace of. */
function copyEntries(files: Files, from: string, log: SegmentedLog): number {
  let seen = log.last.sequence;
  let next = seen + 1;
  let group: Entry[] = [];
  let bytes = 0;
  const flush = (): void => {
    const last = group.at(-1);
    if (last === undefined) return;
    log.append(group.map(encodeEntry), { sequence: last.head.sequence, time: last.head.time });
    log.syncNow();
    group = [];
    bytes = 0;
  };
  for (const found of everyRecord(files, from)) {
    seen = Math.max(seen, found.sequence);
    if (found.sequence !== next || found.entry === null) continue;
    group.push(found.entry);
    bytes += found.length;
    next++;
    if (group.length >= GROUP || bytes >= GROUP_BYTES) flush();
  }
  flush();
  return seen;
}

interface Found {
  readonly sequence: number;
  readonly length: number;
  /** null: its checksum is right but this ChronDB cannot read it. */
  readonly entry: Entry | null;
}

/** Every record whose checksum is right, in order of segments and bytes, past any damage. */
function* everyRecord(files: Files, directory: string): Generator<Found, void, void> {
  for (const segment of listReadableSegments(files, directory)) {
    const file = files.open(segment.file, "read");
    try {
      yield* recordsOf(new RecordCursor(file, segment.salt), segment);
    } finally {
      file.close();
    }
  }
}

function* recordsOf(cursor: RecordCursor, segment: Segment): Generator<Found, void, void> {
  let sequence = segment.firstSequence;
  for (;;) {
    while (cursor.find(sequence)) {
      const isReadable = unreadable(cursor.buffer, cursor.at) === null;
      yield { sequence, length: cursor.length, entry: isReadable ? cursor.entry() : null };
      cursor.advance();
      sequence++;
    }
    const [next] = laterRecords(cursor.file, segment, { offset: cursor.offset, sequence: sequence - 1 });
    if (next === undefined) return;
    cursor.offset = next.offset;
    sequence = next.sequence;
  }
}
