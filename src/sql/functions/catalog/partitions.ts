// pg_partition_ancestors and its kin: no table is partitioned, so there are none.
import { OID } from "../../types/index.ts";
import { defineFunction, type SqlFunction } from "../define.ts";

const none = { kind: "table", volatility: "stable", rows: () => [] } as const;

export const partitions: readonly SqlFunction[] = [
  defineFunction({ ...none, name: "pg_partition_ancestors", args: [OID.regclass], returns: OID.regclass }),
  defineFunction({
    ...none,
    name: "pg_partition_tree",
    args: [OID.regclass],
    returns: OID.record,
    columns: [
      { name: "relid", typeOid: OID.regclass },
      { name: "parentrelid", typeOid: OID.regclass },
      { name: "isleaf", typeOid: OID.bool },
      { name: "level", typeOid: OID.int4 },
    ],
  }),
];
