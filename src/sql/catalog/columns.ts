// The columns of a table as clients see them: declared ones, or `id` and the fields seen.
import { SEEN, type TableInfo } from "../../state/store.ts";
import { KIND } from "../../log/entry.ts";
import { OID, typeByName } from "../types/index.ts";

export interface ColumnFacts {
  readonly name: string;
  readonly typeOid: number;
  readonly typmod: number;
  readonly notNull: boolean;
  readonly default: string | null;
}

function seenType(seen: number): number {
  const kinds = seen & ~SEEN.null;
  if (kinds === SEEN.integer) return OID.int8;
  if (kinds === SEEN.number || kinds === (SEEN.integer | SEEN.number)) return OID.numeric;
  if (kinds === SEEN.boolean) return OID.bool;
  return kinds === SEEN.string || kinds === 0 ? OID.text : OID.jsonb;
}

export function columnsOf(table: TableInfo): readonly ColumnFacts[] {
  if (table.definition !== null) {
    return table.definition.columns.map((column) => ({
      name: column.name,
      typeOid: typeByName(column.type)?.oid ?? OID.text,
      typmod: column.typmod,
      notNull: column.notNull || table.definition?.primaryKey?.columns.includes(column.name) === true,
      default: column.default,
    }));
  }
  const column = (name: string, typeOid: number, notNull = false): ColumnFacts => ({ name, typeOid, typmod: -1, notNull, default: null });
  const fields = table.fields.filter((field) => field.name !== "id").map((field) => column(field.name, seenType(field.seen)));
  const strings = (table.kinds & (1 << KIND.string)) !== 0 && !table.fields.some((field) => field.name === "value");
  return [column("id", OID.text, true), ...fields, ...(strings ? [column("value", OID.text)] : [])];
}
