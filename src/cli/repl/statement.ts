// Where a statement ends: at a semicolon outside of strings, comments, quoted names and parentheses, as PostgreSQL's own scanner
// sees them.
import { SqlError } from "../../sql/contract.ts";
import { parse, scan } from "../../sql/parse/parser.ts";

export interface Cut {
  /** Complete statements. */
  readonly statements: readonly string[];
  /** What is left, to be continued. */
  readonly rest: string;
}

export function cutStatements(text: string): Cut {
  const tokens = scan(text);
  if (tokens.length === 0)
    return /;\s*$/.test(text) && !isUnfinished(text) ? { statements: [text], rest: "" } : { statements: [], rest: text };
  const bytes = Buffer.from(text, "utf8");
  const statements: string[] = [];
  let from = 0;
  let depth = 0;
  for (const token of tokens) {
    if (token.text === "(") depth++;
    else if (token.text === ")") depth = Math.max(0, depth - 1);
    else if (token.text === ";" && depth === 0) {
      statements.push(bytes.toString("utf8", from, token.end).trim());
      from = token.end;
    }
  }
  const rest = bytes.toString("utf8", from);
  return { statements, rest: rest.trim() === "" ? "" : rest };
}

/** Whether the scanner stopped because a string, a comment or a quoted name has no end yet; else it found a mistake. */
function isUnfinished(text: string): boolean {
  try {
    parse(text);
    return false;
  } catch (thrown) {
    if (thrown instanceof SqlError) return thrown.message.startsWith("unterminated");
    throw thrown;
  }
}
