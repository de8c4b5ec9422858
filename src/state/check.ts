// Is the state database sound: SQLite's own structure, and what this room promises on top of it. Reads everything, so it belongs in
// a process of its own (seconds for a million documents).
import type { Database } from "better-sqlite3";
import { messageOf } from "../base/errors.ts";
import { type JsonMember, scanObject } from "../base/json.ts";
import type { Limits } from "../base/limits.ts";
import { decodeHead } from "../log/codec.ts";
import { KIND, type Kind } from "../log/entry.ts";
import { KnownTable } from "./catalogue.ts";
import { MILESTONE } from "./chain.ts";
import { openReader } from "./open.ts";
import { ownTable, type RegisterFunctions } from "./schema.ts";
import type { FieldSeen } from "./store.ts";

export interface StateReport {
  readonly ok: boolean;
  /** Whole sentences, at most a few of each kind. */
  readonly messages: string[];
}

export interface CheckOptions {
  readonly limits?: Limits;
  readonly registerFunctions?: RegisterFunctions;
}

/** Findings of one kind that are told. */
const TOLD = 5;

interface RegisteredTable {
  readonly tid: number;
  readonly name: string;
  readonly to: number | null;
  readonly own: boolean;
  readonly kinds: number;
}

/** Checks the database at `path` on a connection of its own, also while it is in use. Throws CORRUPT when it cannot be opened. */
export function checkState(path: string, options: CheckOptions = {}): StateReport {
  const reader = openReader(path, options);
  try {
    const messages = reader.snapshot(() => {
      const broken = structure(reader.database);
      // What SQLite itself cannot read soundly says nothing about what was written.
      return broken.length > 0 ? broken : content(reader.database);
    });
    return { ok: messages.length === 0, messages };
  } finally {
    reader.close();
  }
}

function structure(db: Database): string[] {
  const found = db.pragma("integrity_check(20)") as { integrity_check: string }[];
  return found.filter((row) => row.integrity_check !== "ok").map((row) => `SQLite finds: ${row.integrity_check}.`);
}

function content(db: Database): string[] {
  const tables = db
    .prepare('SELECT tid, name, to_seq AS "to", definition IS NOT NULL AS own, kinds FROM tbl ORDER BY tid')
    .all()
    .map((row) => ({ ...(row as RegisteredTable), own: Boolean((row as { own: number }).own) }));
  const physical = physicalTables(db, tables);
  if (physical.messages.length > 0) return physical.messages;
  const current = currentVersions(tables);
  return [
    ...entries(db),
    ...rowsFound(db, "The tables numbered %s and %s both have the name %s at the same time.", OVERLAPPING_NAMES),
    ...rowsFound(db, "Document %s:%s refers to a table that is not registered or was dropped.", DANGLING_DOCUMENTS),
    ...rowsFound(db, "A past version of document %s:%s refers to a table that is not registered.", DANGLING_HISTORY),
    ...rowsFound(db, "Document %s:%s was written by entry %s, which is not applied.", unknownEntries(current)),
    ...rowsFound(
      db,
      "A past version of document %s:%s from entry %s to %s names an entry that is not applied, or ends before it begins.",
      BAD_INTERVALS,
    ),
    ...rowsFound(db, "Two past versions of document %s:%s overlap at entry %s.", OVERLAPPING_HISTORY),
    ...rowsFound(db, "Document %s:%s is current since entry %s, but a past version of it is newer.", currentBeforePast(current)),
    ...rowsFound(db, "Version %s of document %s:%s does not follow version %s.", brokenChains(current)),
    ...rowsFound(
      db,
      "Version %s of document %s:%s is past, but neither a current version nor a list of the deleted leads to it.",
      lostChains(current),
    ),
    ...rowsFound(db, "Version %s of document %s:%s leads to a version that is no milestone of it.", badJumps(current)),
    ...rowsFound(db, "Document %s:%s is both current and deleted.", currentAndGone(current)),
    ...rowsFound(db, "Entry %s notes the past as ended at version %s, but the one numbered %s ended with entry %s.", BAD_PASTS),
    ...rowsFound(db, "Document %s:%s expires, but the list of expiries does not have it.", missingExpiries(current)),
    ...rowsFound(db, "The list of expiries has document %s:%s, which does not expire then.", staleExpiries(current)),
    ...counters(db, current),
    ...tables.flatMap((table) => seen(db, table)),
  ];
}

