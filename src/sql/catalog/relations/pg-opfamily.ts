import { fixedRows } from "../define.ts";
import { BTREE_OID, OWNER, SCHEMA_OIDS } from "../oids.ts";
import { OPCLASSES } from "../opclasses.ts";

/** The families of the operator classes there are. */
export const pgOpfamily = fixedRows("pg_catalog.pg_opfamily", () =>
  [...new Map(OPCLASSES.map((opclass) => [opclass.family, opclass.familyName]))].map(([oid, opfname]) => ({
    oid,
    opfmethod: BTREE_OID,
    opfname,
    opfnamespace: SCHEMA_OIDS.pg_catalog,
    opfowner: OWNER.oid,
  })),
);
