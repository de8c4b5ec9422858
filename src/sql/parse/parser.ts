// The one place that knows libpg-query: PostgreSQL's own grammar, in WebAssembly. Positions: its tree counts bytes, its errors count
// characters from 0, the wire wants characters from 1.
import { hasSqlDetails, loadModule, type Node, parseSync, type ScanToken, scanSync } from "libpg-query";
import { SqlError } from "../contract.ts";
import { fail } from "../errors.ts";
import { readInspection } from "./inspection.ts";
import { quoteUser, type Rewritten } from "./user-table.ts";

/** Must have resolved before anything is parsed. */
export const grammarReady: Promise<void> = loadModule();

export interface Parsed {
  readonly node: Node;
  /** The statement's part of the text. */
  readonly text: string;
  /** Turns a byte offset of the tree into a character position from 1 in the text given to `parse`. */
  readonly position: (at: number) => number;
}

// Messages of the grammar that are not 42601.
const STATES: readonly (readonly [RegExp, string])[] = [
  [/^frame (start|end)/, "42P20"],
  [/^invalid byte sequence/, "22021"],
  [/^(unsafe use of string constant|invalid Unicode|unterminated)/, "42601"],
  [/not supported|not implemented/, "0A000"],
  [/^memory exhausted|^stack depth/, "54001"],
  [/^value .* is out of range|out of range/, "22003"],
];

function grammarError(thrown: unknown, rewritten: Rewritten): unknown {
  if (thrown instanceof RangeError) return sqlTooDeep();
  if (!hasSqlDetails(thrown)) return thrown;
  const details = thrown.sqlDetails;
  const message = details?.message ?? thrown.message;
  const sqlstate = STATES.find(([pattern]) => pattern.test(message))?.[1] ?? "42601";
  const cursor = details?.cursorPosition ?? -1;
  return new SqlError({
    sqlstate,
    message,
    ...(cursor < 0 ? {} : { position: rewritten.original(cursor) + 1 }),
  });
}

function sqlTooDeep(): SqlError {
  return new SqlError({
    sqlstate: "54001",
    message: "stack depth limit exceeded",
    hint: "The statement has too many nested or chained expressions; split it, or use VALUES or an array.",
  });
}

/** Byte offset to character offset in a text. */
function characters(text: string): (byte: number) => number {
  // Only texts with multi-byte characters need the walk.
  if (!/[^\u0000-\u007f]/.test(text)) return (byte) => byte;
  const bytes = Buffer.from(text, "utf8");
  return (byte) => [...bytes.toString("utf8", 0, byte)].length;
}

/** Parses a string of statements. */
export function parse(text: string): Parsed[] {
  if (text.includes("\u0000")) fail("22021", 'invalid byte sequence for encoding "UTF8": 0x00');
  if (/^\s*;*\s*$/.test(text)) return [];
  const inspection = readInspection(text);
  if (inspection !== null) return parse(inspection).map((parsed) => ({ ...parsed, text, position: () => 1 }));
  const rewritten = quoteUser(text, scan);
  try {
    const inCharacters = characters(rewritten.text);
    const position = (at: number): number => rewritten.original(inCharacters(at)) + 1;
    const bytes = Buffer.from(rewritten.text, "utf8");
    return (parseSync(rewritten.text).stmts ?? []).map((raw) => {
      const start = raw.stmt_location ?? 0;
      const end = raw.stmt_len ? start + raw.stmt_len : bytes.length;
      const from = rewritten.original(inCharacters(start));
      const to = rewritten.original(inCharacters(end));
      return { node: raw.stmt ?? fail("42601", "syntax error"), text: sliceCharacters(text, from, to), position };
    });
  } catch (thrown) {
    // Only comments: the grammar calls that empty.
    if (thrown instanceof Error && /Query cannot be empty/.test(thrown.message)) return [];
    throw grammarError(thrown, rewritten);
  }
}

/** By code points, as positions count. */
function sliceCharacters(text: string, from: number, to: number): string {
  return /[\ud800-\udfff]/.test(text) ? [...text].slice(from, to).join("") : text.slice(from, to);
}

/** Tokens of a text; empty where it does not even scan. */
export function scan(text: string): ScanToken[] {
  try {
    return scanSync(text).tokens;
  } catch (thrown) {
    if (hasSqlDetails(thrown) || thrown instanceof Error) return [];
    throw thrown;
  }
}

/** Replaces byte positions of a check by character positions. */
export function withPosition(thrown: unknown, parsed: Parsed): unknown {
  if (!(thrown instanceof SqlError) || thrown.fields.position === undefined) return thrown;
  return new SqlError({ ...thrown.fields, position: parsed.position(thrown.fields.position - 1) });
}