/** The rows of the shared table and of every table of its own, with their tid. */
function currentVersions(tables: readonly RegisteredTable[]): string {
  const columns = "id, from_seq, kind, expires, body, prev, depth, jump";
  const own = tables.filter((table) => table.own && table.to === null);
  // SQLite takes 500 parts of one compound, so many tables are nested.
  let parts = [
    `SELECT tid, ${columns} FROM doc`,
    ...own.map(({ tid }) => `SELECT ${tid} AS tid, ${columns} FROM ${ownTable(tid)}`),
  ];
  while (parts.length > 400) {
    const nested: string[] = [];
    for (let at = 0; at < parts.length; at += 400)
      nested.push(`SELECT * FROM (${parts.slice(at, at + 400).join(" UNION ALL ")})`);
    parts = nested;
  }
  return `(${parts.join(" UNION ALL ")})`;
}

function physicalTables(db: Database, tables: readonly RegisteredTable[]): { messages: string[] } {
  const existing = new Set(
    db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB 'd_[0-9]*'").pluck().all() as string[],
  );
  const messages: string[] = [];
  for (const table of tables) {
    if (!table.own || table.to !== null) continue;
    if (!existing.delete(ownTable(table.tid))) messages.push(`Table ${table.name} has no physical table ${ownTable(table.tid)}.`);
  }
  for (const name of existing) messages.push(`The physical table ${name} belongs to no table.`);
  return { messages };
}

const OVERLAPPING_NAMES = `SELECT one.tid, other.tid, one.name FROM tbl AS one JOIN tbl AS other USING (name)
  WHERE one.tid < other.tid AND one.from_seq < coalesce(other.to_seq, 9e18) AND other.from_seq < coalesce(one.to_seq, 9e18)`;
const DANGLING_DOCUMENTS = `SELECT tid, id FROM doc
  WHERE NOT EXISTS (SELECT 1 FROM tbl WHERE tbl.tid = doc.tid AND to_seq IS NULL AND definition IS NULL)`;
const DANGLING_HISTORY = "SELECT tid, id FROM history WHERE NOT EXISTS (SELECT 1 FROM tbl WHERE tbl.tid = history.tid)";
const BAD_INTERVALS = `SELECT tid, id, from_seq, to_seq FROM history WHERE from_seq >= to_seq
  OR NOT EXISTS (SELECT 1 FROM entry WHERE seq = from_seq) OR NOT EXISTS (SELECT 1 FROM entry WHERE seq = to_seq)`;
const OVERLAPPING_HISTORY = `SELECT tid, id, from_seq FROM
  (SELECT tid, id, from_seq, lag(to_seq) OVER (PARTITION BY tid, id ORDER BY from_seq) AS ended FROM history) WHERE ended > from_seq`;
const unknownEntries = (current: string) =>
  `SELECT tid, id, from_seq FROM ${current} AS now WHERE NOT EXISTS (SELECT 1 FROM entry WHERE seq = from_seq)`;
const currentBeforePast = (current: string) => `SELECT now.tid, now.id, now.from_seq FROM ${current} AS now
  WHERE EXISTS (SELECT 1 FROM history WHERE history.tid = now.tid AND history.id = now.id AND to_seq > now.from_seq)`;
/** Every version and every end of a chain, in order, with what its place in the chain should be. */
const chained = (current: string) => `(SELECT *, lag(n, 1, 0) OVER chain AS before, row_number() OVER chain AS place,
  lead(n) OVER chain AS after FROM
  (SELECT n, tid, id, prev, depth, jump FROM history UNION ALL SELECT ${Number.MAX_SAFE_INTEGER}, tid, id, prev, depth, jump FROM ${current}
   UNION ALL SELECT ${Number.MAX_SAFE_INTEGER}, tid, id, prev, depth, jump FROM gone) WINDOW chain AS (PARTITION BY tid, id ORDER BY n))`;
const brokenChains = (current: string) =>
  `SELECT place, tid, id, place - 1 FROM ${chained(current)} WHERE prev <> before OR depth <> place - 1`;
const lostChains = (current: string) =>
  `SELECT place, tid, id FROM ${chained(current)} WHERE after IS NULL AND n < ${Number.MAX_SAFE_INTEGER}`;
const badJumps = (current: string) => `SELECT place, tid, id FROM ${chained(current)} AS version WHERE depth > 0 AND NOT EXISTS
  (SELECT 1 FROM history AS milestone WHERE milestone.n = version.jump AND milestone.tid = version.tid AND milestone.id = version.id
   AND milestone.depth % ${MILESTONE} = 0 AND milestone.depth <= version.depth - coalesce(nullif(version.depth % ${MILESTONE}, 0), ${MILESTONE})
   AND (version.depth % ${MILESTONE} = 0 OR milestone.depth = version.depth - version.depth % ${MILESTONE}))`;
const currentAndGone = (current: string) =>
  `SELECT now.tid, now.id FROM ${current} AS now WHERE EXISTS (SELECT 1 FROM gone WHERE gone.tid = now.tid AND gone.id = now.id)`;
