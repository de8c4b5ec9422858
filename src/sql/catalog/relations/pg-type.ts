import { fixedRows } from "../define.ts";
import { OWNER, SCHEMA_OIDS } from "../oids.ts";
import { TYPES_BY_OID } from "../type-facts.ts";

/** The types this server knows. */
export const pgType = fixedRows("pg_catalog.pg_type", () =>
  [...TYPES_BY_OID.values()].map((type) => ({
    oid: type.oid,
    typname: type.name,
    typnamespace: SCHEMA_OIDS.pg_catalog,
    typowner: OWNER.oid,
    typlen: type.length,
    typbyval: type.byValue ? 1 : 0,
    typtype: type.kind,
    typcategory: type.category,
    typispreferred: type.preferred ? 1 : 0,
    typisdefined: 1,
    typdelim: type.delimiter,
    typrelid: 0,
    typsubscript: type.subscript,
    typelem: type.element,
    typarray: type.array,
    typinput: type.input,
    typoutput: type.output,
    typreceive: type.receive,
    typsend: type.send,
    typmodin: type.modifierIn,
    typmodout: type.modifierOut,
    typanalyze: type.analyze,
    typalign: type.align,
    typstorage: type.storage,
    typnotnull: 0,
    typbasetype: 0,
    typtypmod: -1,
    typndims: 0,
    typcollation: type.collation,
  })),
);
