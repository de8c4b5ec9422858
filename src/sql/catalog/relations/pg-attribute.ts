import { type CatalogRow, catalogRows, RELATIONS } from "../define.ts";
import { objectsOf } from "../objects.ts";
import { TYPES_BY_OID } from "../type-facts.ts";

interface Attribute {
  readonly name: string;
  readonly typeOid: number;
  readonly typmod: number;
  readonly notNull: boolean;
  readonly hasDefault: boolean;
}

function attribute(relation: number, number: number, column: Attribute): CatalogRow {
  const type = TYPES_BY_OID.get(column.typeOid);
  return {
    attrelid: relation,
    attname: column.name,
    atttypid: column.typeOid,
    attstattarget: -1,
    attlen: type?.length ?? -1,
    attnum: number,
    attndims: type !== undefined && type.category === "A" ? 1 : 0,
    attcacheoff: -1,
    atttypmod: column.typmod,
    attbyval: type?.byValue === true ? 1 : 0,
    attalign: type?.align ?? "i",
    attstorage: type?.storage ?? "p",
    attcompression: "",
    attnotnull: column.notNull ? 1 : 0,
    atthasdef: column.hasDefault ? 1 : 0,
    atthasmissing: 0,
    attidentity: "",
    attgenerated: "",
    attisdropped: 0,
    attislocal: 1,
    attinhcount: 0,
    attcollation: type?.collation ?? 0,
  };
}

const SYSTEM: readonly CatalogRow[] = RELATIONS.flatMap((relation) =>
  relation.columns.map((column, position) =>
    attribute(relation.oid, position + 1, { ...column, typmod: column.typmod ?? -1, notNull: false, hasDefault: false }),
  ),
);

/** Columns of tables, of their indexes and of the system relations. */
export const pgAttribute = catalogRows("pg_catalog.pg_attribute", ({ catalog }) => {
  const rows: CatalogRow[] = [];
  for (const table of objectsOf(catalog).tables) {
    for (const column of table.columns) {
      rows.push(attribute(table.oid, column.attribute, { ...column, hasDefault: column.default !== null }));
    }
    for (const index of table.indexes) {
      for (const [position, column] of index.columns.entries()) {
        rows.push(attribute(index.oid, position + 1, { ...column, notNull: false, hasDefault: false }));
      }
    }
  }
  return [...rows, ...SYSTEM];
});
