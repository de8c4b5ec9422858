// Do two state databases say the same, now and of every past moment? For the rebuild test (promise 3): numbers that each file gives
// out by itself (tid) and the order in which fields were first seen may differ, documents, versions and entries may not.
import type { Database } from "better-sqlite3";
import { present } from "../base/assert.ts";
import type { Limits } from "../base/limits.ts";
import { checkState } from "./check.ts";
import { openReader } from "./open.ts";
import { ownTable } from "./schema.ts";

/** Differences that are told, of each table and of the entries. */
const TOLD = 20;

interface ComparedTable {
  readonly tid: number;
  readonly name: string;
  readonly to: number | null;
  readonly definition: string | null;
}

/** Differences between the databases at two paths, as sentences; empty = they say the same. Throws CORRUPT when one cannot be opened. */
export function compareStates(one: string, other: string, limits?: Limits): string[] {
  const options = limits === undefined ? {} : { limits };
  const differences: string[] = [];
  // Fields and kinds are told by no single document, so they are compared by each covering what its own file holds.
  for (const path of [one, other])
    differences.push(...checkState(path, options).messages.map((message) => `${path}: ${message}`));
  const first = openReader(one, options);
  try {
    const second = openReader(other, options);
    try {
      first.snapshot(() => second.snapshot(() => differences.push(...compare(first.database, second.database))));
    } finally {
      second.close();
    }
  } finally {
    first.close();
  }
  return differences;
}

function compare(one: Database, other: Database): string[] {
  const differences = compareRows("entry", ENTRIES, one, [], other, []);
  const tables = tablesOf(one);
  const others = new Map(tablesOf(other).map((table) => [pairing(table), table]));
  for (const table of tables) {
    const twin = others.get(pairing(table));
    others.delete(pairing(table));
    if (twin !== undefined) differences.push(...compareTables(one, table, other, twin));
    else if (!isGhost(one, table)) differences.push(`Only the first has table ${titleOf(table)}.`);
  }
  for (const table of others.values())
    if (!isGhost(other, table)) differences.push(`Only the second has table ${titleOf(table)}.`);
  return differences;
}

function tablesOf(db: Database): ComparedTable[] {
  return db.prepare('SELECT tid, name, to_seq AS "to", definition FROM tbl ORDER BY name, to_seq').all() as ComparedTable[];
}

/** A name belongs to one table at a time, so the entry that dropped it tells which. */
function pairing(table: ComparedTable): string {
  return `${table.to ?? "now"} ${table.name}`;
}

function titleOf(table: ComparedTable): string {
  return table.to === null ? table.name : `${table.name} (dropped by entry ${table.to})`;
}

/** A table whose only documents came and went within one transaction leaves a name in one file and nothing in a rebuilt one. */
function isGhost(db: Database, table: ComparedTable): boolean {
  if (table.definition !== null) return false;
  const versions = db
    .prepare("SELECT EXISTS (SELECT 1 FROM doc WHERE tid = ?) OR EXISTS (SELECT 1 FROM history WHERE tid = ?)")
    .pluck();
  return versions.get(table.tid, table.tid) === 0;
}

function compareTables(one: Database, table: ComparedTable, other: Database, twin: ComparedTable): string[] {
  const title = titleOf(table);
  const differences: string[] = [];
  if (table.definition !== twin.definition) differences.push(`Table ${title} is defined differently.`);
  // Documents of an unversioned table are in no commit, so a rebuilt state cannot have them.
  if (isUnversioned(table) || isUnversioned(twin)) return differences;
  if (table.to === null) {
    const [sql, parameters] = currentSql(table);
    const [twinSql, twinParameters] = currentSql(twin);
    differences.push(...compareRows(`document of ${title}`, sql, one, parameters, other, twinParameters, twinSql));
  }
  differences.push(...compareRows(`past version in ${title}`, HISTORY, one, [table.tid], other, [twin.tid]));
  return differences;
}

function isUnversioned(table: ComparedTable): boolean {
  return table.definition !== null && (JSON.parse(table.definition) as { unversioned?: boolean }).unversioned === true;
}

// The first two columns say which row it is; both come in the order of the query.
const ENTRIES = "SELECT '', seq, time, head FROM entry ORDER BY seq";
const HISTORY = "SELECT id, from_seq, to_seq, kind, expires, body FROM history WHERE tid = ? ORDER BY id, from_seq";

function currentSql(table: ComparedTable): [sql: string, parameters: number[]] {
  return table.definition === null
    ? ["SELECT id, 0, from_seq, kind, expires, body FROM doc WHERE tid = ? ORDER BY id", [table.tid]]
    : [`SELECT id, 0, from_seq, kind, expires, body FROM ${ownTable(table.tid)} ORDER BY id`, []];
}

type ComparedRow = [id: string, number: number, ...rest: unknown[]];

/** Walks two ordered results side by side. */
function compareRows(
  what: string,
  sql: string,
  one: Database,
  parameters: number[],
  other: Database,
  otherParameters: number[],
  otherSql = sql,
): string[] {
  const rows = one
    .prepare(sql)
    .raw()
    .iterate(...parameters) as IterableIterator<ComparedRow>;
  const twins = other
    .prepare(otherSql)
    .raw()
    .iterate(...otherParameters) as IterableIterator<ComparedRow>;
  const differences: string[] = [];
  try {
    let row = rows.next();
    let twin = twins.next();
    while ((row.done !== true || twin.done !== true) && differences.length < TOLD) {
      const order = row.done === true ? 1 : twin.done === true ? -1 : orderOf(row.value, twin.value);
      if (order < 0) differences.push(`Only the first has the ${what} ${labelOf(present(row.value, "a row"))}.`);
      else if (order > 0) differences.push(`Only the second has the ${what} ${labelOf(present(twin.value, "a row"))}.`);
      else if (!sameCells(row.value, twin.value)) differences.push(`The ${what} ${labelOf(row.value)} differs.`);
      if (order <= 0) row = rows.next();
      if (order >= 0) twin = twins.next();
    }
  } finally {
    rows.return?.();
    twins.return?.();
  }
  return differences;
}

function labelOf(row: ComparedRow): string {
  return [JSON.stringify(row[0]), row[1]].filter((part) => part !== '""' && part !== 0).join(" of entry ");
}

function orderOf(row: ComparedRow, twin: ComparedRow): number {
  if (row[0] !== twin[0]) return Buffer.compare(Buffer.from(row[0]), Buffer.from(twin[0]));
  return row[1] - twin[1];
}

function sameCells(row: ComparedRow, twin: ComparedRow): boolean {
  return row.every((cell, at) => {
    const other = twin[at];
    return Buffer.isBuffer(cell) ? Buffer.isBuffer(other) && cell.equals(other) : cell === other;
  });
}
