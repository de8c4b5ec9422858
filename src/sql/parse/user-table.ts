// ChronDB's documents write `SELECT * FROM user`, `INSERT INTO user`, `UPDATE user`, although PostgreSQL reserves the word.
// Where a table's name is expected, the word is quoted before the grammar sees it; positions are mapped back.

interface Token {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface Rewritten {
  readonly text: string;
  /** Character offset in the rewritten text to the one in the text given. */
  original(offset: number): number;
}

const BEFORE_TABLE = new Set(["from", "into", "update", "join", "table", "only", "truncate", "exists", "on", "describe"]);

/** `tokens` gives byte offsets. */
export function quoteUser(text: string, tokens: (text: string) => readonly Token[]): Rewritten {
  const unchanged: Rewritten = { text, original: (offset) => offset };
  if (!/\buser\b/i.test(text)) return unchanged;
  const found: { start: number; end: number }[] = [];
  const all = tokens(text).filter((token) => !token.text.startsWith("--") && !token.text.startsWith("/*"));
  for (const [at, token] of all.entries()) {
    if (token.text.toLowerCase() !== "user") continue;
    const before = all[at - 1]?.text.toLowerCase() ?? "";
    const after = all[at + 1]?.text ?? "";
    // `user.name`, or a table's place. `ON user.x` is a column; `EXISTS user` a table of DROP TABLE IF EXISTS.
    if (after === "." || (BEFORE_TABLE.has(before) && before !== "on") || (before === "." && after !== "(")) found.push(token);
  }
  if (found.length === 0) return unchanged;
  const bytes = Buffer.from(text, "utf8");
  let out = "";
  let from = 0;
  const quotes: number[] = [];
  for (const { start, end } of found) {
    out += bytes.toString("utf8", from, start);
    quotes.push([...out].length);
    out += `"user"`;
    quotes.push([...out].length - 1);
    from = end;
  }
  out += bytes.toString("utf8", from);
  return { text: out, original: (offset) => offset - quotes.filter((quote) => quote < offset).length };
}
