// The catalogue in memory: which tables exist, where their documents lie and which fields they have shown. It is immutable and
// replaced as a whole, so that a savepoint is a pointer kept and a rollback a pointer put back, and so that what a plan was made
// from cannot change under it.
import type { Database } from "better-sqlite3";
import type { JsonMember, JsonType } from "../base/json.ts";
import { KIND, type Kind, type TableDefinition } from "../log/entry.ts";
import { LastingMap } from "./lasting-map.ts";
import { type CatalogSnapshot, type FieldSeen, SEEN, type TableInfo } from "./store.ts";
import { type UniqueIndex, uniqueIndexes } from "./unique.ts";

const FIELD_OF_STRINGS = "value";

interface TableParts {
  readonly tid: number;
  readonly name: string;
  /** Sequence of the entry that made it. */
  readonly from: number;
  readonly definition: TableDefinition | null;
  readonly fields: readonly FieldSeen[];
  readonly kinds: number;
}

/** A table that exists. Immutable. */
export class KnownTable implements TableInfo {
  readonly tid: number;
  readonly name: string;
  readonly from: number;
  readonly definition: TableDefinition | null;
  readonly fields: readonly FieldSeen[];
  readonly kinds: number;
  /** Whether documents lie in a physical table of their own. */
  readonly own: boolean;
  readonly versioned: boolean;
  readonly uniques: readonly UniqueIndex[];
  #ordinals: Map<string, number> | null = null;

  constructor(parts: TableParts) {
    this.tid = parts.tid;
    this.name = parts.name;
    this.from = parts.from;
    this.definition = parts.definition;
    this.fields = parts.fields;
    this.kinds = parts.kinds;
    this.own = parts.definition !== null;
    this.versioned = parts.definition?.unversioned !== true;
    this.uniques = parts.definition === null ? [] : uniqueIndexes(parts.tid, parts.definition);
  }

