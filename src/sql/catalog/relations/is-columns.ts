import { OID, type Raw } from "../../types/index.ts";
import { type CatalogRow, catalogRows, RELATIONS } from "../define.ts";
import { dataType } from "../describe.ts";
import { objectsOf } from "../objects.ts";
import { TYPES_BY_OID } from "../type-facts.ts";

interface Column {
  readonly name: string;
  readonly typeOid: number;
  readonly typmod: number;
  readonly notNull: boolean;
  readonly default: string | null;
}

const VARLENA_HEADER = 4;
const MAX_OCTETS = 1_073_741_824;
/** Bits and decimal places of a type, as the standard's columns want them. */
const PRECISION: Readonly<Record<number, { readonly precision: number; readonly radix: number; readonly scale: number | null }>> =
  {
    [OID.int2]: { precision: 16, radix: 2, scale: 0 },
    [OID.int4]: { precision: 32, radix: 2, scale: 0 },
    [OID.int8]: { precision: 64, radix: 2, scale: 0 },
    [OID.float4]: { precision: 24, radix: 2, scale: null },
    [OID.float8]: { precision: 53, radix: 2, scale: null },
  };

function numeric(column: Column): Record<string, Raw> {
  if (column.typeOid === OID.numeric) {
    if (column.typmod < 0) return { numeric_precision_radix: 10 };
    const packed = column.typmod - VARLENA_HEADER;
    return { numeric_precision: packed >> 16, numeric_precision_radix: 10, numeric_scale: packed & 0x7ff };
  }
  const known = PRECISION[column.typeOid];
  if (known === undefined) return {};
  return { numeric_precision: known.precision, numeric_precision_radix: known.radix, numeric_scale: known.scale };
}

function characters(column: Column): Record<string, Raw> {
  if (column.typeOid === OID.text) return { character_octet_length: MAX_OCTETS };
  if (column.typeOid !== OID.varchar && column.typeOid !== OID.bpchar) return {};
  if (column.typmod < 0) return { character_octet_length: MAX_OCTETS };
  const length = column.typmod - VARLENA_HEADER;
  return { character_maximum_length: length, character_octet_length: length * 4 };
}

function datetime(column: Column): Record<string, Raw> {
  if (column.typeOid === OID.date) return { datetime_precision: 0 };
  const timed: readonly number[] = [OID.time, OID.timestamp, OID.timestamptz, OID.interval];
  return timed.includes(column.typeOid) ? { datetime_precision: column.typmod < 0 ? 6 : column.typmod } : {};
}

function row(database: string, schema: string, table: string, position: number, column: Column): CatalogRow {
  return {
    table_catalog: database,
    table_schema: schema,
    table_name: table,
    column_name: column.name,
    ordinal_position: position,
    column_default: column.default,
    is_nullable: column.notNull ? "NO" : "YES",
    data_type: dataType(column.typeOid),
    ...characters(column),
    ...numeric(column),
    ...datetime(column),
    udt_catalog: database,
    udt_schema: "pg_catalog",
    udt_name: TYPES_BY_OID.get(column.typeOid)?.name ?? null,
    dtd_identifier: String(position),
    is_self_referencing: "NO",
    is_identity: "NO",
    identity_cycle: "NO",
    is_generated: "NEVER",
    is_updatable: schema === "public" ? "YES" : "NO",
  };
}

export const isColumns = catalogRows("information_schema.columns", ({ catalog, database }) => [
  ...objectsOf(catalog).tables.flatMap((table) =>
    table.columns.map((column) => row(database, "public", table.name, column.attribute, column)),
  ),
  ...RELATIONS.flatMap((relation) =>
    relation.columns.map((column, at) =>
      row(database, relation.schema, relation.name, at + 1, {
        ...column,
        typmod: column.typmod ?? -1,
        notNull: false,
        default: null,
      }),
    ),
  ),
]);
