// `_schema/<table>.json`: a table's definition as compact JSON, members in a fixed order whatever order they came in.
import type { TableDefinition } from "../log/entry.ts";

export function definitionText(definition: TableDefinition): string {
  const { table, columns, primaryKey, unique, unversioned } = definition;
  return JSON.stringify({
    table,
    columns: columns.map((column) => ({
      name: column.name,
      type: column.type,
      typmod: column.typmod,
      notNull: column.notNull,
      default: column.default,
    })),
    primaryKey: primaryKey === null ? null : { name: primaryKey.name, columns: primaryKey.columns },
    unique: unique.map(({ name, columns: of }) => ({ name, columns: of })),
    unversioned,
  });
}

/** The inverse of definitionText. Throws SyntaxError when the text is no JSON. */
export function readDefinition(text: string): TableDefinition {
  return JSON.parse(text) as TableDefinition;
}
