// Finds records by their bytes, whatever lies between: what follows a torn or damaged one.
import type { OpenFile } from "../base/files.ts";
import { RECORD_HEADER_BYTES, recordChecks, recordLength, recordProves, recordSequence } from "./record.ts";
import type { SegmentHeader } from "./segment.ts";

const SCAN_BYTES = 4 * 1024 * 1024;

export interface LaterRecord {
  /** Byte in the file. */
  readonly offset: number;
  readonly sequence: number;
  /** The last sequence that was on disk when it was written. */
  readonly proves: number;
}

/** Whole records of this segment's life that lie at or after `end`, with a later sequence. */
export function laterRecords(
  file: OpenFile,
  segment: SegmentHeader,
  end: { readonly offset: number; readonly sequence: number },
): LaterRecord[] {
  const found: LaterRecord[] = [];
  const size = file.size();
  const window = Buffer.alloc(Math.min(SCAN_BYTES, Math.max(0, size - end.offset)));
  for (let base = end.offset; base + RECORD_HEADER_BYTES <= size; base += window.length - RECORD_HEADER_BYTES + 1) {
    const got = file.read(window, base);
    // Format 1, no cipher, no key: the four bytes every record of this ChronDB has at 8.
    for (
      let mark = window.indexOf("\x01\0\0\0", 8, "latin1");
      mark >= 0;
      mark = window.indexOf("\x01\0\0\0", mark + 1, "latin1")
    ) {
      const at = mark - 8;
      if (at + RECORD_HEADER_BYTES > got) break;
      const sequence = recordSequence(window, at);
      const length = recordLength(window, at);
      if (sequence <= end.sequence || length < RECORD_HEADER_BYTES || base + at + length > size) continue;
      // Between here and there every entry needs at least a header.
      if (sequence - end.sequence > (base + at - end.offset) / RECORD_HEADER_BYTES + 1) continue;
      const record = Buffer.allocUnsafe(length);
      file.read(record, base + at);
      if (recordChecks(record, 0, length, segment.salt))
        found.push({ offset: base + at, sequence, proves: recordProves(record, 0) });
    }
    if (got < window.length || window.length < SCAN_BYTES) break;
  }
  return found;
}