  /** Whether a document of `kind` with these members shows nothing new. The hot path: almost always true, allocates nothing. */
  knows(kind: Kind, members: readonly JsonMember[], fieldColumns: number): boolean {
    if ((this.kinds & (1 << kind)) === 0) return false;
    if (kind === KIND.string)
      return (this.#seen(0, FIELD_OF_STRINGS) & SEEN.string) !== 0 || this.#full(FIELD_OF_STRINGS, fieldColumns);
    for (let at = 0; at < members.length; at++) {
      const member = members[at];
      if (member === undefined) break;
      if ((this.#seen(at, member.key) & SEEN[member.type]) === 0 && !this.#full(member.key, fieldColumns)) return false;
    }
    return true;
  }

  /** This table having shown such a document, and the ordinals of the fields that changed. */
  learn(kind: Kind, members: readonly JsonMember[], fieldColumns: number): { table: KnownTable; changed: number[] } {
    const fields = [...this.fields];
    const ordinals = new Map(fields.map((field, ordinal) => [field.name, ordinal]));
    const changed = new Set<number>();
    const see = (name: string, type: JsonType): void => {
      const ordinal = ordinals.get(name) ?? fields.length;
      if (ordinal >= fieldColumns) return;
      const before = fields[ordinal]?.seen ?? 0;
      if ((before & SEEN[type]) !== 0) return;
      fields[ordinal] = { name, seen: before | SEEN[type] };
      ordinals.set(name, ordinal);
      changed.add(ordinal);
    };
    if (kind === KIND.string) see(FIELD_OF_STRINGS, "string");
    else for (const member of members) see(member.key, member.type);
    return { table: new KnownTable({ ...this.#parts(), fields, kinds: this.kinds | (1 << kind) }), changed: [...changed] };
  }

  withDefinition(definition: TableDefinition): KnownTable {
    return new KnownTable({ ...this.#parts(), definition });
  }

  #parts(): TableParts {
    return {
      tid: this.tid,
      name: this.name,
      from: this.from,
      definition: this.definition,
      fields: this.fields,
      kinds: this.kinds,
    };
  }

  /** Bits of a field; documents of a table mostly share one order of members, so the place is a good first guess. */
  #seen(guess: number, name: string): number {
    const guessed = this.fields[guess];
    if (guessed !== undefined && guessed.name === name) return guessed.seen;
    this.#ordinals ??= new Map(this.fields.map((field, ordinal) => [field.name, ordinal]));
    const ordinal = this.#ordinals.get(name);
    return ordinal === undefined ? 0 : (this.fields[ordinal]?.seen ?? 0);
  }

  /** Whether a field is not, and can no longer become, a column. */
  #full(name: string, fieldColumns: number): boolean {
    return this.fields.length >= fieldColumns && this.#seen(fieldColumns, name) === 0;
  }
}

export class Catalogue implements CatalogSnapshot {
  readonly version: number;
  readonly tables: LastingMap<KnownTable>;
  /** Tables with a physical table of their own, by tid. */
  readonly owners: readonly KnownTable[];
  /** The number the next new table gets. */
  readonly nextTid: number;

  constructor(version: number, tables: LastingMap<KnownTable>, owners: readonly KnownTable[], nextTid: number) {
    this.version = version;
    this.tables = tables;
    this.owners = owners;
    this.nextTid = nextTid;
  }

  /** This catalogue with a table added or replaced. */
  with(version: number, table: KnownTable): Catalogue {
    const before = this.tables.get(table.name);
    const owners =
      !table.own && before?.own !== true ? this.owners : sortedOwners(this.owners, table.tid, table.own ? table : null);
    return new Catalogue(version, this.tables.with(table.name, table), owners, Math.max(this.nextTid, table.tid + 1));
  }

  without(version: number, table: KnownTable): Catalogue {
    const owners = table.own ? sortedOwners(this.owners, table.tid, null) : this.owners;
    return new Catalogue(version, this.tables.with(table.name, null), owners, this.nextTid);
  }
}

function sortedOwners(owners: readonly KnownTable[], tid: number, table: KnownTable | null): KnownTable[] {
  const others = owners.filter((owner) => owner.tid !== tid);
  return table === null ? others : [...others, table].sort((one, other) => one.tid - other.tid);
}

type TableRow = [tid: number, name: string, from: number, to: number | null, definition: string | null, kinds: number];

/** Reads the catalogue of a file. */
export function loadCatalogue(db: Database): Catalogue {
  const version = catalogueVersion(db);
  const fields = new Map<number, FieldSeen[]>();
  for (const [tid, name, seen] of db
    .prepare(
      "SELECT field.tid, field.name, seen FROM field JOIN tbl USING (tid) WHERE to_seq IS NULL ORDER BY field.tid, ordinal",
    )
    .raw()
    .iterate() as IterableIterator<[number, string, number]>) {
    const list = fields.get(tid);
    if (list === undefined) fields.set(tid, [{ name, seen }]);
    else list.push({ name, seen });
  }
  const tables: KnownTable[] = [];
  for (const row of db
    .prepare("SELECT tid, name, from_seq, to_seq, definition, kinds FROM tbl WHERE to_seq IS NULL ORDER BY tid")
    .raw()
    .iterate() as IterableIterator<TableRow>) {
    tables.push(knownTable(row, fields.get(row[0]) ?? []));
  }
  const last = Number(db.prepare("SELECT coalesce(max(tid), 0) FROM tbl").pluck().get());
  return new Catalogue(
    version,
    LastingMap.of(tables.map((table) => [table.name, table])),
    tables.filter((table) => table.own),
    last + 1,
  );
}

/** `known` brought to what the file holds now; only rows changed since are read. */
export function refreshCatalogue(db: Database, known: Catalogue): Catalogue {
  const version = catalogueVersion(db);
  let fresh = known;
  const rows = db
    .prepare("SELECT tid, name, from_seq, to_seq, definition, kinds FROM tbl WHERE changed > ? ORDER BY tid")
    .raw()
    .all(known.version) as TableRow[];
  for (const row of rows) {
    if (row[3] !== null) {
      const before = fresh.tables.get(row[1]);
      if (before?.tid === row[0]) fresh = fresh.without(version, before);
      continue;
    }
    const fields = db.prepare("SELECT name, seen FROM field WHERE tid = ? ORDER BY ordinal").all(row[0]) as FieldSeen[];
    fresh = fresh.with(version, knownTable(row, fields));
  }
  return new Catalogue(version, fresh.tables, fresh.owners, fresh.nextTid);
}

export function catalogueVersion(db: Database): number {
  return Number(db.prepare("SELECT value FROM meta WHERE key = 'catalog'").pluck().get());
}

function knownTable(row: TableRow, fields: readonly FieldSeen[]): KnownTable {
  const definition = row[4] === null ? null : (JSON.parse(row[4]) as TableDefinition);
  return new KnownTable({ tid: row[0], name: row[1], from: row[2], definition, fields, kinds: row[5] });
}
