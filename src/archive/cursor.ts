// `.chrondb/archive.cursor`: how far the log was followed beyond the head, where the entries since have no commit. Without it
// a restart would ask the log for entries that it may have recycled. Says for which head it was written, and counts only then.
import { type Files, replaceFile } from "../base/files.ts";
import type { ObjectId } from "./objects.ts";

export interface Cursor {
  readonly sequence: number;
  /** "" before the first commit. */
  readonly head: ObjectId | "";
}

export function writeCursor(files: Files, file: string, cursor: Cursor): void {
  replaceFile(files, file, Buffer.from(`${cursor.sequence} ${cursor.head}\n`, "latin1"));
}

/** The sequence noted for this head; 0 when none is. */
export function readCursor(files: Files, file: string, head: ObjectId | ""): number {
  const match = /^(\d{1,16}) ([0-9a-f]{40}|)\n$/.exec(files.readFile(file)?.toString("latin1") ?? "");
  return match !== null && match[2] === head ? Number(match[1]) : 0;
}
