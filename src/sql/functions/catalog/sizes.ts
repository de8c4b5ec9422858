// pg_table_size and its kin: ChronDB does not account for space by table, so the size of one is not known (null).
// pg_size_pretty(bytes) prints any size.
import { printDecimal, toDecimal, truncate } from "../../types/decimal.ts";
import { OID } from "../../types/index.ts";
import { defineFunction, type SqlFunction } from "../define.ts";

const UNITS = ["bytes", "kB", "MB", "GB", "TB", "PB"] as const;

/** As PostgreSQL rounds: a unit is used up to 10,239 of it, halves going away from zero. */
function pretty(bytes: bigint): string {
  const negative = bytes < 0n;
  let size = negative ? -bytes : bytes;
  let unit = 0;
  // One more bit is kept from the first division on, for the final rounding.
  if (size >= 10n * 1024n) {
    size >>= 9n;
    unit = 1;
    while (unit < UNITS.length - 1 && size >= 20n * 1024n - 1n) {
      size >>= 10n;
      unit++;
    }
    size = (size + 1n) >> 1n;
  }
  return `${negative ? "-" : ""}${size} ${UNITS[unit]}`;
}

const unknown = { returns: OID.int8, volatility: "volatile", kind: "scalar", sqlite: (): string => "NULL" } as const;

export const sizes: readonly SqlFunction[] = [
  defineFunction({ ...unknown, name: "pg_table_size", args: [OID.regclass] }),
  defineFunction({ ...unknown, name: "pg_indexes_size", args: [OID.regclass] }),
  defineFunction({ ...unknown, name: "pg_total_relation_size", args: [OID.regclass] }),
  defineFunction({ ...unknown, name: "pg_relation_size", args: [OID.regclass, OID.text], optional: 1 }),
  defineFunction({ ...unknown, name: "pg_database_size", args: [OID.name] }),
  defineFunction({ ...unknown, name: "pg_database_size", args: [OID.oid] }),
  defineFunction({ ...unknown, name: "pg_tablespace_size", args: [OID.name] }),
  defineFunction({ ...unknown, name: "pg_tablespace_size", args: [OID.oid] }),
  defineFunction({
    name: "pg_size_pretty",
    args: [OID.int8],
    returns: OID.text,
    volatility: "immutable",
    kind: "scalar",
    big: true,
    js: (bytes) => pretty(BigInt(String(bytes))),
  }),
  defineFunction({
    name: "pg_size_pretty",
    args: [OID.numeric],
    returns: OID.text,
    volatility: "immutable",
    kind: "scalar",
    js: (bytes) => {
      const value = toDecimal(String(bytes));
      const whole = truncate(value, 0).digits;
      // Fractions of a byte are only shown where bytes are.
      return value.scale > 0 && whole > -10_240n && whole < 10_240n ? `${printDecimal(value)} bytes` : pretty(whole);
    },
  }),
];
