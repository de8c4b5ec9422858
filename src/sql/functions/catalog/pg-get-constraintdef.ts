// pg_get_constraintdef(constraint [, pretty]): a constraint as SQL text.
import { constraintDefinition } from "../../catalog/describe.ts";
import { objectsOf } from "../../catalog/objects.ts";
import { OID } from "../../types/index.ts";
import { facts } from "../context.ts";
import { defineFunction } from "../define.ts";

export const pgGetConstraintdef = defineFunction({
  name: "pg_get_constraintdef",
  args: [OID.oid, OID.bool],
  optional: 1,
  returns: OID.text,
  volatility: "stable",
  kind: "scalar",
  catalog: true,
  js: (oid) => {
    const found = objectsOf(facts().catalog).constraintByOid.get(Number(oid));
    return found === undefined ? null : constraintDefinition(found.index);
  },
});