const BAD_PASTS = `SELECT seq, past, n, to_seq FROM history JOIN entry ON seq = to_seq WHERE n > past
  UNION ALL SELECT seq, past, n, to_seq FROM history JOIN entry ON seq = to_seq - 1 WHERE n <= past`;
const missingExpiries = (current: string) => `SELECT now.tid, now.id FROM ${current} AS now WHERE now.expires > 0
  AND NOT EXISTS (SELECT 1 FROM expiry WHERE expiry.expires = now.expires AND expiry.tid = now.tid AND expiry.id = now.id)`;
const staleExpiries = (current: string) =>
  `SELECT tid, id FROM (SELECT expires, tid, id FROM expiry EXCEPT SELECT expires, tid, id FROM ${current} AS now WHERE now.expires > 0)`;

/** A message for each of the first rows of `sql`, its columns put in the places of %s. */
function rowsFound(db: Database, message: string, sql: string): string[] {
  const rows = db.prepare(`${sql} LIMIT ${TOLD}`).raw().all() as unknown[][];
  return rows.map((row) => {
    let at = 0;
    return message.replaceAll("%s", () => String(row[at++]));
  });
}

function entries(db: Database): string[] {
  const messages: string[] = [];
  let last = { sequence: 0, time: 0 };
  for (const [sequence, time, head] of db
    .prepare("SELECT seq, time, head FROM entry ORDER BY seq")
    .raw()
    .iterate() as IterableIterator<[number, number, Buffer]>) {
    if (last.sequence !== 0 && sequence !== last.sequence + 1)
      messages.push(`Entries ${last.sequence + 1} to ${sequence - 1} are missing.`);
    if (time <= last.time) messages.push(`Entry ${sequence} is not later than the one before it.`);
    const problem = headProblem(sequence, time, head);
    if (problem !== "") messages.push(problem);
    last = { sequence, time };
    if (messages.length >= TOLD) break;
  }
  return messages;
}

function headProblem(sequence: number, time: number, bytes: Buffer): string {
  try {
    const head = decodeHead(bytes);
    return head.sequence === sequence && head.time === time
      ? ""
      : `The head of entry ${sequence} is that of entry ${head.sequence}.`;
  } catch (thrown) {
    return `The head of entry ${sequence} cannot be read: ${messageOf(thrown)}.`;
  }
}

function counters(db: Database, current: string): string[] {
  const kept = new Map(db.prepare("SELECT tid, documents FROM counter WHERE documents <> 0").raw().all() as [number, number][]);
  const counted = new Map(db.prepare(`SELECT tid, count(*) FROM ${current} GROUP BY tid`).raw().all() as [number, number][]);
  const total = [...counted.values()].reduce((sum, documents) => sum + documents, 0);
  if (total > 0) counted.set(0, total);
  return [...new Set([...kept.keys(), ...counted.keys()])]
    .filter((tid) => kept.get(tid) !== counted.get(tid))
    .slice(0, TOLD)
    .map((tid) => {
      const what = tid === 0 ? "In all" : `In the table numbered ${tid}`;
      return `${what} there are ${counted.get(tid) ?? 0} documents, but ${kept.get(tid) ?? 0} are counted.`;
    });
}

/** Whether fields and kinds noted for a table cover every version of it. */
function seen(db: Database, table: RegisteredTable): string[] {
  const fields = db.prepare("SELECT name, seen FROM field WHERE tid = ? ORDER BY ordinal").all(table.tid) as FieldSeen[];
  const known = new KnownTable({ tid: table.tid, name: table.name, from: 0, definition: null, fields, kinds: table.kinds });
  // Once a table has as many fields as columns are shown, further ones are not noted; the limit may have been another then.
  const fieldColumns = Math.max(fields.length, 1);
  for (const [id, kind, body] of versionsOf(db, table)) {
    const members: readonly JsonMember[] = kind === KIND.string ? [] : (scanObject(String(body))?.members ?? []);
    if (!known.knows(kind, members, fieldColumns)) {
      return [`Document ${table.name}:${id} has a kind, or a field or its type, that is not noted for its table.`];
    }
  }
  return [];
}

function* versionsOf(db: Database, table: RegisteredTable): Generator<[id: string, kind: Kind, body: string | Buffer]> {
  type Row = [string, Kind, string | Buffer];
  if (table.to === null) {
    const from = table.own ? ownTable(table.tid) : `doc WHERE tid = ${table.tid}`;
    yield* db.prepare(`SELECT id, kind, body FROM ${from}`).raw().iterate() as IterableIterator<Row>;
  }
  yield* db.prepare("SELECT id, kind, body FROM history WHERE tid = ?").raw().iterate(table.tid) as IterableIterator<Row>;
}
