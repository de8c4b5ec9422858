// ChronDB's own words to look around (SHOW TABLES, SHOW SCHEMAS, DESCRIBE …), which PostgreSQL's grammar does not have. They are
// turned into a SELECT before the grammar sees them. Only as a statement of their own.

const NAME = String.raw`(?:"(?:[^"]|"")+"|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)`;
const TABLES = new RegExp(String.raw`^\s*SHOW\s+TABLES(?:\s+(?:FROM|IN)\s+(${NAME}))?\s*;?\s*$`, "i");
const SCHEMAS = /^\s*SHOW\s+(?:SCHEMAS|DATABASES)\s*;?\s*$/i;
const COLUMNS = new RegExp(
  String.raw`^\s*(?:DESCRIBE|DESC|SHOW\s+COLUMNS\s+(?:FROM|IN))\s+(?:(${NAME})\s*\.\s*)?(${NAME})\s*;?\s*$`,
  "i",
);

/** The name without its quotes; unquoted ones are folded to lower case. */
function bare(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase();
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** The SELECT an inspection stands for; null when the text is none. */
export function readInspection(text: string): string | null {
  const tables = TABLES.exec(text);
  if (tables !== null)
    return `SELECT table_name, has_schema FROM chrondb_tables(${quoted(bare(tables[1] ?? "public"))}) ORDER BY table_name`;
  if (SCHEMAS.test(text)) return "SELECT 'public' AS schema_name";
  const columns = COLUMNS.exec(text);
  if (columns === null) return null;
  return `SELECT * FROM chrondb_columns(${quoted(bare(columns[1] ?? "public"))}, ${quoted(bare(columns[2] ?? ""))})`;
}
