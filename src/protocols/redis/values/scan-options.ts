// Cursors and options of the SCAN family.
import { notAnInteger, refusal, syntaxError } from "../refusals.ts";
import { following, parseInt64, text, word } from "./arguments.ts";

export interface ScanOptions {
  readonly match: Buffer | null;
  readonly count: number;
  /** Lower case; only where SCAN allows it. */
  readonly type: string | null;
}

const DEFAULT_COUNT = 10;

/** The options from `index` on. Throws Redis's refusals. */
export function scanOptions(args: readonly Buffer[], from: number, typed: boolean): ScanOptions {
  let match: Buffer | null = null;
  let count = DEFAULT_COUNT;
  let type: string | null = null;
  for (let index = from; index < args.length; index += 2) {
    const option = word(args, index);
    if (option === "COUNT") {
      const value = parseInt64(following(args, index));
      if (value === undefined) throw notAnInteger();
      if (value < 1n) throw syntaxError();
      count = value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value);
    } else if (option === "MATCH") match = following(args, index);
    else if (option === "TYPE" && typed) type = following(args, index).toString("latin1").toLowerCase();
    else throw syntaxError();
  }
  return { match, count, type };
}

/** The cursor argument: an unsigned 64-bit number. */
export function checkCursor(args: readonly Buffer[], index: number): string {
  const cursor = text(args, index);
  if (!/^[0-9]{1,20}$/.test(cursor) || BigInt(cursor) > 2n ** 64n - 1n) throw refusal("invalid cursor");
  return cursor;
}
