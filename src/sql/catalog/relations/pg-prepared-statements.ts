import { isoMicros } from "../../../base/clock.ts";
import { packArray } from "../../types/array.ts";
import { OID, typeByOid } from "../../types/index.ts";
import { sessionRows } from "../define.ts";

/** Plans here are all generic: how often each ran is not counted. */
export const pgPreparedStatements = sessionRows("pg_catalog.pg_prepared_statements", (facts) =>
  (facts.lists?.prepared() ?? []).map(({ name, text, preparedAt, parameterOids, fromSql }) => ({
    name,
    statement: text,
    prepare_time: isoMicros(preparedAt),
    parameter_types: packArray(typeByOid(OID.regtype), parameterOids),
    from_sql: fromSql ? 1 : 0,
    generic_plans: 0,
    custom_plans: 0,
  })),
);
