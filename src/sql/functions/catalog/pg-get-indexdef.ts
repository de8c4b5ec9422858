// pg_get_indexdef(index): CREATE INDEX as text; pg_get_indexdef(index, column, pretty): one column's name.
import { indexDefinition } from "../../catalog/describe.ts";
import { objectsOf } from "../../catalog/objects.ts";
import { quoteIdentifier } from "../../catalog/quote.ts";
import { OID, type Raw } from "../../types/index.ts";
import { facts } from "../context.ts";
import { defineFunction, type SqlFunction } from "../define.ts";

function definition(oid: Raw, column: number): Raw {
  const found = objectsOf(facts().catalog).indexByOid.get(Number(oid));
  if (found === undefined) return null;
  if (column === 0) return indexDefinition(found.table, found.index);
  const named = found.index.columns[column - 1];
  return named === undefined ? "" : quoteIdentifier(named.name);
}

const shared = { name: "pg_get_indexdef", returns: OID.text, volatility: "stable", kind: "scalar", catalog: true } as const;

export const pgGetIndexdef: readonly SqlFunction[] = [
  defineFunction({ ...shared, args: [OID.oid], js: (oid = null) => definition(oid, 0) }),
  defineFunction({
    ...shared,
    args: [OID.oid, OID.int4, OID.bool],
    js: (oid = null, column = 0) => definition(oid, Number(column)),
  }),
];
