// Where an operand of an expression ends, told by the tokens of PostgreSQL's grammar. A `?` after an operand is jsonb's operator,
// a `:` after one belongs to a slice or a key; where an operand is still to come, they are placeholders.

/** What the scanner says of a token; offsets are bytes. */
export interface Token {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly tokenName: string;
  readonly keywordName: string;
}

const OPERANDS: ReadonlySet<string> = new Set([
  "IDENT",
  "UIDENT",
  "SCONST",
  "USCONST",
  "ICONST",
  "FCONST",
  "BCONST",
  "XCONST",
  "PARAM",
]);

/** Reserved words that are values. */
const VALUES: ReadonlySet<string> = new Set([
  ..."null true false end default user current_date current_time current_timestamp current_user current_role current_catalog".split(
    " ",
  ),
  ..."session_user localtime localtimestamp".split(" "),
]);

/** Words that may be names elsewhere, but are followed by an operand where they stand before a placeholder. */
const BEFORE_OPERAND: ReadonlySet<string> = new Set(
  "by zone escape first next rows range groups between like ilike interval set is similar".split(" "),
);

export function isComment(token: Token): boolean {
  return token.tokenName === "SQL_COMMENT" || token.tokenName === "C_COMMENT";
}

/** Whether an operand is complete after this token. */
export function endsOperand(token: Token): boolean {
  if (OPERANDS.has(token.tokenName) || token.text === ")" || token.text === "]") return true;
  const word = token.text.toLowerCase();
  switch (token.keywordName) {
    case "NO_KEYWORD":
      return false;
    case "RESERVED_KEYWORD":
      return VALUES.has(word);
    default:
      return !BEFORE_OPERAND.has(word);
  }
}

/** Whether the token can be the name of `:name`. */
export function isWord(token: Token): boolean {
  return (token.tokenName === "IDENT" && !token.text.startsWith('"')) || token.keywordName !== "NO_KEYWORD";
}
