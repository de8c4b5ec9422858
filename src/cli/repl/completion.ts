// What the tab key offers: words of SQL, tables, columns, and the prompt's own commands.

/** Tables and their columns, as the server told them. */
export type Names = ReadonlyMap<string, readonly string[]>;

const WORDS = (
  "ALTER AND AS ASC BEGIN BETWEEN BY CASE COALESCE COLUMNS COMMIT COUNT CREATE CROSS DATABASES DEFAULT DELETE DESC DESCRIBE DISTINCT DROP " +
  "ELSE END EXCEPT EXISTS EXPLAIN FALSE FROM FULL GROUP HAVING IN INDEX INNER INSERT INTERSECT INTO IS JOIN KEY LEFT LIKE LIMIT NOT NULL " +
  "OFFSET ON OR ORDER OUTER PRIMARY RETURNING RIGHT ROLLBACK SAVEPOINT SCHEMAS SELECT SET SHOW TABLE TABLES THEN TRANSACTION TRUE UNION " +
  "UNIQUE UPDATE USING VALUES WHEN WHERE WITH"
).split(" ");

const BEFORE_TABLE = /(?:\b(?:FROM|JOIN|INTO|UPDATE|TABLE|DESCRIBE|DESC|COLUMNS\s+IN)|\\d)\s+$/i;

/** Candidates for the word at the end of the line, and that word. */
export function complete(line: string, names: Names, commands: readonly string[]): [candidates: string[], word: string] {
  if (/^\s*\\\S*$/.test(line)) {
    const word = line.trim();
    return [commands.filter((command) => command.startsWith(word)), word];
  }
  const word = /[\w$\u0080-\uffff."]*$/.exec(line)?.[0] ?? "";
  const before = line.slice(0, line.length - word.length);
  const dot = word.lastIndexOf(".");
  if (dot >= 0) {
    const table = word.slice(0, dot);
    const columns = names.get(bare(table)) ?? [...new Set([...names.values()].flat())];
    return [
      startingWith(
        columns.map((column) => `${table}.${quoted(column)}`),
        word,
      ),
      word,
    ];
  }
  const tables = [...names.keys()].map(quoted);
  if (BEFORE_TABLE.test(before)) return [startingWith(tables, word), word];
  if (word === "") return [[], word];
  const isLower = word === word.toLowerCase();
  const words = WORDS.map((one) => (isLower ? one.toLowerCase() : one));
  const columns = [...new Set([...names.values()].flat())].map(quoted);
  return [startingWith([...words, ...tables, ...columns], word), word];
}

function startingWith(candidates: readonly string[], word: string): string[] {
  const wanted = word.toLowerCase();
  return [...new Set(candidates.filter((candidate) => candidate.toLowerCase().startsWith(wanted)))].sort();
}

function bare(name: string): string {
  return name.startsWith('"') ? name.slice(1).replace(/"$/, "") : name.toLowerCase();
}

/** A name as SQL takes it. */
function quoted(name: string): string {
  return /^[a-z_][a-z0-9_$]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}
