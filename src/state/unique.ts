// UNIQUE and PRIMARY KEY of declared tables are unique expression indexes over the body. This file knows which index stands for
// which constraint, and turns SQLite's refusal into one that names constraint, columns and values.
import { memberText, scanObject } from "../base/json.ts";
import type { TableDefinition } from "../log/entry.ts";
import { sqliteCode } from "./failures.ts";
import { ownTable } from "./schema.ts";
import { UniqueConflict } from "./store.ts";

/** A constraint and the index that enforces it. */
export interface UniqueIndex {
  readonly constraint: string;
  readonly columns: readonly string[];
  /** Of the index; also how SQLite names it when it refuses. */
  readonly name: string;
  /** CREATE INDEX text; equal texts mean the index may stay when the definition changes. */
  readonly sql: string;
  /** One SQL expression a column. */
  readonly expressions: readonly string[];
}

/** The SQL text for a member of the body; the SQL room must write it the same way for the index to serve its queries. */
export function memberExpression(column: string, operator: "->>" | "->" = "->>"): string {
  return `body ${operator} '$.${JSON.stringify(column).replaceAll("'", "''")}'`;
}

function keyExpression(definition: TableDefinition, column: string): string {
  if (column === "id") return "id";
  const type = definition.columns.find((candidate) => candidate.name === column)?.type;
  if (type === "numeric") return `chrondb_numkey(${memberExpression(column, "->")})`;
  // Blanks at the end of a char(n) do not count.
  if (type === "bpchar") return `rtrim(${memberExpression(column)})`;
  return memberExpression(column);
}

/** The indexes a definition asks for. A key of only `id` needs none: ids are unique already. */
export function uniqueIndexes(tid: number, definition: TableDefinition): UniqueIndex[] {
  const constraints = definition.primaryKey === null ? definition.unique : [definition.primaryKey, ...definition.unique];
  return constraints
    .filter((constraint) => constraint.columns.length > 0 && !(constraint.columns.length === 1 && constraint.columns[0] === "id"))
    .map((constraint, position) => {
      const name = `u_${tid}_${position}`;
      const expressions = constraint.columns.map((column) => keyExpression(definition, column));
      return {
        constraint: constraint.name,
        columns: constraint.columns,
        name,
        sql: `CREATE UNIQUE INDEX ${name} ON ${ownTable(tid)} (${expressions.join(", ")})`,
        expressions,
      };
    });
}

/** The index SQLite names in a refusal; undefined when it refused something else. */
export function brokenIndex(indexes: readonly UniqueIndex[], thrown: unknown): UniqueIndex | undefined {
  if (sqliteCode(thrown) !== "SQLITE_CONSTRAINT_UNIQUE" || !(thrown instanceof Error)) return undefined;
  const name = /index '([^']+)'/.exec(thrown.message)?.[1];
  return indexes.find((index) => index.name === name);
}

export function uniqueConflict(table: string, index: UniqueIndex, id: string, body: string | Buffer): UniqueConflict {
  const object = scanObject(String(body));
  const values = index.columns.map((column) =>
    column === "id" ? id : printed(object === null ? undefined : memberText(object, column)),
  );
  return new UniqueConflict(table, index.constraint, index.columns, values);
}

/** JSON text as PostgreSQL prints the value. */
function printed(json: string | undefined): string {
  if (json === undefined) return "null";
  if (json === "true") return "t";
  if (json === "false") return "f";
  return json.startsWith('"') ? String(JSON.parse(json)) : json;
}
