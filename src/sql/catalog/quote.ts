// Identifiers as PostgreSQL quotes them when it prints SQL.
import { RESERVED_WORDS } from "./facts/words.ts";

/** Bare when it is lower-case and no keyword that needs quoting; else in double quotes. */
export function quoteIdentifier(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) && !RESERVED_WORDS.has(name) ? name : `"${name.replaceAll('"', '""')}"`;
}
