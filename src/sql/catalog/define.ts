// How a system relation is declared: its shape comes from the facts, its rows from one file in relations/. A relation that has
// facts and no file exists and is empty.
import { AssertionFailure } from "../../base/assert.ts";
import type { CatalogSnapshot } from "../../state/store.ts";
import type { SessionFacts, SystemColumn, SystemRelation } from "../relations.ts";
import { OID, type Raw, typeByName } from "../types/index.ts";
import { RELATION_FACTS } from "./facts/relations.ts";

/** A row by column name. A column that is left out is null. */
export type CatalogRow = Readonly<Record<string, Raw>>;

export interface RelationFacts {
  readonly schema: SystemRelation["schema"];
  readonly name: string;
  readonly oid: number;
  /** pg_class.relkind: r table, v view. */
  readonly kind: string;
  readonly columns: readonly SystemColumn[];
}

function parseColumn(text: string): SystemColumn {
  const match = /^(\w+):("?\w+"?)(?:\((\d+)\))?$/.exec(text);
  const [, name = text, type = "", typmod] = match ?? [];
  // A type ChronDB does not have (pg_lsn, pg_ndistinct …) only stands in relations that are empty here; its text form does.
  const typeOid = typeByName(type)?.oid ?? OID.text;
  return typmod === undefined ? { name, typeOid } : { name, typeOid, typmod: Number(typmod) };
}

export const RELATIONS: readonly RelationFacts[] = RELATION_FACTS.trim()
  .split("\n")
  .map((line) => {
    const [schema = "", name = "", oid = "", kind = "", ...columns] = line.split(" ");
    return {
      schema: schema === "p" ? "pg_catalog" : "information_schema",
      name,
      oid: Number(oid),
      kind,
      columns: columns.map(parseColumn),
    };
  });

const BY_NAME = new Map(RELATIONS.map((relation) => [`${relation.schema}.${relation.name}`, relation]));

/** Rows of a relation, as its file gives them. */
export interface RelationRows {
  /** Schema-qualified. */
  readonly name: string;
  /** The rows by column name, made anew. */
  readonly make: (facts: SessionFacts) => readonly CatalogRow[];
  /** Kept as long as what they depend on stays the same, so that an unchanged relation is the same array. */
  readonly rows: (facts: SessionFacts) => readonly (readonly Raw[])[];
}

interface Remembered {
  readonly catalog: CatalogSnapshot;
  readonly database: string;
  readonly user: string;
  readonly rows: readonly (readonly Raw[])[];
}

/** The system column that clients ask for: which catalogue a row is in. */
const TABLEOID: SystemColumn = { name: "tableoid", typeOid: OID.oid, hidden: true };

function arrange(name: string, rows: readonly CatalogRow[]): readonly (readonly Raw[])[] {
  const relation = BY_NAME.get(name);
  if (relation === undefined) throw new AssertionFailure(`there are no facts of ${name}`);
  return rows.map((row) => [...relation.columns.map((column) => row[column.name] ?? null), relation.oid]);
}

/** Rows that follow from the catalogue, the database and the user. `name` is schema-qualified. */
export function catalogRows(name: string, rows: (facts: SessionFacts) => readonly CatalogRow[]): RelationRows {
  let last: Remembered | null = null;
  return {
    name,
    make: rows,
    rows(facts) {
      const { catalog, database, user } = facts;
      if (last === null || last.catalog !== catalog || last.database !== database || last.user !== user) {
        last = { catalog, database, user, rows: arrange(name, rows(facts)) };
      }
      return last.rows;
    },
  };
}

/** Rows that never change. */
export function fixedRows(name: string, rows: () => readonly CatalogRow[]): RelationRows {
  let made: readonly (readonly Raw[])[] | null = null;
  return {
    name,
    make: rows,
    rows() {
      made ??= arrange(name, rows());
      return made;
    },
  };
}

/** Rows that follow from the session as it is now. */
export function sessionRows(name: string, rows: (facts: SessionFacts) => readonly CatalogRow[]): RelationRows {
  return { name, make: rows, rows: (facts) => arrange(name, rows(facts)) };
}

const NO_ROWS: readonly (readonly Raw[])[] = [];

export function systemRelation(facts: RelationFacts, filled: RelationRows | undefined): SystemRelation {
  const { schema, name, oid, columns } = facts;
  return { schema, name, oid, columns: [...columns, TABLEOID], rows: filled === undefined ? () => NO_ROWS : filled.rows };
}
