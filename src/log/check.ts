// Reads a whole log and says whether every record is there and right (`chrondb verify`).
import { ChronError } from "../base/errors.ts";
import type { Files } from "../base/files.ts";
import { LogFollower } from "./follow.ts";
import { listSegments } from "./segment.ts";

export interface LogCheck {
  readonly ok: boolean;
  /** One sentence: what was checked, or the first damage. */
  readonly message: string;
  readonly entries: number;
}

/** Checks every kept entry up to `durable` (CommitLog.durable.sequence). Steps through in slices, so that a caller may rest between. */
export function* checkLog(directory: string, files: Files, durable: number): Generator<void, LogCheck, void> {
  let entries = 0;
  let follower: LogFollower | undefined;
  try {
    const first = listSegments(files, directory)[0]?.firstSequence ?? durable + 1;
    follower = new LogFollower({ directory, files, after: first - 1 });
    for (const entry of follower.read(durable)) {
      entries++;
      if (entry.head.sequence % SLICE === 0) yield;
    }
    const range = entries === 0 ? "no entries" : `entries ${first} to ${durable}`;
    return { ok: true, message: `The log holds ${range}, each with its checksum.`, entries };
  } catch (thrown) {
    if (!(thrown instanceof ChronError)) throw thrown;
    return { ok: false, message: thrown.message, entries };
  } finally {
    follower?.close();
  }
}

/** Entries between two rests: about a millisecond. */
const SLICE = 256;
