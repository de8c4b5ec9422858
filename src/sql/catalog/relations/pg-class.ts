import { type CatalogRow, catalogRows, RELATIONS } from "../define.ts";
import { objectsOf } from "../objects.ts";
import { BTREE_OID, HEAP_OID, OWNER, SCHEMA_OIDS } from "../oids.ts";

interface Relation {
  readonly oid: number;
  readonly name: string;
  readonly schema: number;
  /** r table, i index, v view. */
  readonly kind: string;
  readonly columns: number;
  readonly hasIndex: boolean;
}

function row(relation: Relation): CatalogRow {
  const { oid, kind } = relation;
  return {
    oid,
    relname: relation.name,
    relnamespace: relation.schema,
    reltype: 0,
    reloftype: 0,
    relowner: OWNER.oid,
    relam: kind === "r" ? HEAP_OID : kind === "i" ? BTREE_OID : 0,
    relfilenode: kind === "v" ? 0 : oid,
    reltablespace: 0,
    relpages: 0,
    // -1: a table never counted, as PostgreSQL has it before the first ANALYZE.
    reltuples: kind === "r" ? -1 : 0,
    relallvisible: 0,
    reltoastrelid: 0,
    relhasindex: relation.hasIndex ? 1 : 0,
    relisshared: 0,
    relpersistence: "p",
    relkind: kind,
    relnatts: relation.columns,
    relchecks: 0,
    relhasrules: kind === "v" ? 1 : 0,
    relhastriggers: 0,
    relhassubclass: 0,
    relrowsecurity: 0,
    relforcerowsecurity: 0,
    relispopulated: 1,
    relreplident: kind === "r" ? "d" : "n",
    relispartition: 0,
    relrewrite: 0,
    relfrozenxid: 0,
    relminmxid: 0,
  };
}

const SYSTEM: readonly CatalogRow[] = RELATIONS.map((relation) =>
  row({ ...relation, schema: SCHEMA_OIDS[relation.schema], columns: relation.columns.length, hasIndex: false }),
);

/** Tables and the indexes behind their keys, then the system relations. */
export const pgClass = catalogRows("pg_catalog.pg_class", ({ catalog }) => [
  ...objectsOf(catalog).tables.flatMap((table) => [
    row({ ...table, schema: SCHEMA_OIDS.public, kind: "r", columns: table.columns.length, hasIndex: table.indexes.length > 0 }),
    ...table.indexes.map((index) =>
      row({ ...index, schema: SCHEMA_OIDS.public, kind: "i", columns: index.columns.length, hasIndex: false }),
    ),
  ]),
  ...SYSTEM,
]);
