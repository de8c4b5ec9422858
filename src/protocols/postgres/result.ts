// Rows of a running statement, as DataRow messages.

import type { SqlColumn, SqlCursor, SqlText } from "../../sql/contract.ts";
import { toBinary } from "../../sql/types/index.ts";
import type { Channel } from "./channel.ts";
import type { Format } from "./wire/index.ts";

/** Rows pulled at a time, so that a result of any size passes through a bounded buffer. */
const BATCH_ROWS = 500;

export function writeRow(
  channel: Channel,
  row: readonly SqlText[],
  columns: readonly SqlColumn[],
  formats: readonly Format[],
): void {
  if (formats.length === 0) channel.output.textRow(row);
  else channel.output.mixedRow(row, formats, (value, index) => toBinary(columns[index]?.typeOid ?? 0, value));
}

/**
 * Sends up to `max` rows (0 = all that remain). Answers how many, and whether the cursor has come to its end; a portal that
 * gave exactly `max` rows counts as unfinished, as in PostgreSQL, even when nothing is left.
 */
export async function sendRows(
  channel: Channel,
  cursor: SqlCursor,
  formats: readonly Format[],
  max: number,
): Promise<{ sent: number; finished: boolean }> {
  const columns = cursor.columns ?? [];
  let sent = 0;
  for (;;) {
    const wanted = max === 0 ? BATCH_ROWS : Math.min(BATCH_ROWS, max - sent);
    const { rows, done } = await cursor.next(wanted);
    for (const row of rows) {
      writeRow(channel, row, columns, formats);
      const slow = channel.relieve();
      if (slow !== undefined) await slow;
    }
    sent += rows.length;
    if (max > 0 && sent >= max) return { sent, finished: false };
    if (done) return { sent, finished: true };
  }
}
