import { fixedRows } from "../define.ts";
import { BTREE_OID, OWNER, SCHEMA_OIDS } from "../oids.ts";
import { OPCLASSES } from "../opclasses.ts";

/** The b-tree operator classes of the types this server knows. */
export const pgOpclass = fixedRows("pg_catalog.pg_opclass", () =>
  OPCLASSES.map((opclass) => ({
    oid: opclass.oid,
    opcmethod: BTREE_OID,
    opcname: opclass.name,
    opcnamespace: SCHEMA_OIDS.pg_catalog,
    opcowner: OWNER.oid,
    opcfamily: opclass.family,
    opcintype: opclass.type,
    opcdefault: opclass.isDefault ? 1 : 0,
    opckeytype: opclass.keyType,
  })),
);
