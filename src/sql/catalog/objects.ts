// The user's tables as catalogue objects: columns with types and attribute numbers, the primary key, unique constraints and the
// indexes behind them. Worked out once for each catalogue snapshot.
import type { CatalogSnapshot, TableInfo } from "../../state/store.ts";
import type { StoredColumn } from "../check/tree.ts";
import { columnsOf, isVisible } from "../columns.ts";
import { defaultOid, primaryConstraintOid, primaryIndexOid, tableOid, uniqueConstraintOid, uniqueIndexOid } from "./oids.ts";

export interface CatalogColumn {
  readonly name: string;
  readonly typeOid: number;
  readonly typmod: number;
  readonly notNull: boolean;
  /** SQL text as PostgreSQL prints it. */
  readonly default: string | null;
  readonly defaultOid: number;
  /** 1, 2, 3 … */
  readonly attribute: number;
}

export interface CatalogIndex {
  readonly oid: number;
  readonly constraintOid: number;
  /** Of the index and of its constraint. */
  readonly name: string;
  readonly primary: boolean;
  readonly columns: readonly CatalogColumn[];
}

export interface CatalogTable {
  readonly oid: number;
  readonly name: string;
  readonly columns: readonly CatalogColumn[];
  /** The primary key first. */
  readonly indexes: readonly CatalogIndex[];
}

export interface CatalogObjects {
  /** By name. */
  readonly tables: readonly CatalogTable[];
  readonly tableByOid: ReadonlyMap<number, CatalogTable>;
  readonly tableByName: ReadonlyMap<string, CatalogTable>;
  readonly indexByOid: ReadonlyMap<number, { readonly table: CatalogTable; readonly index: CatalogIndex }>;
  readonly constraintByOid: ReadonlyMap<number, { readonly table: CatalogTable; readonly index: CatalogIndex }>;
}

const KNOWN = new WeakMap<CatalogSnapshot, CatalogObjects>();

export function objectsOf(catalog: CatalogSnapshot): CatalogObjects {
  const known = KNOWN.get(catalog);
  if (known !== undefined) return known;
  const made = makeObjects(catalog);
  KNOWN.set(catalog, made);
  return made;
}

function makeObjects(catalog: CatalogSnapshot): CatalogObjects {
  const tables = [...catalog.tables.values()]
    .filter(isVisible)
    .sort((left, right) => (left.name < right.name ? -1 : left.name > right.name ? 1 : 0))
    .map(makeTable);
  const indexes = tables.flatMap((table) => table.indexes.map((index) => ({ table, index })));
  return {
    tables,
    tableByOid: new Map(tables.map((table) => [table.oid, table])),
    tableByName: new Map(tables.map((table) => [table.name, table])),
    indexByOid: new Map(indexes.map((found) => [found.index.oid, found])),
    constraintByOid: new Map(indexes.map((found) => [found.index.constraintOid, found])),
  };
}

function makeTable(info: TableInfo): CatalogTable {
  // What has no attribute number can be named in a statement but is no part of the declaration.
  const columns = columnsOf(info).flatMap((column) => (column.attribute === 0 ? [] : makeColumn(info, column)));
  const named = (names: readonly string[]): CatalogColumn[] =>
    names.flatMap((name) => columns.find((column) => column.name === name) ?? []);
  const indexes: CatalogIndex[] = [];
  // A table that was never declared, or declared without one, still has a key: the document's id.
  const primary = info.definition?.primaryKey ?? { name: `${info.name}_pkey`, columns: ["id"] };
  const key = named(primary.columns);
  if (key.length > 0) {
    const oid = primaryIndexOid(info.tid);
    indexes.push({ oid, constraintOid: primaryConstraintOid(info.tid), name: primary.name, primary: true, columns: key });
  }
  for (const [position, unique] of (info.definition?.unique ?? []).entries()) {
    indexes.push({
      oid: uniqueIndexOid(info.tid, position),
      constraintOid: uniqueConstraintOid(info.tid, position),
      name: unique.name,
      primary: false,
      columns: named(unique.columns),
    });
  }
  return { oid: tableOid(info.tid), name: info.name, columns, indexes };
}

function makeColumn(info: TableInfo, column: StoredColumn): CatalogColumn {
  const { name, type, typmod, attribute } = column;
  const declared = info.definition?.columns.find((candidate) => candidate.name === name);
  const isKey = info.definition === null ? column.role === "id" : info.definition.primaryKey?.columns.includes(name) === true;
  return {
    name,
    typeOid: type,
    typmod,
    notNull: isKey || declared?.notNull === true,
    default: declared?.default ?? null,
    defaultOid: defaultOid(info.tid, attribute),
    attribute,
  };
}
